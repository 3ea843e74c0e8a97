"""What a page shows at once, and what lies in a drawer until somebody opens it."""

from __future__ import annotations

from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from hooks.read.source import Cell, Claim
from hooks.show.drawers import drawer
from tests.build.markup import code_of, read_html
from tests.build.project import build, cell, page, write_project

CLAIM = Claim("a-b", "One is one", "", "CPU", 3, 4, 1)
PRINTED = {"output_type": "stream", "name": "stdout", "text": "1\n"}
DRAWN = {"output_type": "display_data", "data": {"text/html": "<figure><svg></svg></figure>"}}
TABLE = {"output_type": "display_data", "data": {"text/html": "<table></table>"}}
PICTURE = {"output_type": "display_data", "data": {"image/png": "AAAA", "text/plain": "<Figure>"}}


def of(code: str, *flags: str, claim: Claim | None = None, shows: tuple = ()) -> object:
    """The title of a cell's drawer; None where it has none."""
    found = drawer(Cell(code, 1, frozenset(flags), claim), shows)
    return found and (found["kind"], found["title"])


def test_a_cell_is_in_sight_unless_a_reader_would_skip_it() -> None:
    assert of("print(1)", shows=(PRINTED,)) is None
    assert of("import torch\nprint(1)", shows=(PRINTED,)) is None
    assert of("x = 1") is None
    assert of("assert 1\nassert 2", claim=CLAIM) == ("proof", "Proof · 2 lines")
    assert of("assert 1", "shown", claim=CLAIM) is None
    assert of("assert 1\n\n", "folded") == ("check", "Check · 1 line, run by this build")
    assert of("import a\n\nfrom b import c") == ("set-up", "Set-up · 3 lines")
    assert of("import this", shows=(PRINTED,)) is None
    assert of("import a", "shown") is None


def test_a_figure_stays_in_sight_and_its_code_does_not() -> None:
    assert of("draw()", shows=(PRINTED, DRAWN)) == ("figure", "Code of the figure · 1 line")
    assert of("draw()", shows=(PICTURE,)) == ("figure", "Code of the figure · 1 line")
    assert of("rows()", shows=(TABLE,)) == ("figure", "Code of the table · 1 line")
    assert of("draw()", "shown", shows=(DRAWN,)) is None
    assert of("draw()", "folded", shows=(DRAWN,)) == ("check", "Check · 1 line, run by this build")
    assert of("draw()", claim=CLAIM, shows=(DRAWN,)) == ("proof", "Proof · 1 line")


def test_source_to_copy_is_counted_by_its_own_lines() -> None:
    shown = {"text/markdown": "```{ .py }\ndef f():\n    return 1\n```\n", "text/plain": "f"}
    source = {"output_type": "display_data", "data": shown}
    assert of("code(f)", shows=(source,)) == ("check", "Source to copy · 2 lines")
    assert of("code(f)", "shown", shows=(source,)) is None
    words = {"output_type": "display_data", "data": {"text/markdown": "**bold**"}}
    assert of("say()", shows=(words,)) is None


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> BeautifulSoup:
    """A page with each kind of cell, built."""
    folder = tmp_path_factory.mktemp("drawers")
    draw = "from IPython.display import HTML\nHTML('<figure><svg></svg></figure>')"
    boxes = "HTML('<div>a</div><div>b</div>')"
    parts = [
        cell("import math", first=True),
        'Words.\n\n!!! claim "a-b: One is `one`"\n    Because.\n\n    Scope: `int64` & more, CPU\n'
        + cell("assert 1\nprint('folded')"),
        '!!! claim "c-d: Two is two"\n' + cell("assert 2\nprint('shown')", flags="shown"),
        cell("print('check')", flags="folded"),
        cell("print(0.1 + 0.2)", flags="processor"),
        cell(draw),
        cell("print('plain')"),
        '!!! claim "e-f: Three is three"\n' + cell(f"assert 3\n{boxes}"),
    ]
    project = write_project(folder, {"index.md": page(*parts)})
    done = build(project, folder / "site")
    assert done.returncode == 0, done.stderr
    return read_html(folder / "site" / "index.html")


def test_the_proof_lies_under_its_claim_in_the_claims_box(small: BeautifulSoup) -> None:
    (theorem,) = small.select("#a-b")
    (proof,) = theorem.select(":scope > details.proof")
    said = " ".join(proof.summary.get_text().split())
    assert said == "∎ Proof · 2 lines torch 2.13.0 · int64 & more, CPU"
    assert proof.summary.code.get_text() == "int64"
    assert code_of(proof.select_one(".cell")) == "assert 1\nprint('folded')"
    assert "folded" in proof.select_one(".output").get_text()
    assert theorem.select_one(".number a[href='#a-b']").get_text() == "Claim 1"
    assert not theorem.select(".mark")
    assert not theorem.summary.select("a")  # a button holds no link


def test_a_proof_that_is_shown_keeps_its_line(small: BeautifulSoup) -> None:
    (theorem,) = small.select("#c-d")
    assert not theorem.select("details")
    said = " ".join(theorem.select_one(".mark").get_text().split())
    assert said == "Claim 2 ∎ proven at build torch 2.13.0 · float32, CPU"
    assert theorem.select(":scope > .cell > .output")


def test_checks_set_up_and_the_code_of_a_figure_fold(small: BeautifulSoup) -> None:
    (check,) = small.select("details.check")
    assert check.summary.get_text() == "Check · 1 line, run by this build"
    assert check.select(":scope > .cell > .output")
    (setup,) = small.select("details.set-up")
    assert setup.summary.get_text() == "Set-up · 1 line"
    (code,) = small.select(".cell > details.figure-code")
    assert code.find_previous_sibling("div").select("svg")
    assert code_of(code.parent).startswith("from IPython")
    plain = small.select("article .cell")[-2]
    assert plain.find_parent("details") is None
    assert not small.select("details[open]")


def test_boxes_in_an_output_close_as_often_as_they_open(small: BeautifulSoup) -> None:
    theorem = str(small.select_one("#e-f"))
    assert theorem.endswith("</div>")
    assert "Claim 3" in theorem
    for tag in ("div", "details"):
        assert str(small).count(f"<{tag}") == str(small).count(f"</{tag}>")


def test_an_output_that_differs_between_processors_says_so(small: BeautifulSoup) -> None:
    (found,) = small.select(".cell.processor")
    assert found.select_one(".output > .filename").get_text() == (
        "output · differs between processors"
    )
    foot = " ".join(small.select_one(".stamp").get_text().split())
    assert "differs between processors: cell 5" in foot
    assert small.select_one("#cell-5") is found


def test_a_page_with_proofs_has_a_switch_for_all(small: BeautifulSoup, site: Path) -> None:
    (button,) = small.select("button.drawers")
    assert button.get_text() == "Show all proofs"
    assert read_html(site / "linear" / "index.html").select("button.drawers")
    assert not read_html(site / "claims" / "index.html").select("button.drawers")
