"""`python -m tests.browser.find`: make sure that there is a browser for the tests, and print its path."""

from __future__ import annotations

import functools
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
MAC = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
)
ADVICE = (
    "the browser tests need Chromium or Chrome: install one (Debian: apt-get install chromium; "
    "macOS: Google Chrome), or run `.venv/bin/playwright install chromium` and, on Linux, "
    "`sudo .venv/bin/playwright install-deps chromium`"
)


def starts(path: str) -> bool:
    """Does it run? Ubuntu's `chromium-browser` may only name its snap; a download may lack libraries."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


@functools.cache
def find() -> str | None:
    """Path of an installed Chromium or Chrome, or of Playwright's own, that runs; None when there is none."""
    for path in (*map(shutil.which, NAMES), *map(str, filter(Path.exists, MAC))):
        if path and starts(path):
            return path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    return own if starts(own) else None


def install() -> None:
    """Install one with what the machine has: Debian's packages as root, else Playwright's download."""
    root = os.geteuid() == 0
    if root and shutil.which("apt-get"):
        quiet = {
            "stdout": subprocess.DEVNULL,
            "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        }
        if subprocess.run(["apt-get", "update", "-qq"], **quiet).returncode == 0:
            # the first has no windows: half the work; Ubuntu has neither
            for package in ("chromium-headless-shell", "chromium"):
                command = ["apt-get", "install", "-y", "-qq", package]
                if subprocess.run(command, **quiet).returncode == 0:
                    return
    libraries = ["--with-deps"] if root and sys.platform == "linux" else []
    subprocess.run([sys.executable, "-m", "playwright", "install", *libraries, "chromium"])


def main() -> int:
    """Find a browser or install one; 1 and a line of advice when neither works."""
    path = find()
    if path is None:
        install()
        find.cache_clear()
        path = find()
    if path is None:
        print(ADVICE, file=sys.stderr)
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
