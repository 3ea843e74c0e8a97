"""What the foot of every page says: where, when and with what it was built, and how to take it home."""

from __future__ import annotations

import datetime
import functools
import os
import platform
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hooks.read.source import Source
from hooks.run.imports import imported_modules
from hooks.run.pins import TORCH

COLAB = "https://colab.research.google.com/github"
NOTEBOOKS = "notebooks"
"""The branch to which the workflow pushes the notebooks, page by page: Colab opens them from GitHub alone."""

DIFFERS = {"volatile": "differs from run to run", "processor": "differs between processors"}
"""Word of a fence -> what it says of the cell's output."""


def stamp(page: Source, root: Path, repository: str) -> dict[str, Any]:
    """What the template needs to know; `repository` is the address of the site's source, or ""."""
    return {
        "with": f"torch {TORCH}, Python {platform.python_version()}, {platform.system()} {platform.machine()}",
        "date": built_on(),
        "commit": commit(root),
        "claims": len(page.claims),
        "cells": len(page.cells),
        "differs": differs(page),
        "stem": page.stem,
        "colab": colab(page, repository),
        "modules": [
            path.relative_to(root).as_posix()
            for _, path in sorted(imported_modules(page, root).items())
            if path.parent.parent == root and path.name != "__init__.py"
        ],
    }


def differs(page: Source) -> dict[str, list[int]]:
    """How the outputs of some cells differ -> the numbers of these cells, from 1."""
    found = {
        said: [number for number, cell in enumerate(page.cells, start=1) if flag in cell.flags]
        for flag, said in DIFFERS.items()
    }
    return {said: numbers for said, numbers in found.items() if numbers}


def built_on() -> str:
    """The day of the build in UTC; of `SOURCE_DATE_EPOCH` (seconds) where that is set."""
    seconds = float(os.environ.get("SOURCE_DATE_EPOCH") or time.time())
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).date().isoformat()


@functools.cache
def commit(root: Path) -> str:
    """The first seven digits of the commit; "" where there is neither git nor `GITHUB_SHA`."""
    try:
        command = ["git", "-C", str(root), "rev-parse", "HEAD"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        found = done.stdout.strip() if done.returncode == 0 else ""
    except FileNotFoundError:  # no git
        found = ""
    return (found or os.environ.get("GITHUB_SHA", ""))[:7]


def colab(page: Source, repository: str) -> str:
    """Where Colab opens the page's notebook; "" for a repository that is not on GitHub."""
    where = urlsplit(repository)
    if where.hostname != "github.com":
        return ""
    name = where.path.strip("/").removesuffix(".git")
    return f"{COLAB}/{name}/blob/{NOTEBOOKS}/{page.stem}.ipynb"
