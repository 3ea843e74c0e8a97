"""Read a page's source, and everything for which the build must refuse it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml
from jupytext.jupytext import TextNotebookConverter

from hooks.claims import read_claims
from hooks.fences import FLAGS, check_fence, check_tools_agree, read_fences
from hooks.moved import read_moved
from hooks.source import Cell, Problem, Source

CELL_LIMIT = 100_000
"""Most characters of a cell: a longer one takes minutes to highlight, and nobody reads it."""

HEADER = """---
jupyter:
  kernelspec:
    display_name: Python 3
    language: python
    name: python3
---"""


def read_page(path: Path, docs: Path) -> Source:
    """Read one Markdown page; `problems` lists every reason to refuse it, in order of lines."""
    name = path.relative_to(docs).as_posix()
    source = Source(name)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        source.problems.append(Problem(name, line, "this is not UTF-8: save the page as UTF-8"))
        return source
    lines = text.splitlines()
    fences = read_fences(lines, source)
    fenced = {number for fence in fences for number in range(fence.line, fence.end + 1)}
    header = _front_matter(lines)
    source.title = str(header.get("title") or _first_heading(lines, fenced) or name)
    read_moved(header, lines, source)
    for fence in fences:
        if len(fence.body) > CELL_LIMIT:
            text = f"a fence of {len(fence.body):,} characters: {CELL_LIMIT:,} are the most"
            source.problems.append(Problem(name, fence.line, f"{text}, put the rest into a module"))
    if source.problems:
        return source  # what follows would take minutes, or understand nothing
    notebook = TextNotebookConverter({"extension": ".md"}, None).reads(text)
    if notebook.metadata.get("kernelspec", {}).get("language") == "python":
        source.notebook = notebook
    python = [fence for fence in fences if fence.python]
    for number, fence in enumerate(python):
        check_fence(fence, number == 0, source)
    if python and not source.notebook:
        source.problems.append(
            Problem(
                name,
                python[0].line,
                "this page has Python fences but no kernel header, so nothing would run: "
                f"put this at its top:\n{HEADER}",
            )
        )
    source.cells = [
        Cell(fence.body, fence.line + 1, frozenset(fence.info.split()) & FLAGS) for fence in python
    ]
    if not source.problems and python:
        check_tools_agree(text, notebook, source)
    starts = {fence.line: cell for fence, cell in zip(python, source.cells, strict=True)}
    read_claims(lines, fenced, starts, source)
    source.problems.sort(key=lambda problem: problem.line)
    return source


def _front_matter(lines: list[str]) -> dict[str, Any]:
    if not lines or lines[0].rstrip() != "---":
        return {}
    ends = [number for number, line in enumerate(lines[1:], start=1) if line.rstrip() == "---"]
    try:
        header = yaml.safe_load("\n".join(lines[1 : ends[0]])) if ends else None
    except yaml.YAMLError:
        return {}
    return header if isinstance(header, dict) else {}


def _first_heading(lines: list[str], fenced: Collection[int]) -> str:
    for number, line in enumerate(lines, start=1):
        if line.startswith("# ") and number not in fenced:
            return line[2:].strip()
    return ""
