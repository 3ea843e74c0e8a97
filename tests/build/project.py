"""A small project in a temporary folder, built by the real hook with the real configuration."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]

EPOCH = "1767225600"
"""The date that the site under test bears, as `SOURCE_DATE_EPOCH`: 2026-01-01."""

PATIENCE = 1800.0
"""Seconds after which a program hangs: on a machine that does ten things at once, a build takes minutes."""


def happens(met: Callable[[], object], step: float = 0.05) -> bool:
    """Whether `met` comes true within five minutes, twenty times the usual; asks every `step` seconds."""
    end = time.monotonic() + 300
    while not (so := met()) and time.monotonic() < end:
        time.sleep(step)
    return bool(so)


HEADER = """---
title: T
jupyter:
  kernelspec:
    display_name: Python 3
    language: python
    name: python3
---

# T

"""


def page(*parts: str) -> str:
    """An executed page: the header (9 lines of front matter, the heading on line 10), then `parts`."""
    return HEADER + "\n\n".join(parts) + "\n"


def cell(code: str, first: bool = False, flags: str = "") -> str:
    """A Python fence."""
    info = "python" if first else "python continuation"
    return f"```{info}{' ' + flags if flags else ''}\n{code}\n```"


def write_project(folder: Path, pages: dict[str, str], root: Path = ROOT) -> Path:
    """Write `mkdocs.yml` and `docs/` into `folder`; everything else is this project's own."""

    class Loader(yaml.SafeLoader):
        """Leaves `!ENV` alone."""

    Loader.add_constructor("!ENV", lambda *_: "")
    config = yaml.load((root / "mkdocs.yml").read_text(encoding="utf-8"), Loader)
    for name in ("nav", "watch"):
        config.pop(name)
    config["hooks"] = [str(root / "hooks" / "build.py")]
    config["theme"]["custom_dir"] = str(root / "theme" / "material")
    docs = folder / "docs"
    (docs / "assets").mkdir(parents=True)
    for name in (
        "mark.svg",
        "page.js",
        "site.css",
        "search-ranking.js",
        "search-worker.js",
    ):
        (docs / "assets" / name).write_bytes((root / "docs" / "assets" / name).read_bytes())
    for name, text in pages.items():
        (docs / name).write_text(text, encoding="utf-8")
    (folder / "mkdocs.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return folder


def build(folder: Path, site: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """`mkdocs build` as a person would call it."""
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(site)],
        cwd=folder,
        env={
            **os.environ,
            "NO_MKDOCS_2_WARNING": "1",
            "CI": "true",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
