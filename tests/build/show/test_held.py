"""The mark of a claim says where it was measured to hold: ranges, gaps, processors, and no more than that."""

from __future__ import annotations

from pathlib import Path

import pytest

from hooks.read.source import Source
from hooks.show.held import PAGE, RECORD, Record, read
from tests.build.project import ROOT
from tests.build.show.recorded import BUILT, COLUMNS, facts, page_of, record_of, write_record


@pytest.mark.parametrize(
    ("outcomes", "versions", "processors"),
    [
        ("hhhhhhh", "torch 2.2 to 2.14", "x86-64, ARM"),
        ("h..hhhh", "torch 2.2 to 2.14", "x86-64, ARM"),  # the page says which lie between
        ("fhhhhhh", "since torch 2.8", "x86-64, ARM"),
        ("fnhhhhh", "from torch 2.10", "x86-64, ARM"),
        ("nfhhhhh", "since torch 2.10", "x86-64, ARM"),
        ("n.hhhhh", "from torch 2.10", "x86-64, ARM"),
        (".hhhhhh", "torch 2.8 to 2.14", "x86-64, ARM"),
        ("hhhhfhh", "until torch 2.13", "x86-64, ARM"),
        ("hhhhnhh", "until torch 2.13", "x86-64, ARM"),
        (".hhhfhh", "torch 2.8 until 2.13", "x86-64, ARM"),
        ("hhhh.hh", "torch 2.2 to 2.13", "x86-64, ARM"),
        ("nhhhfhh", "from torch 2.8 until 2.13", "x86-64, ARM"),
        ("fhhh.hh", "since torch 2.8 to 2.13", "x86-64, ARM"),
        ("hfhhhhh", "torch 2.2 to 2.14, not 2.8", "x86-64, ARM"),
        ("hfnhhhh", "torch 2.2 to 2.14, not 2.8 and 2.10", "x86-64, ARM"),
        ("fhfhhhh", "since torch 2.8, not 2.10", "x86-64, ARM"),
        ("hhfhfhh", "until torch 2.13, not 2.10", "x86-64, ARM"),
        ("ffffhhh", "since torch 2.14", "x86-64, ARM"),
        ("hffffhh", "until torch 2.2", "x86-64, ARM"),
        ("fffhfhh", "torch 2.13 alone", "x86-64, ARM"),
        ("...h...", "torch 2.13 alone measured", "x86-64"),
        ("hhhhhfh", "torch 2.2 to 2.14", "x86-64 (not AVX2), ARM"),
        ("hhhhhhf", "torch 2.2 to 2.14", "x86-64, not ARM"),
        ("hhhhh.h", "torch 2.2 to 2.14", "x86-64, ARM"),
        ("hhhhhnn", "torch 2.2 to 2.14", "x86-64 (not AVX2), not ARM"),
    ],
)
def test_a_mark_says_what_was_measured(
    tmp_path: Path, outcomes: str, versions: str, processors: str
) -> None:
    _, record = record_of(tmp_path, outcomes)
    assert record.mark("c1") == [versions, processors]


@pytest.mark.parametrize("outcomes", [".......", "fffff..", "....n..", ".....hh"])
def test_what_holds_in_no_version_measured_is_proven_by_the_build_alone(
    tmp_path: Path, outcomes: str
) -> None:
    _, record = record_of(tmp_path, outcomes)
    assert record.mark("c1") == ["torch 2.13.0"]


def test_without_a_record_the_build_alone_is_named(tmp_path: Path) -> None:
    record = read(tmp_path, [page_of(a="assert 1")], BUILT)
    assert record == Record(BUILT)
    assert record.mark("a") == ["torch 2.13.0"]
    assert record.states("a") == {}
    assert record.versions == record.processors == []


def test_claims_that_are_gone_and_proofs_that_have_changed_count_for_nothing(
    tmp_path: Path,
) -> None:
    claims = {"gone": ("assert 1", "hhhhhhh"), "kept": ("assert 2", "hhhhhhh")}
    write_record(tmp_path, claims | {"changed": ("assert 3", "hhhhhhh")})
    record = read(tmp_path, [page_of(kept="assert 2", changed="assert 33", new="assert 4")], BUILT)
    assert list(record.claims) == ["kept"]
    assert record.mark("changed") == record.mark("new") == ["torch 2.13.0"]
    assert record.mark("kept") == ["torch 2.2 to 2.14", "x86-64, ARM"]


def test_the_page_is_named_where_the_site_has_it(tmp_path: Path) -> None:
    assert read(tmp_path, [page_of()], BUILT).page == ""
    assert read(tmp_path, [page_of(), Source(PAGE)], BUILT).page == PAGE
    assert (ROOT / "docs" / PAGE).is_file()


def test_versions_are_in_order_and_told_apart() -> None:
    columns = {name: facts(name) for name in ("2.10.0", "2.9.1", "2.14.0", "2.14.1")}
    record = Record(BUILT, columns | {"2.9.1 ARM": facts("2.9.1", "ARM")})
    assert record.versions == ["2.9.1", "2.10.0", "2.14.0", "2.14.1"]
    labels = [record.label(name) for name in [*record.versions, *record.processors]]
    assert labels == ["2.9", "2.10", "2.14.0", "2.14.1", "ARM"]


def test_the_record_lies_where_the_tests_keep_it() -> None:
    assert (ROOT / RECORD).parent.is_dir()
    assert list(COLUMNS)[3] == BUILT
