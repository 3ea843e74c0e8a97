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
    "TimeLimit": "Try: `MKDOCS_CELL_SECONDS=120 make build` gives each cell two minutes.",
}
"""What to do about a cell that failed, by the kind of its error."""


def problem_of(page: Source, answer: dict[str, Any]) -> tuple[int | None, Problem | None]:
    """The number of the cell that failed, and why; None twice when none did."""
    error = answer["error"]
    if error is None:
        return None, None
    number = len(answer["cells"])
    if error["kind"] in ("Raised", "TooMuch", "Closed"):
        number -= 1  # the cell that failed has answered
    here = describe(error.get("kernels", ""))
    return number, cell_problem(
        page, number, error["text"], error.get("line", 1), error["kind"], here
    )


def cell_problem(
    page: Source, number: int, text: str, line: int, kind: str, here: str = ""
) -> Problem:
    """Say what went wrong in a cell: the page's line, the claim, the cell with that line marked, the error.

    `here` is what the cell ran on; what to try follows.
    """
    cell = page.cells[number]
    head = "this cell raises" if kind == "Raised" else f"this cell {text}"
    if cell.claim:
        head += f" (the proof of {cell.claim.name})"
    code = [
        f"{'>' if kind == 'Raised' and i == line else ' '} {cell.line + i - 1:4}  {row}"
        for i, row in enumerate(cell.code.split("\n"), start=1)
    ]
    tail = [text] if kind == "Raised" else []
    tail += [f"Ran with {here}."] if here else []
    tail += [TRY[kind].format(page=page.path)] if kind in TRY else []
    return Problem(page.path, cell.line + line - 1, "\n".join([head, *code, *tail]))
