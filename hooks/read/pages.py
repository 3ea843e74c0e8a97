"""Read a page's source, and everything for which the build must refuse it."""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from nbformat import NotebookNode, from_dict

from hooks.read.boxes import check_boxes
from hooks.read.claims import read_claims
from hooks.read.fences import FLAGS, Fence, check_fence, read_fences
from hooks.read.front import read_front_matter
from hooks.read.moved import read_moved
from hooks.read.source import Cell, Source

CELL_LIMIT = 100_000
"""Most characters of a cell: a longer one takes minutes to highlight, and nobody reads it."""

HEADER = """---
jupyter:
  kernelspec:
    display_name: Python 3
    language: python
    name: python3
---"""

_CONTROL = re.compile("[\x00\x02\x03]")
"""What HTML cannot hold, and the marks that Python-Markdown puts into its own text."""


def read_page(path: Path, docs: Path) -> Source:
    """Read one Markdown page; `problems` lists every reason to refuse it, in order of lines.

    A line ends where Python-Markdown ends it: at a line feed, a carriage return, or both.
    """
    source = Source(path.relative_to(docs).as_posix())
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        source.refuse(line, "this is not UTF-8: save the page as UTF-8")
        return source
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    source.lines = lines
    for number, line in enumerate(lines, start=1):
        if found := _CONTROL.search(line):
            what = f"the character U+{ord(found[0]):04X} is none of HTML's: remove it"
            source.refuse(number, what)
            return source
    start, header, where = read_front_matter(text, source)
    fences = read_fences(lines, start, source)
    fenced = {number for fence in fences for number in range(fence.line, fence.end + 1)}
    source.title = str(header.get("title") or _first_heading(lines, fenced) or source.path)
    read_moved(header, where, source)
    for fence in fences:
        if len(fence.body) > CELL_LIMIT:
            what = f"a fence of {len(fence.body):,} characters: {CELL_LIMIT:,} are the most"
            source.refuse(fence.line, f"{what}, put the rest into a module")
    check_boxes(lines, start, fenced, source)
    source.problems.sort(key=lambda problem: problem.line)
    if source.problems:
        return source  # what follows would take minutes, or understand nothing
    python = [fence for fence in fences if fence.python]
    for fence in fences:
        check_fence(fence, fence in python[:1], source)
    kernel = _kernel(header)
    if kernel:
        source.notebook = _notebook(lines, start, python, kernel)
    elif python:
        what = "this page has Python fences but no kernel header, so nothing would run: "
        source.refuse(python[0].line, f"{what}put this at its top:\n{HEADER}")
    source.cells = [
        Cell(fence.body, fence.line + 1, frozenset(fence.info.split()) & FLAGS) for fence in python
    ]
    source.texts = [(fence.line, fence.end) for fence in fences if not fence.python]
    starts = {fence.line: cell for fence, cell in zip(python, source.cells, strict=True)}
    read_claims(lines, fenced, starts, source)
    source.problems.sort(key=lambda problem: problem.line)
    return source


def _notebook(
    lines: list[str], start: int, python: list[Fence], kernel: dict[str, Any]
) -> NotebookNode:
    """The page as cells: its Python fences, and the prose between them, from line `start` on."""
    cells: list[dict[str, Any]] = []

    def prose(first: int, after: int) -> None:
        if text := "\n".join(lines[first - 1 : after - 1]).strip("\n"):
            cells.append({"cell_type": "markdown", "metadata": {}, "source": text})

    for fence in python:
        prose(start, fence.line)
        code = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
        cells.append(code | {"source": fence.body})
        start = fence.end + 1
    prose(start, len(lines) + 1)
    about = {"kernelspec": kernel}
    return from_dict({"cells": cells, "metadata": about, "nbformat": 4, "nbformat_minor": 4})


def _kernel(header: dict[str, Any]) -> dict[str, Any] | None:
    """The Python kernel that the front matter names, as Jupyter wants it; None where it names none."""
    about = header.get("jupyter")
    kernel = about.get("kernelspec") if isinstance(about, dict) else None
    if isinstance(kernel, dict) and kernel.get("language") == "python" and kernel.get("name"):
        return kernel
    return None


def _first_heading(lines: list[str], fenced: Collection[int]) -> str:
    for number, line in enumerate(lines, start=1):
        if line.startswith("# ") and number not in fenced:
            return line[2:].strip()
    return ""
