"""What a failed cell is reported as, and what the warm process is told to import, without that process."""

from __future__ import annotations

from pathlib import Path

from hooks.read.source import Cell, Problem, Source
from hooks.run.execution import Result, Runner
from hooks.run.failure import TRY, cell_problem, problem_of
from hooks.run.imports import late_imports

PAGE = Source("p.md", cells=[Cell("x = 1", 10), Cell("y = 2\nassert x == y", 20)])


def answer(kind: str, cells: int, **more: object) -> dict[str, object]:
    return {"error": {"kind": kind, "text": "text", **more}, "cells": [[]] * cells}


def test_an_error_marks_its_line_in_the_code_of_its_cell() -> None:
    assert cell_problem(PAGE, 1, "AssertionError", 2, "Raised", "a machine") == Problem(
        "p.md",
        21,
        "this cell raises\n    20  y = 2\n>   21  assert x == y\nAssertionError\nRan with a machine.\n"
        + TRY["Raised"].format(page="p.md"),
    )
    assert cell_problem(PAGE, 1, "ended", 1, "Died") == Problem(
        "p.md", 20, "this cell ended\n    20  y = 2\n    21  assert x == y"
    )


def test_the_cell_that_failed_has_answered_unless_its_process_ended() -> None:
    assert problem_of(PAGE, {"error": None, "cells": []}) == (None, None)
    found = [
        problem_of(PAGE, answer("Raised", 2, line=2)),
        problem_of(PAGE, answer("TooMuch", 2)),
        problem_of(PAGE, answer("Closed", 2)),
        problem_of(PAGE, answer("Died", 1)),
        problem_of(PAGE, answer("TimeLimit", 0)),
        problem_of(PAGE, answer("Raised", 1)),
    ]
    assert [(number, problem.line) for number, problem in found if problem] == [
        (1, 21),
        (1, 20),
        (1, 20),
        (1, 20),
        (0, 10),
        (0, 10),
    ]
    assert "\ntext\nRan with torch " in str(found[0][1])


def test_late_imports_are_those_of_the_pages_and_their_modules(tmp_path: Path) -> None:
    (tmp_path / "snippets").mkdir()
    (tmp_path / "snippets" / "a.py").write_text("import scipy.stats\n", encoding="utf-8")
    first = "import torch\nfrom snippets.a import f\ntorch.testing.assert_close(1, 1)"
    pages = [Source("p.md", cells=[Cell(first, 1), Cell("import math", 5)])]
    assert late_imports(pages, tmp_path) == {"torch", "torch.testing", "scipy.stats", "math"}
    pages = [Source("p.md", cells=[Cell("torch.optim.SGD; torch.use_deterministic_algorithms", 1)])]
    assert late_imports(pages, tmp_path) == {"torch.optim", "torch.use_deterministic_algorithms"}


def test_nothing_starts_for_no_pages_and_nothing_is_stopped_twice() -> None:
    runner = Runner()
    assert list(runner.run([])) == []
    assert runner._process is None
    runner.stop()
    assert Result([], 0.0, None).cell_seconds == []
