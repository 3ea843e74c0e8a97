"""The table of defaults as HTML: what a reader sees of a row, from rows made by hand."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest
import torch
from bs4 import BeautifulSoup

from snippets.defaults.docstrings import Verdict
from snippets.defaults.laws import Constant, Given, Lazy, Normal, Rows, Uniform, Uninitialized
from snippets.defaults.markup import as_html, heights, law_text, pretty
from snippets.defaults.row import Row
from snippets.defaults.sample import Sample
from snippets.defaults.source import Source
from snippets.defaults.table import Table

PLACE = Source("torch/nn/modules/linear.py", 117, "Linear.reset_parameters")
VALUES = Sample.of([torch.tensor([-0.5, -0.5, 0.0, 0.5, 0.5, 0.5])])
NOTHING = Sample.of([])
LINEAR = Row(
    *("Linear", "3, 2", "weight", "parameter", (2, 3), Uniform("1/sqrt(in_features)", 0.5)),
    *(PLACE, Verdict("agrees"), VALUES, 0.25, 1e-9),
)


def html(*rows: Row) -> BeautifulSoup:
    table = Table(rows)
    return BeautifulSoup(as_html(table, table.level), "html.parser")


def cells(**changes: Any) -> list[str]:
    """What a row shows, as HTML, with these changes of the one above."""
    shown = html(dataclasses.replace(LINEAR, **changes)).find("tbody").tr
    return [cell.decode_contents() for cell in shown.find_all(["th", "td"], recursive=False)]


def test_a_row_from_layer_to_numbers() -> None:
    layer, parameter, starts, shape, drawn, test, docstring, source, *numbers = cells()
    assert (layer, parameter, shape) == (
        "<code>Linear(3, 2)</code>",
        "<code>weight</code>",
        "2 × 3",
    )
    assert starts == "U(−b, b), b = 1/√in_features = 0.5"
    assert (test, docstring) == ("p = 0.2", "agrees")
    assert source == f'<a href="{PLACE.url}">linear.py:117</a>'
    assert numbers == ["−0.5", "0.5", "0.08", "0.449"]
    assert 'd="M0 7V2h1V7h1V7h1V7h1V5h1V7h1V7h1V7h1V0h1V7"' in drawn
    assert 'viewbox="0 0 9 7"' in drawn.lower()


def test_what_differs_from_row_to_row() -> None:
    assert cells(args="3 # first input (1, <2)")[0] == (
        "<code>Linear(3)</code> <i>first input (1, &lt;2)</i>"
    )
    assert cells(parameter="a.b", kind="buffer")[1] == "<code>a.<wbr/>b</code> <i>buffer</i>"
    assert [cells(shape=shape)[3] for shape in (None, (), (7,))] == ["none yet", "one value", "7"]
    assert cells(p=None)[5] == "none"
    assert [cells(p=p, control=None)[5] for p in (1.0, 0.0)] == ["exact", "refused"]
    place = Source("torch/nn/a.py", 5, "f")
    assert cells(docstring=Verdict("disagrees", place))[6] == f'<a href="{place.url}">disagrees</a>'
    assert cells(docstring=Verdict("agrees", place))[6] == "agrees"
    lazy = cells(law=Lazy(), sample=NOTHING)
    assert (lazy[4], lazy[8:]) == ("", [""] * 4)
    same = Sample.of([torch.full((4,), 0.123456)])
    assert cells(sample=same)[8:] == ["0.123", "0.123", "0.123", "0"]
    small = Sample.of([torch.tensor([-1e-5, 2e-5])])
    assert cells(sample=small)[8:] == ["−1e−5", "2e−5", "5e−6", "1.5e−5"]


def test_the_table_says_what_it_holds() -> None:
    hidden = dataclasses.replace(LINEAR, module="LazyLinear", args="300, bias=False")
    exact = dataclasses.replace(LINEAR, control=None, p=1.0)
    table = html(LINEAR, hidden, exact)
    assert len(table.select("tbody tr")) == 2
    assert [head.text for head in table.select("thead th[scope=col]")] == [
        *("Layer", "Parameter", "Starts as", "Shape", "Drawn", "Test", "Docstring", "Source"),
        *("Min", "Max", "Mean", "Std"),
    ]
    assert table.caption.text == (
        "2 rows; defaults.json has 1 more, for further arguments. 2 of all are random. Error level "
        "of the tests: one in 1,000,000 for the whole table, 5.0e−7 for a row."
    )
    place, box = table.find_all("div", recursive=False)
    assert (place.attrs, place.text) == ({"class": ["defaults-filter"], "hidden": ""}, "")
    assert list(table.children) == [place, box]
    assert (box["role"], box["tabindex"]) == ("region", "0")
    assert box["aria-label"] == "Every default of torch.nn: 2 rows"
    assert box.find("script") is None
    rows = as_html([LINEAR, exact], 1e-6).partition("<thead>")[2]
    assert re.sub(r"<(td|th|caption|code|i|a|svg)\b.*?</\1>", "", rows) == (
        "<tr></tr></thead><tbody><tr></tr><tr></tr></tbody></table></div>"
    )
    assert not "".join(text for text in box.find_all(string=True, recursive=False))


def test_bars_from_end_to_end_of_a_law() -> None:
    assert heights(Uniform("", 0.5), VALUES) == [5, 0, 0, 0, 2, 0, 0, 0, 7]
    assert heights(Normal("", 1.0), VALUES) == [0, 0, 0, 5, 2, 7, 0, 0, 0]
    beyond = Sample.of([torch.tensor([-9.0, -9.0, 9.0])])
    assert heights(Normal("", 1.0), beyond) == [7, 0, 0, 0, 0, 0, 0, 0, 4]
    assert heights(Constant("", 1.0), VALUES) == [0, 0, 0, 0, 7, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("1/sqrt(in_features)", "1/√in_features"),
        ("sqrt(groups/(in_channels*prod(kernel_size)))", "√(groups/(in_channels·∏kernel_size))"),
        ("1/sqrt(in_features//div_value**2)", "1/√⌊in_features/div_value²⌋"),
        ("sqrt(3/(2*embed_dim))", "√(3/(2·embed_dim))"),
    ],
)
def test_formulas_are_written_as_by_hand(formula: str, expected: str) -> None:
    assert pretty(formula) == expected


def test_laws_are_written_with_their_value() -> None:
    assert law_text(Uniform("1/sqrt(n)", 0.5)) == "U(−b, b), b = 1/√n = 0.5"
    assert law_text(Normal("1/sqrt(n)", 0.5)) == "N(0, s²), s = 1/√n = 0.5"
    assert law_text(Normal("1", 1.0)) == "N(0, 1)"
    assert law_text(Rows("1", 1.0, index=2)) == "N(0, 1), row 2 zero"
    assert law_text(Rows("s", 0.5)) == "N(0, s²), s = s = 0.5, row 0 zero"
    assert law_text(Constant("init", 0.25)) == "0.25 = init"
    assert law_text(Constant("1/2", 0.5)) == "0.5"
    assert law_text(Given("weight")) == "the tensor given as <code>weight</code>"
    assert law_text(Lazy()) == "written by the first batch"
    assert law_text(Uninitialized()) == "uninitialized memory"
