"""The page "Where it holds": a row for each claim that is not the same everywhere, all others counted."""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from hooks.read.source import Source
from hooks.show.held import Record
from hooks.show.where import fill, measured
from tests.build.show.recorded import BUILT, COLUMNS, facts, page_of, record_of

TABLE, OTHERS = "<!-- where it differs -->", "<!-- where it holds -->"
VERSIONS = "Words. <!-- versions: Seen in --> More."


@pytest.fixture
def told(tmp_path: Path) -> BeautifulSoup:
    """The page of a site with a claim that holds everywhere, two that do not, one half measured."""
    page, record = record_of(tmp_path, "hhhhhhh", "nfhhhhh", "hhhhfh.", "...h...", gone="fffffff")
    html = fill(f"{TABLE}\n\n{OTHERS}", page, [Source("q.md"), page], record)
    return BeautifulSoup(html, "html.parser")


def test_a_claim_that_is_not_the_same_everywhere_has_a_row(told: BeautifulSoup) -> None:
    assert [row["id"] for row in told.select(".held tbody tr")] == ["c2", "c3"]
    heads = [head.get_text() for head in told.select(".held thead th[scope=col]")]
    assert heads == ["Claim", "2.2", "2.8", "2.10", "2.13", "2.14", "AVX2", "ARM"]
    over = [(head.get_text(), head["colspan"]) for head in told.select("th[scope=colgroup]")]
    assert over == [("torch, on x86-64 AVX-512", "5"), ("torch 2.13.0, on", "2")]
    signs = [
        " ".join(sign.get_text() for sign in row.select("td [role=img]"))
        for row in told.select(".held tbody tr")
    ]
    assert signs == ["– ✕ ● ● ● ● ●", "● ● ● ● ✕ ● ·"]
    words = [sign["aria-label"] for sign in told.select("#c2 td [role=img]")]
    assert words[:3] == ["cannot run there", "false", "holds"]
    assert told.select_one("#c3 td:last-child [role=img]")["aria-label"] == "not measured"
    assert told.select_one("caption").get_text().startswith("2 of 4 claims. ● holds, ✕ false, ")


def test_a_row_leads_to_its_claim_and_says_what_was_raised_where(told: BeautifulSoup) -> None:
    head = told.select_one("#c2 th")
    assert head.a["href"] == "../p/#c2"
    assert head.get_text().startswith("Claim 2 c2 < 1")
    assert head.code.get_text() == "c2"
    said = told.select_one("#c2 details p")
    assert said.get_text("|") == ("2.2: |AttributeError: no Buffer|2.8: |AssertionError: a < b")


def test_the_script_is_told_of_how_many_claims_a_column_knows_nothing(told: BeautifulSoup) -> None:
    missing = [head.get("data-missing") for head in told.select(".held thead th[scope=col]")]
    assert missing == [None, "1", "1", "1", "0", "1", "1", "2"]
    assert told.select_one(".held")["data-claims"] == "4"


def test_all_other_claims_are_counted_and_named_by_page(told: BeautifulSoup) -> None:
    text = " ".join(told.get_text().split())
    assert (
        "The other 2 claims hold wherever they were measured: 1 in every column, 1 in 1 of 7"
        in text
    )
    (first, second) = told.select(".held-others li")
    assert " ".join(first.get_text().split()) == "A {page} & more, 1 of 4: 1"
    assert (first.a["id"], first.a["href"]) == ("c1", "../p/#c1")
    assert second.a["id"] == "c4"
    anchors = [tag["id"] for tag in told.select("[id]")]
    assert sorted(anchors) == ["c1", "c2", "c3", "c4"]  # each claim can be led to


def test_columns_that_lack_a_few_claims_are_named(tmp_path: Path) -> None:
    page, record = record_of(tmp_path, "hhhhhh.", "hh.hhh.", ".......")
    html = fill(OTHERS, page, [page], record)
    assert (
        "1 in every column but ARM, 1 in every column but 2.10, ARM, 1 by this build alone." in html
    )


def test_where_all_is_the_same_there_is_no_table(tmp_path: Path) -> None:
    page, record = record_of(tmp_path, "hhhhhhh")
    told = "No claim is false in a column, and each can run in each."
    assert fill(f"a {TABLE} b", page, [page], record) == f"a {told} b"


def test_without_a_record_the_page_says_what_this_build_proves() -> None:
    page = page_of(a="assert 1", b="assert 2")
    html = fill(f"{TABLE}{OTHERS}", page, [page], Record(BUILT))
    assert html.startswith("All 2 claims are proven by this build, with torch 2.13.0, alone.\n")


def test_other_pages_stay_as_they_are(tmp_path: Path) -> None:
    page, record = record_of(tmp_path, "fhhhhhh")
    assert fill("Words. <!-- a comment -->", page, [page], record) == "Words. <!-- a comment -->"


def test_the_machines_and_what_never_ran_are_told() -> None:
    text = measured(Record(BUILT, COLUMNS))
    never = "a GPU, Windows, macOS, another Python than 3.11, a real ARM processor"
    between = "Measured from 2026-12-01 to 2026-12-03, in 7 columns."
    assert text.startswith(f"{between} Never run: {never}.\n\n<details")
    rows = BeautifulSoup(text, "html.parser").select("tbody tr")
    assert len(rows) == len(COLUMNS)
    assert [cell.get_text() for cell in rows[0]] == [
        *("2.2.2", "x86-64 AVX-512", "3.11.7", "1.26.4", "mkl", "Linux", "2026-12-01")
    ]
    assert rows[-1].td.get_text() == "ARM Neoverse N1 (emulated)"


def test_what_has_run_is_no_more_called_never_run() -> None:
    columns = {"2.13.0": facts("2.13.0"), "2.14.1": facts("2.14.1", "ARM M4", system="Darwin")}
    columns["2.14.1"]["python"] = "3.14.0"
    text = measured(Record(BUILT, columns))
    assert "Measured 2026-12-01, in 2 columns" in text
    assert "Never run: a GPU, Windows, another Python than 3.11 and 3.14.\n" in text
    assert "<td>macOS</td>" in text


def test_without_a_record_nothing_was_measured() -> None:
    assert measured(Record(BUILT)) == "Nothing was measured but this build, with torch 2.13.0."


def test_a_page_names_the_versions_of_its_claims(tmp_path: Path) -> None:
    page, record = record_of(tmp_path, "hhhhhhh", "nhhhhhh", "hhhhhhh")
    assert fill(VERSIONS, page, [page], record) == (
        "Words. Seen in torch 2.2 to 2.14 unless a claim says otherwise; what is no claim, "
        "in torch 2.13.0. More."
    )


def test_a_page_that_nobody_measured_names_this_build() -> None:
    for page in (Source("p.md"), page_of(a="assert 1")):
        text = fill(VERSIONS, page, [page], Record(BUILT))
        assert text == "Words. Seen in torch 2.13.0. More."
