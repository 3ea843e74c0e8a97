"""What a failed cell is reported as, without the process that ran it."""

from __future__ import annotations

from hooks.read.source import Cell, Source
from hooks.run.failure import TRY, problem_of

PAGE = Source("p.md", cells=[Cell("x = 1", 10), Cell("y = 2\nassert x == y", 20)])


def error(kind: str, text: str = "text", **more: object) -> dict[str, object]:
    return {"kind": kind, "text": text, **more}


def test_an_error_marks_its_line_in_the_code_of_its_cell() -> None:
    number, problem = problem_of(PAGE, 2, error("Raised", "AssertionError", line=2, kernels="BLAS"))
    assert problem is not None
    head, ran = problem.text.split("Ran with ")
    assert (number, problem.page, problem.line) == (1, "p.md", 21)
    assert head == "this cell raises\n    20  y = 2\n>   21  assert x == y\nAssertionError\n"
    machine, advice = ran.split("\n", 1)
    assert machine.startswith("torch ")
    assert ", BLAS, Python " in machine
    assert advice == TRY["Raised"].format(page="p.md")
    _, problem = problem_of(PAGE, 1, error("Died", "ended"))
    assert str(problem).startswith(
        "p.md:20: this cell ended\n    20  y = 2\n    21  assert x == y\nRan"
    )


def test_the_cell_that_failed_has_answered_unless_its_process_ended() -> None:
    assert problem_of(PAGE, 2, None) == (None, None)
    found = [
        problem_of(PAGE, 2, error("Raised", line=2)),
        problem_of(PAGE, 2, error("TooMuch")),
        problem_of(PAGE, 2, error("Closed")),
        problem_of(PAGE, 1, error("Died")),
        problem_of(PAGE, 0, error("TimeLimit")),
        problem_of(PAGE, 1, error("Raised")),
    ]
    assert [(number, problem.line) for number, problem in found if problem] == [
        (1, 21),
        (1, 20),
        (1, 20),
        (1, 20),
        (0, 10),
        (0, 10),
    ]
