"""The record is that of the pages as they are; a false statement is told from an API that is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from hooks.read.source import Cell, Claim, Source
from tests.everywhere import record
from tests.everywhere.beyond import differences
from tests.everywhere.outcomes import ENDED, FAILS, HOLDS, Outcome
from tests.everywhere.record import CURE, PIN, Record
from tests.everywhere.verdicts import verdicts


def test_the_record_covers_the_claims_and_the_pin_proves_them() -> None:
    assert record.read().problems(record.proofs()) == []


def test_the_file_is_as_the_command_writes_it() -> None:
    assert record.FILE.read_text(encoding="utf-8") == record.read().text()


def test_a_proof_that_changed_loses_what_was_measured_of_it() -> None:
    book = Record()
    book.follow({"a": "1", "b": "2"})
    for column in ("2.13.0 AVX2", "2.14.1", "2.4.1", PIN):
        book.put(column, {"date": "then"}, {"a": "holds", "b": "holds"})
    assert list(book.columns) == ["2.4.1", PIN, "2.14.1", "2.13.0 AVX2"]
    book.follow({"b": "2", "a": "new"})
    assert list(book.claims) == ["b", "a"]
    assert book.claims["a"] == {"proof": "new", "outcomes": {}}
    assert list(book.claims["b"]["outcomes"]) == list(book.columns)
    assert book.problems({"b": "2", "a": "new"}) == [
        f"a: torch {PIN}, which is pinned: not measured: {CURE}"
    ]


def test_problems_name_the_claim_and_the_cheap_command() -> None:
    book = Record()
    book.follow({"a": "1", "b": "2"})
    book.put(PIN, {}, {"a": "holds", "b": "false: AssertionError"})
    assert book.problems({"a": "1", "c": "3"}) == [
        f"b: no claim of the pages: {CURE}",
        f"c: not measured: {CURE}",
    ]
    assert book.problems({"a": "9", "b": "2"}) == [
        f"a: its proof has changed since it was measured: {CURE}",
        f"b: torch {PIN}, which is pinned: false: AssertionError: {CURE}",
    ]
    book.put(PIN, {}, {"b": "holds"})
    assert book.problems({"b": "2", "a": "1"}) == [
        f"the claims stand in another order than in the site: {CURE}"
    ]


def test_facts_stay_where_nothing_else_changed(tmp_path: Path) -> None:
    book = Record()
    book.follow({"a": "1"})
    book.put(PIN, {"date": "then"}, {"a": "holds"})
    book.put(PIN, {"date": "now"}, {"a": "holds"})
    assert book.columns == {PIN: {"date": "then"}}
    book.put(PIN, {"date": "now"}, {"a": "n/a: ImportError"})
    assert book.columns == {PIN: {"date": "now"}}
    book.add("lab", "2.4.1", {"bits": "others"})
    book.add("lab", "2.2.2", {})
    assert book.more == {"lab": {"versions": ["2.2.2", "2.4.1"], "bits": {"2.4.1": "others"}}}
    record.write(book, tmp_path / "results.json")
    assert record.read(tmp_path / "results.json") == book
    assert len(book.text().splitlines()) == 12


CODES = ["from lost import tool", "assert 1 == 2", "tool()", "import lost", "1 / 0", "print(1)"]
ERRORS = [
    "ImportError: no tool",
    "AssertionError: assert 1 == 2",
    "NameError: name 'tool' is not defined",
    "TypeError: f() got an unexpected keyword argument 'fused'",
    "RuntimeError: other words",
    "",
]


def outcomes(errors: list[str]) -> list[Outcome]:
    return [
        Outcome("p.md", n, n, f"c{n}", FAILS if error else HOLDS, error)
        for n, error in enumerate(errors)
    ]


def test_a_missing_api_is_not_a_false_statement() -> None:
    page = Source(
        "p.md", cells=[Cell(c, n, claim=Claim("", "", "", "", 0, 0)) for n, c in enumerate(CODES)]
    )
    assert verdicts(page, outcomes(ERRORS), []) == {
        "c0": "n/a: ImportError: no tool",
        "c1": "false: AssertionError: assert 1 == 2",
        "c2": "n/a: ImportError: no tool",
        "c3": "n/a: TypeError: f() got an unexpected keyword argument 'fused'",
        "c4": "false: RuntimeError: other words",
        "c5": "holds",
    }


def test_a_proof_without_an_end_says_nothing() -> None:
    page = Source("p.md", cells=[Cell("while True: pass", 1)])
    assert verdicts(page, outcomes([ENDED]), []) == {}


@pytest.mark.parametrize(
    ("again", "verdict"), [("", "holds"), ("AssertionError", "false: AssertionError")]
)
def test_a_proof_that_fails_counts_if_it_fails_again(again: str, verdict: str) -> None:
    page = Source("p.md", cells=[Cell("assert False", 1)])
    others = [outcomes([""]), outcomes([again])]
    assert verdicts(page, outcomes(["AssertionError"]), others) == {"c0": verdict}


def test_differences_are_told_by_layer_and_parameter() -> None:
    pin = {
        "defaults": {"A()": {"weight": "1", "bias": "0"}, "B()": {"weight": "1"}},
        "lab": {"bits": "1", "printed": "2"},
    }
    other = {
        "defaults": {"A()": {"weight": "2"}, "B()": "not built"},
        "lab": {"bits": "1", "printed": "3"},
    }
    assert differences(pin, other) == {
        "defaults": {"nn.A().weight": "2", "nn.A().bias": "there is none", "nn.B()": "not built"},
        "lab": {"printed": "others"},
    }
    assert differences(pin, pin) == {"defaults": {}, "lab": {}}
