"""Results of pages by what determines them: their code, the project's modules they import, the packages."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import sys
import sysconfig
import time
from pathlib import Path
from typing import Any

from hooks.read.source import Source
from hooks.run.imports import imported_modules

FORMAT = 3
DAYS = 30
"""An entry that no build used for so long is removed."""

log = logging.getLogger("parameters.cache")  # not MkDocs': a damaged entry must not fail a build


def key_of(page: Source, root: Path) -> str:
    """Hash of the page's code cells, the sources of our modules they import, Python and all packages."""
    parts = {
        "format": FORMAT,
        "cells": [cell.code for cell in page.cells],
        "modules": {
            name: hashlib.sha256(path.read_bytes()).hexdigest()
            for name, path in sorted(imported_modules(page, root).items())
        },
        "python": sys.version,
        "packages": installed(),
    }
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def installed() -> list[str]:
    """Name and version of every installed package, as the names of their metadata folders say it."""
    folders = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    return sorted(
        entry.name
        for folder in folders
        for entry in os.scandir(folder)
        if entry.name.endswith(".dist-info")
    )


def _sum(key: str, cells: list[list[dict[str, Any]]]) -> str:
    """What tells a whole entry from a damaged or foreign one."""
    return hashlib.sha256(json.dumps([key, cells]).encode()).hexdigest()


class Cache:
    """A folder with one JSON file a result, written whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, page: Source, key: str) -> list[list[dict[str, Any]]] | None:
        """The outputs of the page's cells, or None; a damaged entry is warned of and ignored."""
        path = self.folder / f"{key}.json"
        try:
            entry = json.loads(path.read_text(encoding="utf-8"))
            cells: list[list[dict[str, Any]]] = entry["cells"]
            if entry["sum"] != _sum(key, cells):
                raise ValueError("it is not what was written")
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            log.warning("ignored the damaged cache entry %s of %s: %s", path.name, page.path, error)
            return None
        with contextlib.suppress(OSError):  # a cache that can only be read serves as well
            os.utime(path)
        return cells

    def put(self, page: Source, key: str, cells: list[list[dict[str, Any]]]) -> None:
        """Keep a result; when that fails, the build goes on without."""
        temporary = self.folder / f"{key}.{os.getpid()}.tmp"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            entry = {"cells": cells, "sum": _sum(key, cells)}
            temporary.write_text(json.dumps(entry), encoding="utf-8")
            temporary.replace(self.folder / f"{key}.json")
        except OSError as error:
            with contextlib.suppress(OSError):
                temporary.unlink()
            log.warning("could not keep the result of %s in %s: %s", page.path, self.folder, error)

    def evict(self) -> None:
        """Remove what no build has used for `DAYS` days."""
        if not self.folder.is_dir():
            return
        for path in self.folder.iterdir():
            # It may be gone by another build's hand, or not be ours to remove.
            with contextlib.suppress(OSError):
                if time.time() - path.stat().st_mtime > DAYS * 86400:
                    path.unlink()
