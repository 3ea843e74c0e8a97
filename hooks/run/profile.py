"""Where the time of a build goes, written to the file that `PAGES_PROFILE` names; nothing without it."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from hooks.read.source import Source
from hooks.run.execution import Result

_started = time.perf_counter()
_stages: dict[str, float] = {}


def mark(stage: str) -> None:
    """The stage named here ends now; it began where the one before it ended."""
    before = sum(seconds for name, seconds in _stages.items() if name != stage)
    _stages[stage] = time.perf_counter() - _started - before


def write(sources: dict[str, Source], results: dict[str, Result]) -> None:
    """Write the stages, each page's seconds, and each cell's with its place."""
    path = os.environ.get("PAGES_PROFILE")
    if not path:
        return
    cells = [
        (seconds, f"{name}:{cell.line}")
        for name, result in results.items()
        for seconds, cell in zip(result.cell_seconds, sources[name].cells, strict=False)
    ]
    pages = {name: result.seconds for name, result in results.items()}
    text = json.dumps({"stages": _stages, "pages": pages, "cells": cells})
    Path(path).write_text(text, encoding="utf-8")
