"""`python -m tests.browser.find`: make sure that there is a browser for the tests, and print its path."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
ADVICE = (
    "the browser tests need Chromium or Chrome: install one (Debian: apt-get install chromium), "
    "or run `.venv/bin/playwright install chromium`"
)


def find() -> str | None:
    """Path of an installed Chromium or Chrome, or of Playwright's own; None when there is none."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    if MAC.exists():
        return str(MAC)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if Path(own).exists() else None


def install() -> None:
    """Install one with what the machine has: Debian's packages as root, else Playwright's download."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        quiet = {
            "stdout": subprocess.DEVNULL,
            "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        }
        if subprocess.run(["apt-get", "update", "-qq"], **quiet).returncode == 0:
            for package in (
                "chromium-headless-shell",
                "chromium",
            ):  # the first has no windows: half the work
                if (
                    subprocess.run(["apt-get", "install", "-y", "-qq", package], **quiet).returncode
                    == 0
                ):
                    break
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"])


def main() -> int:
    """Find a browser or install one; 1 and a line of advice when neither works."""
    path = find()
    if path is None:
        install()
        path = find()
    if path is None:
        print(ADVICE, file=sys.stderr)
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
