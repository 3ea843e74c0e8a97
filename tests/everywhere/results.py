"""What a place did to each cell: it holds, fails, or prints something else than what is kept."""

from __future__ import annotations

import contextlib
import hashlib
import json
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hooks.read.source import Source
from hooks.run.cache import key_of
from hooks.run.imports import late_imports
from tests.everywhere.places import FOLDER, Place
from tests.pages.outputs import agree, kept, shown
from tests.sources import ROOT

HOLDS, FAILS, DIFFERS = "holds", "FAILS", "differs"
ENDED = "the page's process ended, or took too long"
SECONDS, HANGS = 120.0, 1800.0
"""What a page may take on this machine; and what no page takes, however much else the machine does."""


@dataclass(frozen=True)
class Outcome:
    """How one cell went in one place; `detail` is the first line of its error, or the first other line."""

    page: str
    cell: int  # from 1
    line: int
    claim: str
    state: str
    detail: str = ""


@dataclass(frozen=True)
class Report:
    """How the pages went in a place, and what that place says of itself."""

    place: str
    facts: dict[str, Any]
    outcomes: list[Outcome]


def measure(
    place: Place, pages: Iterable[Source], state: Path | None = None, *, exact: bool = False
) -> Report:
    """Run the pages there. With a folder `state` it takes up what an earlier run there has finished,
    page by page; a page whose code, modules or packages have changed runs again.

    `exact` counts the last digits, too, which `tests.pages.outputs.agree` forgives.

    Raises `RuntimeError` when Python ends there, with what it said.
    """
    pages = list(pages)
    book = state / f"{place.name}.json" if state else None
    facts, answers = _read(book)
    keys = {page.path: _key(page, place) for page in pages}
    for answer in _answers(place, unfinished(place, pages, state)):
        if "facts" in answer:
            facts = answer["facts"]
            continue
        answers[answer["page"]] = answer | {"key": keys[answer["page"]]}
        if book:
            book.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps({"facts": facts, "pages": answers})
            book.with_suffix(".partial").write_text(text, encoding="utf-8")
            book.with_suffix(".partial").replace(book)
    outcomes = [
        one for page in pages for one in _outcomes(page, answers[page.path]["cells"], exact)
    ]
    return Report(place.name, facts, outcomes)


def unfinished(place: Place, pages: Iterable[Source], state: Path | None) -> list[Source]:
    """The pages that `measure` would run there now."""
    answers = _read(state / f"{place.name}.json" if state else None)[1]
    return [page for page in pages if answers.get(page.path, {}).get("key") != _key(page, place)]


def _read(book: Path | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a place said of itself and what the pages answered there, as kept in its book."""
    done = json.loads(book.read_text(encoding="utf-8")) if book and book.exists() else {}
    return done.get("facts", {}), done.get("pages", {})


def _key(page: Source, place: Place) -> str:
    """What decides a page's answers there: its code, our modules, the packages, and the place."""
    parts = [key_of(page, ROOT), json.dumps(asdict(place), sort_keys=True)]
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def _answers(place: Place, pages: list[Source]) -> Iterator[dict[str, Any]]:
    """The child's answers as they come."""
    if not pages:
        return
    request = {
        "pages": [
            {"path": page.path, "cells": [{"code": cell.code} for cell in page.cells]}
            for page in pages
        ],
        "preload": sorted(late_imports(pages, ROOT)),
        "limit": max(HANGS, SECONDS * place.patience),
    }
    process = subprocess.Popen(
        [*place.python, "-m", "tests.everywhere.child"],
        cwd=ROOT,
        env=place.variables(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        with contextlib.suppress(BrokenPipeError):  # it has ended, and says why below
            process.stdin.write(json.dumps(request))
            process.stdin.close()
        count = 0
        for line in process.stdout:
            yield json.loads(line)
            count += 1
        if count != len(pages) + 1:
            said = process.stderr.read().strip()
            raise RuntimeError(f"Python ended in the place {place.name}:\n{said[-2000:]}")
    finally:
        process.kill()
        process.wait()


def _outcomes(page: Source, answers: list[dict[str, Any]], exact: bool) -> Iterator[Outcome]:
    """Compare what each cell answered with what is kept of it."""
    same = str.__eq__ if exact else agree
    before = kept(page)
    if len(before) != len(page.cells):
        raise SystemExit(f"other cells are kept of {page.path}: run `make outputs` first")
    for number, cell in enumerate(page.cells):
        state, detail = HOLDS, ""
        if number >= len(answers):
            state, detail = FAILS, ENDED
        elif error := answers[number]["error"]:
            state, detail = FAILS, _first_line(error["text"])
        elif not same(before[number], now := shown(cell, answers[number]["outputs"])):
            lines = zip(before[number].splitlines(), now.splitlines(), strict=False)
            other = [f"{new!r}, kept {old!r}" for old, new in lines if not same(old, new)]
            state, detail = DIFFERS, (other or ["another number of lines"])[0]
        name = cell.claim.name if cell.claim else ""
        yield Outcome(page.path, number + 1, cell.line, name, state, detail)


def _first_line(error: str) -> str:
    """`AssertionError: …`, the first line; of an assertion that says nothing, its code instead."""
    lines = error.splitlines()
    first = next(line for line in lines if not line.startswith("  "))
    if first == "AssertionError" and lines[0] != first:
        return f"{first}: {lines[lines.index(first) - 1].partition(': ')[2]}"
    return first


def table(reports: list[Report]) -> str:
    """The cells that do not hold everywhere, a row each, a column a place; what went wrong, below."""
    rows: dict[tuple[str, int], dict[str, Outcome]] = {}
    for report in reports:
        for one in report.outcomes:
            rows.setdefault((one.page, one.cell), {})[report.place] = one
    faults = {
        row: found
        for row, found in rows.items()
        if any(one.state != HOLDS for one in found.values())
    }
    lines = [f"{len(rows)} cells in {len(reports)} places; {len(faults)} do not hold everywhere"]
    if faults:
        names = [report.place for report in reports]
        label = {
            row: f"{row[0]}:{next(iter(found.values())).line} {next(iter(found.values())).claim}"
            for row, found in faults.items()
        }
        width = max(map(len, label.values()))
        lines.append(" " * width + "  " + "  ".join(names))
        for row, found in faults.items():
            marks = [found[name].state if name in found else "-" for name in names]
            cells = (
                ("." if mark == HOLDS else mark).ljust(len(name))
                for mark, name in zip(marks, names, strict=True)
            )
            lines.append(f"{label[row]:{width}}  {'  '.join(cells)}".rstrip())
        for row, found in faults.items():
            for name, one in found.items():
                if one.state != HOLDS:
                    lines.append(f"{label[row]} in {name}: {one.state}: {one.detail}")
    return "\n".join(lines)


STATE = FOLDER / "state"
