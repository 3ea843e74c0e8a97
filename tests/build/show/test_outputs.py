"""What the notebook template is told of each cell, without a build around it."""

from __future__ import annotations

import copy
import dataclasses

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from hooks.read.source import Cell, Claim, Problem, Source
from hooks.run.execution import Result
from hooks.run.pins import TORCH
from hooks.show import outputs
from hooks.show.held import Record
from hooks.show.outputs import filled
from tests.build.show.recorded import COLUMNS, outcomes

CLAIM = Claim("a-b", "One is `one`", "Because.", "int64, CPU", 3, 4, 7)
PRINTED = {"output_type": "stream", "name": "stdout", "text": "`````\n"}

RECORD = Record(TORCH)  # of nothing


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
    return Source("p.md", cells=cells, notebook=notebook())


def test_outputs_flags_fence_and_claim_are_put_in() -> None:
    page = source()
    before = copy.deepcopy(page.notebook)
    first, prose, second, more, last = filled(page, Result([[PRINTED], [], []]), RECORD).cells
    assert page.notebook == before  # read once, and filled again when its outputs change
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
        "number": 7,
        "scope": f"torch {TORCH} · int64, CPU",
        "where": "",
    }
    assert prose.source == "Words. `!!! claim` is markup."
    assert [cell.outputs for cell in (first, second, last)] == [[PRINTED], [], []]


@pytest.mark.parametrize(
    ("scope", "shown"),
    [
        ("int64, CPU", "int64"),
        ("[two](a.md#b) things; CPU", "two things"),
        ("CPU to CPU and meta", "CPU to CPU and meta"),
    ],
)
def test_a_claim_that_was_measured_says_where_it_holds(scope: str, shown: str) -> None:
    """The processors say CPU, and the line stays short."""
    page = source()
    page.cells[1].claim = dataclasses.replace(CLAIM, scope=scope)
    record = Record(TORCH, COLUMNS, {"a-b": outcomes("fhhhhhh")}, "where.md")
    claim = filled(page, Result([[], [], []]), record).cells[2].metadata["claim"]
    assert claim["scope"] == f"since torch 2.8 · x86-64, ARM · {shown}"
    assert claim["where"] == "where.md"


def test_the_longest_run_of_backticks_decides_the_fence() -> None:
    assert outputs._fence([]) == "```"
    assert outputs._fence(["a ``` b", "`"]) == "````"
    assert outputs._fence(["``", ""]) == "```"


def test_where_a_cell_failed_the_page_says_why_and_shows_what_ran_before_it() -> None:
    problem = Problem("p.md", 9, "this cell raises\n```` and more")
    result = Result([[PRINTED], []], problem=problem, stopped=1)
    first, _, second, _, last = filled(source(), result, RECORD).cells
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
    with pytest.raises(ValueError, match="shorter"):
        filled(source(), Result([[]]), RECORD)


def test_a_claim_without_prose_before_it_takes_nothing_out() -> None:
    first = Cell("assert 1", 2, claim=CLAIM)
    alone = new_notebook(cells=[new_code_cell("assert 1")])
    nb = filled(Source("p.md", cells=[first], notebook=alone), Result([[]]), RECORD)
    assert "claim" not in nb.cells[0].metadata
