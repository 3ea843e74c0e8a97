"""Every number and every message that a page states stands in what its cells hold or print."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from hooks.read.source import Source
from tests.pages.numerals import Numeral, computed, held, messages, numerals, outputs, prose_lines
from tests.pages.test_messages import MESSAGE_PAGES
from tests.sources import EXECUTED, ROOT

# (page, numeral) -> why no cell of the page can hold it.
ALLOWED = {
    ("articles.md", "23"): "counted in the page's tables, by a test below",
    ("articles.md", "14"): "counted in the page's tables, by a test below",
    ("errata.md", "60"): "the title of a tutorial: 60-minute blitz",
    ("lab.md", "6,000"): "counted by the lab's tests in a browser",
    ("lab.md", "0.0000023"): "measured on processors that the build does not have",
}


def shown(numeral: Numeral, numbers: set[Decimal]) -> bool:
    """Whether a numeral is one of the numbers, rounded; a percentage may be shown as a fraction."""
    if any(numeral.rounds(number) for number in numbers):
        return True
    return numeral.written.endswith("%") and any(numeral.rounds(100 * n) for n in numbers)


def stated(page: Source) -> list[tuple[Numeral, set[Decimal]]]:
    """The numerals of a page, each with the numbers that may stand behind it.

    A claim's are those of its proof and of the cells without a claim (set-up, figures); prose may repeat
    any cell of the page, and any claim.
    """
    cells = held(page)
    free = [numbers for cell, numbers in zip(page.cells, cells, strict=True) if not cell.claim]
    found, claimed = [], set()
    for cell, numbers in zip(page.cells, cells, strict=True):
        if cell.claim:
            text = prose_lines(f"{cell.claim.statement} {cell.claim.body}")
            mine = [n for _, line in text for n in numerals(cell.claim.first_line, line)]
            found += [(numeral, numbers.union(*free)) for numeral in mine]
            claimed |= {numeral.value for numeral in mine}
    anywhere = claimed.union(*cells)
    text = (ROOT / "docs" / page.path).read_text(encoding="utf-8")
    for number, line in prose_lines(text):
        found += [(numeral, anywhere) for numeral in numerals(number, line)]
    return found


@pytest.mark.parametrize("page", EXECUTED, ids=lambda page: page.path)
def test_every_number_of_a_page_stands_in_its_cells(page: Source) -> None:
    unknown = {numeral for numeral, numbers in stated(page) if not shown(numeral, numbers)}
    invented = [n for n in unknown if (page.path, n.written) not in ALLOWED]
    assert not invented, "no cell holds or prints: " + ", ".join(
        f"{page.path}:{n.line}: {n.written}" for n in sorted(invented, key=lambda n: n.line)
    )
    allowed = {written for path, written in ALLOWED if path == page.path}
    assert allowed == {n.written for n in unknown}, "an exception that nothing needs"


@pytest.mark.parametrize("page", EXECUTED, ids=lambda page: page.path)
def test_every_message_that_a_page_quotes_stands_in_its_cells(page: Source) -> None:
    texts = [*outputs(page), *(cell.code for cell in page.cells)]
    printed = " ".join(" ".join(texts).split())
    text = (ROOT / "docs" / page.path).read_text(encoding="utf-8")
    if page.path in MESSAGE_PAGES:  # there test_messages.py asks torch for the headings' words
        text = re.sub(r"^### .*$", "", text, flags=re.MULTILINE)
    for line, quoted in messages(text):
        for part in re.split(r" ?… ?", quoted):
            assert " ".join(part.split()) in printed, f"{page.path}:{line}: {quoted}"


def test_the_articles_statements_are_counted() -> None:
    text = (ROOT / "docs" / "articles.md").read_text(encoding="utf-8")
    verdicts = re.findall(r"^\| [AB]\d+ \|[^|]*\| ([^|]*) \|", text, re.MULTILINE)
    true = [v for v in verdicts if v.startswith("true") and "misleading" not in v]
    assert (len(verdicts), len(true)) == (23, 14)
    assert sum(verdict != "true" for verdict in true) == 6


@pytest.mark.parametrize(
    ("written", "number", "same"),
    [
        ("1,000", "1000", True),
        ("1.4e-45", "1.4013e-45", True),
        ("1.5e-45", "1.4013e-45", False),
        ("0.33", "0.3333", True),
        ("0.34", "0.3333", False),
        ("−0.5", "-0.5", True),
        ("10⁻⁶", "1e-6", True),
        ("54.8", "54.77", True),
        ("55", "54.77", False),
        ("fourteen", "14", True),
        ("0x7f88", "32648", True),
    ],
)
def test_a_numeral_is_a_number_or_its_rounding(written: str, number: str, same: bool) -> None:
    (numeral,) = numerals(1, f"about {written} of them")
    assert numeral.rounds(Decimal(number)) is same


def test_names_are_no_numbers_and_all_others_are_read() -> None:
    text = (
        "float32 on x86-64, [1812](https://a.b/1812), torch 2.13 of May 2024: 5 % of 2⁻¹⁴⁹ and 1/3"
    )
    ((_, line),) = prose_lines(text)
    assert [n.written for n in numerals(1, line)] == ["5 %", "2", "149", "1", "3"]
    assert computed("0x1F, 1_000, 5 % and w2, 1e-3") == set(
        map(Decimal, ("31", "1000", "5", "0.05", "0.001"))
    )


def test_an_invented_number_and_an_invented_message_are_found() -> None:
    page = next(page for page in EXECUTED if page.path == "linear.md")
    (invented,) = numerals(1, "a bound of 0.31415")
    assert not shown(invented, set().union(*held(page)))
    assert messages("It says `weights must never be like this` here.\n") == [
        (1, "weights must never be like this")
    ]
