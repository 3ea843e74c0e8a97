"""The picture of the three routes shows what each reads and gives, and refuses what is false."""

from __future__ import annotations

import pytest
import torch

from snippets.routes import three_routes
from tests.snippets.test_diagrams import SVG, drawn, words

W = torch.arange(12.0).reshape(4, 3)


def test_each_route_gives_the_same_row() -> None:
    figure = three_routes(2, W, [W[2]] * 3, "Caption.")
    assert "all give 6, 7, 8." in figure.alt
    shown = words(figure)
    assert [word for word in shown if "(" in word or "@" in word] == [
        *("x @ W", "(4, 3)", "layer(x)", "(3, 4)", "table(2)", "(4, 3)")
    ]
    assert shown.count("678") == 5
    assert figure.table[2] == ["layer(x)", "column 2", "6, 7, 8"]
    assert figure.caption == "Caption."


def test_it_fits_a_phone() -> None:
    figure = three_routes(0, W, [W[0]] * 3, "c")
    width, height = figure.size
    assert figure.diagram
    assert width <= 334
    for text in drawn(figure).iter(f"{SVG}text"):
        assert all(0 <= float(x) <= width for x in (text.get("x") or "").split())
        assert 8 <= float(text.get("y", "nan")) <= height


def test_the_chosen_row_is_lit_and_a_column_in_linear() -> None:
    boxes = [
        path.get("d") for path in drawn(three_routes(2, W, [W[2]] * 3, "c")).iter(f"{SVG}path")
    ]
    lit = [d for d in boxes if d and d.endswith("z")]
    assert lit == [
        *("M0 104h78v26h-78z", "M0 176h78v26h-78z"),
        *("M162 52h26v78h-26z", "M123 176h78v26h-78z"),
        *("M246 104h78v26h-78z", "M246 176h78v26h-78z"),
    ]


def test_a_route_that_gives_something_else_is_refused() -> None:
    with pytest.raises(ValueError, match="the diagram would be false"):
        three_routes(2, W, [W[2], W[2], W[1]], "c")
