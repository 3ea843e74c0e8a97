"""Diagrams show the numbers of the tensors they are given, say them aloud, and refuse to show what is false."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET

import pytest
import torch
from torch import nn

from snippets.diagrams import looked_up, picked_row, reach, row_by_row
from snippets.drawing import Figure, arrow, grid, label, numbers
from snippets.memory import float_bits, shared_memory

SVG = "{http://www.w3.org/2000/svg}"
WEIGHT, X = torch.arange(1.0, 7).reshape(2, 3), torch.tensor([100.0, 10.0, 1.0])


def drawn(figure: Figure) -> ET.Element:
    """The SVG of a figure, whose HTML is well-formed XML too."""
    svg = ET.fromstring(figure._repr_html_()).find(f"{SVG}svg")
    assert svg is not None
    assert svg.get("aria-label") == figure.alt
    return svg


def words(figure: Figure) -> list[str]:
    return [text.text or "" for text in drawn(figure).iter(f"{SVG}text")]


def all_diagrams() -> list[Figure]:
    torch.manual_seed(0)
    table, t = torch.randn(4, 3), torch.zeros(3)
    return [
        row_by_row(WEIGHT, X, WEIGHT @ X, "c"),
        picked_row(torch.eye(4)[2], table, table[2], "c"),
        reach({"a": (nn.Linear(6, 3), (6,)), "b": (nn.Conv2d(2, 3, 3), (2, 5, 5))}, "c"),
        shared_memory({"t": t, "W": nn.Parameter(t)}, "c"),
        float_bits(torch.tensor([1.4013e-45, 1.0, math.nan]), "c"),
        looked_up(torch.tensor([2, 0, 2, 2, 1]), table, "c"),
    ]


@pytest.mark.parametrize("number", range(6))
def test_a_diagram_fits_a_phone_and_its_letters_stand_inside(number: int) -> None:
    figure = all_diagrams()[number]
    width, height = figure.size
    assert figure.diagram
    assert width <= 334
    for text in drawn(figure).iter(f"{SVG}text"):
        assert all(0 <= float(x) <= width for x in (text.get("x") or "").split())
        assert 8 <= float(text.get("y", "nan")) <= height
    assert figure._repr_html_() == all_diagrams()[number]._repr_html_()


def test_a_row_of_the_weight_makes_an_output() -> None:
    figure = row_by_row(WEIGHT, X, WEIGHT @ X, "Caption.")
    assert figure.caption == "Caption. Row 0: 1·100 + 2·10 + 3·1 = 123."
    assert "Row 1 gives 4·100 + 5·10 + 6·1 = 456." in figure.alt
    shown = " ".join(words(figure))
    assert {"100", "123", "456", "weight (2, 3)", "in = 3", "out = 2"} <= set(words(figure))
    assert "123" in shown
    lit = [path.get("d") for path in drawn(figure).iter(f"{SVG}path") if path.get("class") == "lit"]
    assert lit == ["M92 66h138v26h-138z", "M264 66h46v26h-46z"]  # row 0, and its output
    assert "out = 1" not in words(row_by_row(WEIGHT[:1], X, WEIGHT[:1] @ X, "c"))


def test_one_hot_picks_a_row() -> None:
    table = torch.tensor([[0.5, -1.25], [2.0, 3.0], [4.0, 5.0]])
    figure = picked_row(torch.tensor([1.0, 0.0, 0.0]), table, table[0], "c")
    assert figure.table[-1] == ["sum", "", "0.50, −1.25"]
    assert "row 0 plus 0 times every other row is row 0: 0.50, −1.25" in figure.alt
    assert words(figure).count("−1.25") == 2


@pytest.mark.parametrize(
    ("one_hot", "picked", "message"),
    [
        (torch.tensor([1.0, 0.0]), torch.ones(2), "picked is not"),
        (torch.tensor([1.0, 0.0]), torch.zeros(3), "picked is not"),
        (torch.tensor([1.0, 1.0]), torch.tensor([4.0, 6.0]), "one_hot is not"),
    ],
)
def test_a_false_lookup_is_refused(one_hot, picked, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        picked_row(one_hot, torch.tensor([[1.0, 2.0], [3.0, 4.0]]), picked, "c")


def test_ids_point_to_their_rows() -> None:
    ids, table = torch.tensor([2, 0, 2]), torch.arange(8.0).reshape(4, 2)
    figure = looked_up(ids, table, "c")
    assert [row[1] for row in figure.table[1:]] == ["1 times", "0 times", "2 times", "0 times"]
    paths = [
        p.get("d") or "" for p in drawn(figure).iter(f"{SVG}path") if "chosen" in str(p.attrib)
    ]
    ends = [float(path.partition("m")[0].split()[-1]) for path in paths]
    assert ends == [26 * (row + 1.5) for row in ids.tolist()]
    for wrong in (-1, 4):
        with pytest.raises(IndexError, match="nothing to point to"):
            looked_up(torch.tensor([wrong]), table, "c")


def test_a_false_product_is_refused() -> None:
    with pytest.raises(ValueError, match="the diagram would be false"):
        row_by_row(WEIGHT, X, torch.tensor([123.0, 457.0]), "c")


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (nn.Linear(6, 3), (6,)),
        (nn.Conv2d(2, 3, 3), (2, 5, 5)),
        (nn.Conv2d(4, 2, (1, 3), groups=2), (4, 3, 5)),
    ],
)
def test_what_reaches_an_output_is_fan_in(layer: nn.Module, shape: tuple[int, ...]) -> None:
    fan_in, _ = nn.init._calculate_fan_in_and_fan_out(layer.weight)
    figure = reach({"layer": (layer, shape)}, "c")
    assert figure.table[1] == ["layer", str(math.prod(shape)), str(fan_in)]
    assert f"fan_in = {fan_in}" in words(figure)
    lit = [path for path in drawn(figure).iter(f"{SVG}path") if path.get("class") == "lit"]
    assert lit


def test_names_of_one_memory_point_to_one_place() -> None:
    t = torch.zeros(3)
    parameter, own = nn.Parameter(t), nn.Parameter(t.clone())
    with torch.no_grad():
        parameter[0] = 9
    figure = shared_memory({"t": t, "W": parameter, "own": own}, "c")
    assert figure.alt == (
        "t and W: one memory, 2 names, holding 9, 0, 0. own: memory of its own, holding 0, 0, 0."
    )
    assert figure.table[1:] == [["1", "t, W", "9, 0, 0"], ["2", "own", "0, 0, 0"]]
    arrows = [p for p in drawn(figure).iter(f"{SVG}path") if "arrow" in (p.get("class") or "")]
    assert [path.get("class") for path in arrows] == ["arrow chosen", "arrow chosen", "arrow"]


def test_memory_that_is_shared_in_part_is_refused() -> None:
    t = torch.zeros(3)
    with pytest.raises(ValueError, match="only in part"):
        shared_memory({"t": t, "slice": t[:2]}, "c")


def test_the_bits_are_those_of_the_float() -> None:
    values = [0.0, -1.5, 2.0**-149, 6.0, -math.inf, math.nan, 1.0]
    figure = float_bits(torch.tensor(values), "c")
    for row, value in zip(figure.table[1:], values, strict=True):
        printed, sign, exponent, fraction, reads = row
        integer = int(sign + exponent + fraction, 2)
        bits = torch.tensor(integer - 2**32 * int(sign), dtype=torch.int32).view(torch.float32)
        assert (len(sign), len(exponent), len(fraction)) == (1, 8, 23)
        torch.testing.assert_close(bits.item(), value, rtol=0, atol=0, equal_nan=True)
        assert printed == str(torch.tensor([value]))[8:-2]
        assert reads in figure.alt
    readings = [row[-1] for row in figure.table[1:]]
    assert readings[0] == "0 × 2⁻¹⁴⁹"
    assert readings[1] == "−(1 + 4194304/2²³) × 2⁰"
    assert readings[2] == "1 × 2⁻¹⁴⁹"
    assert readings[3] == "(1 + 4194304/2²³) × 2²"
    assert readings[4] == "−infinity"
    assert readings[5] == "NaN: exponent all ones, fraction not 0"
    with pytest.raises(TypeError, match="float64"):
        float_bits(torch.ones(1, dtype=torch.float64), "c")


def test_neighbors_that_are_lit_share_a_box() -> None:
    lit = {(0, 0), (0, 1), (1, 0), (1, 1), (1, 3), (2, 3)}
    shape = grid(0, 0, [[""] * 4] * 3, 10, lambda i, j: (i, j) in lit, 10)
    boxes = ET.fromstring(f"<g>{shape}</g>").findall("path")[1].get("d")
    assert boxes == "M0 0h20v20h-20zM30 10h10v20h-10z"
    assert "lit" not in grid(0, 0, [["1"]], 10)


def test_arrows_and_labels_say_what_they_are() -> None:
    assert 'd="M1 2V9m' in arrow(1, 2, 1, 9)
    assert 'class="arrow chosen"' in arrow(1, 2, 8, 9, True)
    assert 'text-anchor="end"' in label(1, 2, "a<b", anchor="end")
    assert "a&lt;b" in label(1, 2, "a<b")
    assert "monospace" in label(1, 2, "code", "ink number")
    assert numbers([[1.0, -2.0]]) == [["1", "−2"]]
    assert numbers([[1.0, -2.5]]) == [["1.00", "−2.50"]]
