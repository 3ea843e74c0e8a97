"""What the notebook template is told of each cell, without a build around it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from nbconvert.preprocessors import CellExecutionError, ExecutePreprocessor
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from hooks.read.source import Cell, Claim, Problem, Source
from hooks.run.execution import Result
from hooks.show import preprocessor
from hooks.show.preprocessor import TORCH, Coming, PagePreprocessor

CLAIM = Claim("a-b", "One is `one`", "Because.", "int64, CPU", 3, 4, 7)
PRINTED = {"output_type": "stream", "name": "stdout", "text": "`````\n"}


def notebook() -> NotebookNode:
    prose = "Words. `!!! claim` is markup.\n\n" + '!!! claim "a-b: One is `one`"\n    Because.\n'
    proof, last = new_code_cell("assert 1"), new_code_cell("2")
    first = new_code_cell("print('`' * 5)  # not ````")
    cells = [first, new_markdown_cell(prose), proof, new_markdown_cell("More."), last]
    return new_notebook(cells=cells)


def source() -> Source:
    cells = [Cell("print('`' * 5)", 2, frozenset({"wrong", "volatile"})), Cell("assert 1", 9)]
    cells.append(Cell("2", 15))
    cells[1].claim = CLAIM
    return Source("p.md", cells=cells)


refused: list[Problem] = []


def coming(page: Source, result: Result | None, unread: bool = False) -> Coming:
    """The page as it comes to the preprocessor; what is refused is noted."""
    return Coming(page, result, unread, refused.append)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """The page that comes next and what was shown belong to the build."""
    yield
    preprocessor.current = None
    preprocessor.shown.clear()


def test_outputs_flags_fence_and_claim_are_put_in() -> None:
    preprocessor.current = coming(source(), Result([[PRINTED], [], []], 0.0, None))
    nb, resources = PagePreprocessor().preprocess(notebook(), {"a": 1})
    first, prose, second, more, last = nb.cells
    assert resources == {"a": 1}
    assert first.outputs == [PRINTED]
    assert first.outputs[0].text == "`````\n"  # a node of nbformat, not a plain dict
    assert (first.metadata["flags"], first.metadata["fence"]) == (["volatile", "wrong"], "``````")
    assert (second.metadata["flags"], second.metadata["fence"]) == ([], "```")
    assert [cell.metadata["number"] for cell in (first, second)] == [1, 2]  # the place of a cell
    assert first.metadata["drawer"] is None
    assert second.metadata["drawer"] == {"kind": "proof", "title": "Proof · 1 line"}
    assert "claim" not in first.metadata | last.metadata
    assert more.source == "More."
    assert second.metadata["claim"] == {
        "name": "a-b",
        "statement": "One is `one`",
        "body": "Because.",
        "scope": "int64, CPU",
        "number": 7,
        "torch": TORCH,
    }
    assert prose.source == "Words. `!!! claim` is markup."
    assert preprocessor.shown == {"p.md": [[PRINTED], [], []]}


def test_the_longest_run_of_backticks_decides_the_fence() -> None:
    assert preprocessor._fence([]) == "```"
    assert preprocessor._fence(["a ``` b", "`"]) == "````"
    assert preprocessor._fence(["``", ""]) == "```"


def test_a_page_that_failed_shows_no_cells() -> None:
    preprocessor.current = coming(source(), None, unread=True)
    nb, resources = PagePreprocessor().preprocess(notebook(), {"a": 1})
    assert (nb.cells, resources) == ([], {"a": 1})
    assert preprocessor.shown == {}


def test_where_a_cell_failed_the_page_says_why_and_shows_what_ran_before_it() -> None:
    problem = Problem("p.md", 9, "this cell raises\n```` and more")
    preprocessor.current = coming(source(), Result([[PRINTED], []], 0.0, problem, stopped=1))
    nb, _ = PagePreprocessor().preprocess(notebook(), {})
    first, _, second, _, last = nb.cells
    assert first.outputs == [PRINTED]
    assert second.metadata["problem"] == "p.md:9: this cell raises\n```` and more"
    assert second.metadata["fence"] == "`````"  # nothing in the problem ends it
    assert "problem" not in first.metadata | last.metadata
    assert [cell.metadata.get("not_run", False) for cell in (first, second, last)] == [
        False,
        False,
        True,
    ]


def test_a_result_with_another_number_of_cells_is_refused() -> None:
    preprocessor.current = coming(source(), Result([[]], 0.0, None))
    with pytest.raises(ValueError, match="shorter"):
        PagePreprocessor().preprocess(notebook(), {})


def test_without_a_result_the_kernel_runs_and_its_error_names_the_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = notebook()

    def run(
        self: ExecutePreprocessor, nb: NotebookNode, resources: object, km: object
    ) -> tuple[NotebookNode, object]:
        assert (nb, resources, km) == (given, {"a": 1}, "kernel")
        nb.cells[0].outputs = [PRINTED]
        return nb, {"b": 2}

    monkeypatch.setattr(ExecutePreprocessor, "preprocess", run)
    preprocessor.current = coming(source(), None)
    nb, resources = PagePreprocessor().preprocess(given, {"a": 1}, "kernel")
    assert resources == {"b": 2}
    assert nb.cells[0].metadata["fence"] == "``````"

    def fail(self: ExecutePreprocessor, nb: NotebookNode, *_: object) -> None:
        nb.cells[0].execution_count, nb.cells[2].execution_count = 1, 2
        raise CellExecutionError("traceback", "ValueError", "no")

    monkeypatch.setattr(ExecutePreprocessor, "preprocess", fail)
    refused.clear()
    nb, _ = PagePreprocessor().preprocess(notebook(), {})
    (problem,) = refused
    assert (problem.page, problem.line) == ("p.md", 9)
    assert problem.text.startswith(
        "this cell raises (the proof of a-b)\n>    9  assert 1\nValueError: no"
    )
    assert f"Ran with torch {TORCH}, Python " in problem.text
    assert nb.cells[2].metadata["problem"] == str(problem)
    assert nb.cells[4].metadata["not_run"]


def test_a_claim_without_prose_before_it_takes_nothing_out() -> None:
    first = Cell("assert 1", 2, claim=CLAIM)
    preprocessor.current = coming(Source("p.md", cells=[first]), Result([[]], 0.0, None))
    nb, _ = PagePreprocessor().preprocess(new_notebook(cells=[new_code_cell("assert 1")]), {})
    assert "claim" not in nb.cells[0].metadata
