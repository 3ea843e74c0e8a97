"""What a failed cell is reported as, and what the warm process is told to import, without that process."""

from __future__ import annotations

from pathlib import Path

from hooks.read.source import Cell, Source
from hooks.run.execution import Runner
from hooks.run.failure import TRY, problem_of
from hooks.run.imports import late_imports

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
    assert runner.stop() is None
