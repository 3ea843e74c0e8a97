"""What a page says of the measurement: its days and machines, what never ran, and its own versions."""

from __future__ import annotations

from pathlib import Path

from bs4 import BeautifulSoup

from hooks.read.source import Source
from hooks.show.held import Record
from hooks.show.machines import told
from hooks.show.where import fill
from tests.build.show.recorded import BUILT, COLUMNS, facts, page_of, record_of

VERSIONS = "Words. <!-- versions: Seen in --> More."


def test_the_machines_and_what_never_ran_are_told() -> None:
    text = told(Record(BUILT, COLUMNS))
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
    text = told(Record(BUILT, columns))
    assert "Measured 2026-12-01, in 2 columns" in text
    assert "Never run: a GPU, Windows, another Python than 3.11 and 3.14.\n" in text
    assert "<td>macOS</td>" in text


def test_without_a_record_nothing_was_measured() -> None:
    assert told(Record(BUILT)) == "Nothing was measured but this build, with torch 2.13.0."


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
