"""What a place did to each cell: it holds, fails, or prints something else than what is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hooks.read.source import Source
from tests.pages.outputs import agree, kept, shown

HOLDS, FAILS, DIFFERS = "holds", "FAILS", "differs"
ENDED = "the page's process ended, or took too long"


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


def outcomes(page: Source, answers: list[dict[str, Any]], exact: bool) -> Iterator[Outcome]:
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
