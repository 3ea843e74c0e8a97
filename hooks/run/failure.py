"""What a cell that failed is reported as: where, the claim, the error, the machine, and what to try."""

from __future__ import annotations

from typing import Any

from hooks.read.source import Problem, Source
from hooks.run.machine import describe

TRY = {
    "Raised": (
        "Try: `make serve` shows the rest of the page while you mend it. Has nobody changed it? Then this "
        "processor computes otherwise than those before it:\n"
        "`MKL_CBWR=COMPATIBLE ATEN_CPU_CAPABILITY=default make build` takes the plainest code of torch, "
        "`make everywhere PAGES={page}` tries other processors. Report the lines above."
    ),
    "TimeLimit": "Try: `MKDOCS_CELL_SECONDS=120 make build` gives each cell two minutes of processor time, and "
    "twenty by the clock.",
}
"""What to do about a cell that failed, by the kind of its error."""


def problem_of(
    page: Source, answered: int, error: dict[str, Any] | None
) -> tuple[int | None, Problem | None]:
    """The number of the cell that failed, and why; None twice when none did. So many cells have answered."""
    if error is None:
        return None, None
    number = answered - (error["kind"] in ("Raised", "TooMuch", "Closed"))  # this one has, too
    cell, line, raised = page.cells[number], error.get("line", 1), error["kind"] == "Raised"
    head = "this cell raises" if raised else f"this cell {error['text']}"
    if cell.claim:
        head += f" (the proof of {cell.claim.name})"
    code = [
        f"{'>' if raised and i == line else ' '} {cell.line + i - 1:4}  {row}"
        for i, row in enumerate(cell.code.split("\n"), start=1)
    ]
    tail = [error["text"]] if raised else []
    tail += [f"Ran with {describe(error.get('kernels', ''))}."]
    tail += [TRY[error["kind"]].format(page=page.path)] if error["kind"] in TRY else []
    return number, Problem(page.path, cell.line + line - 1, "\n".join([head, *code, *tail]))
