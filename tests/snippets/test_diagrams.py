"""Diagrams show the numbers of the tensors they are given, say them aloud, and refuse to show what is false."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
import torch
from torch import nn

from snippets.diagrams import looked_up, picked_row, reach, row_by_row
from snippets.drawing import Figure, arrow, beside, grid, heading, label, numbers
from snippets.memory import float_bits, shared_memory
from tests.snippets.layout import Layout

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
    assert figure.alt == (
        "A weight of 2 rows and 3 columns under the input. "
        "Row 0 gives 1·100 + 2·10 + 3·1 = 123. Row 1 gives 4·100 + 5·10 + 6·1 = 456."
    )
    assert figure.table == [
        ["row of weight", "row · x", "output"],
        ["0: 1, 2, 3", "1·100 + 2·10 + 3·1", "123"],
        ["1: 4, 5, 6", "4·100 + 5·10 + 6·1", "456"],
    ]


def test_the_weight_stands_under_its_input_and_beside_its_output() -> None:
    layout = Layout(row_by_row(WEIGHT, X, WEIGHT @ X, "c"))
    x, weight, y = layout.cells
    assert x.texts == [["100", "10", "1"]]
    assert weight.texts == [["1", "2", "3"], ["4", "5", "6"]]
    assert y.texts == [["123"], ["456"]]
    assert x.columns == weight.columns  # each number of x over the column that it multiplies
    assert weight.rows == y.rows  # each output beside the row that makes it
    assert weight.size == x.size == y.size == (46, 26)
    assert weight.rows[0] - x.rows[-1] == 14 < x.rows[0]
    assert (x.lit, weight.lit, y.lit) == ([], [(0, 0), (0, 1), (0, 2)], [(0, 0)])
    ends = (weight.columns[-1], y.columns[0])
    assert ends[1] - ends[0] == 36
    assert layout.arrows == [
        ((ends[0], weight.row(i)), (ends[1], weight.row(i)), i == 0) for i in range(2)
    ]
    assert [layout.beside(*at) for at in ((x, 0), (weight, 0), (weight, 1))] == [
        *("x (3,)", "weight (2, 3)", "out = 2")
    ]
    assert (layout.above(x), layout.above(y)) == ("in = 3", "y (2,)")
    assert len(layout.words) == 5
    single = Layout(row_by_row(WEIGHT[:1], X, WEIGHT[:1] @ X, "c"))
    assert [word.text for word in single.words] == ["x (3,)", "weight (1, 3)", "y (1,)", "in = 3"]


def test_one_hot_picks_a_row() -> None:
    table = torch.tensor([[0.5, -1.25], [2.0, 3.0], [4.0, 5.0]])
    figure = picked_row(torch.tensor([1.0, 0.0, 0.0]), table, table[0], "c")
    assert figure.table == [
        ["row", "one-hot", "table"],
        ["0", "1", "0.50, −1.25"],
        ["1", "0", "2.00, 3.00"],
        ["2", "0", "4.00, 5.00"],
        ["sum", "", "0.50, −1.25"],
    ]
    assert figure.alt == (
        "A one-hot vector with its 1 at 0 beside a table of 3 rows: 1 times row 0 plus 0 times "
        "every other row is row 0: 0.50, −1.25."
    )


def test_the_row_picked_falls_into_the_sum() -> None:
    table = torch.arange(12.0).reshape(4, 3)
    layout = Layout(picked_row(torch.eye(4)[2], table, table[2], "c"))
    one_hot, rows, total = layout.cells
    assert one_hot.texts == [["0"], ["0"], ["1"], ["0"]]
    assert rows.texts == [[str(3 * i + j) for j in range(3)] for i in range(4)]
    assert total.texts == [["6", "7", "8"]]
    assert (one_hot.lit, rows.lit) == ([(2, 0)], [(2, 0), (2, 1), (2, 2)])
    assert total.lit == [(0, 0), (0, 1), (0, 2)]
    assert one_hot.rows == rows.rows
    assert rows.columns == total.columns
    assert (one_hot.size, rows.size, total.size) == ((40, 26), (46, 26), (46, 26))
    across, *down = layout.arrows
    height = rows.row(2)
    assert across == ((one_hot.columns[-1], height), (rows.columns[0], height), True)
    assert rows.columns[0] - one_hot.columns[-1] == 36
    middles = [(a + b) / 2 for a, b in pairwise(rows.columns)]
    assert down == [((x, rows.rows[-1]), (x, total.rows[0]), True) for x in middles]
    assert total.rows[0] - rows.rows[-1] == 24
    assert [layout.beside(rows, i) for i in range(4)] == ["row 0", "row 1", "row 2", "row 3"]
    assert layout.beside(total, 0) == "sum over rows"
    assert (layout.above(one_hot), layout.above(rows)) == ("one-hot", "table (4, 3)")
    assert len(layout.words) == 7


@pytest.mark.parametrize(
    ("one_hot", "picked", "message"),
    [
        (torch.tensor([1.0, 0.0]), torch.ones(2), "^picked is not one_hot @ table: the"),
        (torch.tensor([1.0, 0.0]), torch.zeros(3), "^picked is not one_hot @ table: the"),
        (
            torch.tensor([1.0, 1.0]),
            torch.tensor([4.0, 6.0]),
            "^one_hot is not one 1 and zeros: the",
        ),
    ],
)
def test_a_false_lookup_is_refused(one_hot, picked, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        picked_row(one_hot, torch.tensor([[1.0, 2.0], [3.0, 4.0]]), picked, "c")


def test_ids_point_to_their_rows() -> None:
    ids, table = torch.tensor([2, 0, 2]), torch.arange(8.0).reshape(4, 2)
    figure = looked_up(ids, table, "c")
    assert figure.table == [
        ["row", "looked up", "numbers"],
        *(["0", "1 times", "0, 1"], ["1", "0 times", "2, 3"]),
        *(["2", "2 times", "4, 5"], ["3", "0 times", "6, 7"]),
    ]
    assert figure.alt == (
        "The ids 2, 0, 2 point to rows of a table. "
        "Row 0: 0, 1. Row 1: 2, 3. Row 2: 4, 5. Row 3: 6, 7."
    )
    assert looked_up(torch.tensor([0]), table[:1], "c").alt.endswith("Row 0: 0, 1.")
    for wrong in (-1, 4):
        with pytest.raises(
            IndexError, match=r"^an id below 0, or beyond the last row, has nothing to point to$"
        ):
            looked_up(torch.tensor([wrong]), table, "c")


@pytest.mark.parametrize("chosen", [[2, 0, 2], [3, 0, 1, 1, 0, 3, 1]])
def test_an_arrow_leads_from_each_id_to_its_row(chosen: list[int]) -> None:
    layout = Layout(looked_up(torch.tensor(chosen), torch.arange(8.0).reshape(4, 2), "c"))
    ids, rows = layout.cells
    assert ids.texts == [[str(i)] for i in chosen]
    assert rows.texts == [["0", "1"], ["2", "3"], ["4", "5"], ["6", "7"]]
    assert ids.lit == [(i, 0) for i in range(len(chosen))]
    assert rows.lit == [(i, j) for i in sorted(set(chosen)) for j in (0, 1)]
    left, right = ids.columns[-1], rows.columns[0]
    assert layout.arrows == [
        ((left, ids.row(place)), (right, rows.row(i)), True) for place, i in enumerate(chosen)
    ]
    assert right - left == 64
    assert (ids.size, rows.size) == ((40, 26), (46, 26))
    assert min(ids.rows[0], rows.rows[0]) == 26  # room for the headings, and no more
    if len(chosen) < 4:
        assert ids.middle[1] == rows.middle[1]
    texts = {(word.text, word.x, word.y, word.anchor) for word in layout.words}
    assert texts == {("ids", 20, 16, "middle"), ("rows 0 to 3", rows.middle[0], 16, "middle")}


def test_a_false_product_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^y is not weight @ x: the diagram would be false$"):
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


def test_what_reaches_an_output_is_lit_and_so_is_the_output() -> None:
    layers = {"first": (nn.Linear(4, 3), (4,)), "next": (nn.Conv2d(2, 3, 3), (2, 5, 6))}
    figure = reach(layers, "c")
    assert figure.alt == (
        "first: 4 of 4 inputs reach one output. next: 18 of 60 inputs reach one output."
    )
    assert figure.table == [
        ["layer", "inputs", "of these reach the output"],
        *(["first", "4", "4"], ["next", "60", "18"]),
    ]
    layout = Layout(figure)
    (row, out), (planes, maps) = layout.cells[:2], (layout.cells[2:4], layout.cells[4:])
    assert row.lit == [(0, j) for j in range(4)]
    assert (len(row.rows), len(row.columns), out.lit) == (2, 5, [(0, 0)])
    assert len(out.columns) == 4
    assert [len(plane.rows) for plane in planes + maps] == [6, 6, 4, 4, 4]
    assert [len(plane.columns) for plane in planes + maps] == [7, 7, 5, 5, 5]
    for plane in planes:  # the 3 x 3 inputs of the output in the middle, of every plane
        assert plane.lit == [(i, j) for i in (1, 2, 3) for j in (2, 3, 4)]
    assert [plane.lit for plane in maps] == [[(1, 2)], [], []]
    assert {cells.size for cells in layout.cells} == {(12, 12)}
    assert not any(cells.texts for cells in layout.cells)
    for given, made in ((planes, maps), ([row], [out])):
        assert {b.columns[0] - a.columns[-1] for a, b in pairwise(given)} <= {8}
        assert {b.columns[0] - a.columns[-1] for a, b in pairwise(made)} <= {8}
        assert given[0].columns[0] == 0
        assert made[0].columns[0] - given[-1].columns[-1] == 36
        assert len({plane.middle[1] for plane in (*given, *made)}) == 1
    assert layout.arrows == [
        ((a.columns[-1], a.middle[1]), (b.columns[0], b.middle[1]), True)
        for a, b in ((row, out), (planes[-1], maps[0]))
    ]
    end = maps[-1].columns[-1] + 1
    feet = [row.rows[0] - 10, planes[0].rows[0] - 10]
    assert [(word.x, word.y, word.text, word.anchor) for word in layout.words] == [
        (0, feet[0], "first", "start"),
        (0, feet[1], "next", "start"),
        (end, feet[0], "fan_in = 4", "end"),
        (end, feet[1], "fan_in = 18", "end"),
    ]
    assert [word.kind for word in layout.words] == ["ink number"] * 2 + ["ink"] * 2
    assert (row.rows[0], planes[0].rows[0] - row.rows[-1]) == (24, 42)  # names have room


def test_a_picture_is_as_wide_as_its_widest_layer() -> None:
    wide, narrow = (nn.Linear(9, 2), (9,)), (nn.Linear(2, 2), (2,))
    sizes = [reach(layers, "c").size for layers in ({"a": wide, "b": narrow}, {"a": wide})]
    assert sizes[0][0] == sizes[1][0]
    assert sizes[0][1] > sizes[1][1]


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


def test_each_name_points_to_its_memory() -> None:
    t, u = torch.zeros(3), torch.tensor([1.0, -2.0])
    figure = shared_memory({"t": t, "view": t, "u": u, "same": t, "more": t}, "c")
    layout = Layout(figure)
    *names, zeros, own, other = layout.cells
    assert [cells.texts for cells in (*names, own)] == [
        [[name]] for name in ("t", "view", "same", "more", "u")
    ]
    assert (zeros.texts, other.texts) == ([["0", "0", "0"]], [["1", "−2"]])
    assert zeros.lit == [(0, 0), (0, 1), (0, 2)]
    assert not any(cells.lit for cells in (*names, own, other))
    assert zeros.middle[1] == (names[0].middle[1] + names[-1].middle[1]) / 2
    assert other.middle[1] == own.middle[1]
    assert {b.rows[0] - a.rows[-1] for a, b in pairwise(names)} == {8}
    assert {cells.columns[0] for cells in (*names, own)} == {0}
    assert {cells.size for cells in (*names, own)} == {(52, 26)}  # four letters, and room
    assert {cells.size for cells in (zeros, other)} == {(44, 26)}
    assert zeros.columns[0] == other.columns[0] == 52 + 56
    assert layout.arrows == [
        ((52, name.middle[1]), (108, memory.middle[1]), memory is zeros)
        for name, memory in [(name, zeros) for name in names] + [(own, other)]
    ]
    assert names[0].rows[0] == 0
    assert other.rows[0] - names[-1].rows[-1] == 17 + 21  # apart, and room for the title
    assert [(word.x, word.y, word.text, word.anchor) for word in layout.words] == [
        (108, zeros.rows[0] - 10, "one memory, 4 names", "start"),
        (108, other.rows[0] - 10, "memory of its own", "start"),
    ]
    assert figure.table == [
        ["memory", "its tensors", "numbers in it"],
        ["1", "t, view, same, more", "0, 0, 0"],
        ["2", "u", "1, −2"],
    ]
    assert figure.alt == (
        "t and view and same and more: one memory, 4 names, holding 0, 0, 0. "
        "u: memory of its own, holding 1, −2."
    )


def test_one_name_leaves_room_for_its_title() -> None:
    layout = Layout(shared_memory({"t": torch.zeros(3), "u": torch.zeros(1)}, "c"))
    (t, first, u, second), (word, _) = layout.cells, layout.words
    assert (first.rows[0], word.y) == (21, 11)
    assert t.rows == first.rows
    assert u.rows == second.rows
    assert second.rows[0] - first.rows[-1] == 17 + 21


def test_memory_that_is_shared_in_part_is_refused() -> None:
    t, message = torch.zeros(3), "share memory only in part have no place in this diagram"
    with pytest.raises(ValueError, match=f"^tensors that {message}$"):
        shared_memory({"t": t, "slice": t[:2]}, "c")


def test_bits_stand_in_their_fields() -> None:
    layout = Layout(float_bits(torch.tensor([-1.5, 1.0]), "c"))
    floats = [layout.cells[:3], layout.cells[3:]]
    bits = ["1 01111111 " + "1".ljust(23, "0"), "0 01111111 " + "0" * 23]
    for cells, wanted in zip(floats, bits, strict=True):
        assert ["".join(each.texts[0]) for each in cells] == wanted.split()
        for each in cells:
            assert each.size == (10, 20)
            assert each.lit == [(0, j) for j, bit in enumerate(each.texts[0]) if bit == "1"]
        sign, exponent, fraction = cells
        assert not exponent.ruled  # bits stand too close for lines between them
        assert not fraction.ruled
        assert sign.columns[0] == 0
        assert exponent.columns[0] - sign.columns[-1] == 6
        assert fraction.columns[0] - exponent.columns[-1] == 6
        assert sign.rows == exponent.rows == fraction.rows
    (sign, exponent, fraction), (below, *_) = floats
    assert (sign.rows[0], below.rows[0] - sign.rows[0]) == (46, 60)
    right, line, next_line = fraction.columns[-1], sign.rows[0] - 10, below.rows[0] - 10
    assert [(word.x, word.y, word.text, word.anchor) for word in layout.words] == [
        (0, 14, "sign", "start"),
        (exponent.columns[-1], 14, "exponent", "end"),
        (fraction.middle[0], 14, "fraction", "middle"),
        (0, line, "-1.5000", "start"),
        (right, line, "−(1 + 4194304/2²³) × 2⁰", "end"),
        (0, next_line, "1.", "start"),
        (right, next_line, "(1 + 0/2²³) × 2⁰", "end"),
    ]
    assert [word.kind for word in layout.words if word.x == 0] == ["quiet", *["ink number"] * 2]


def test_the_words_of_bits() -> None:
    figure = float_bits(torch.tensor([1.0, 0.0]), "c")
    assert figure.table[0] == ["printed", "sign", "exponent", "fraction", "reads"]
    assert figure.alt == (
        f"1.: sign 0, exponent 01111111, fraction {'0' * 23}; (1 + 0/2²³) × 2⁰. "
        f"0.: sign 0, exponent 00000000, fraction {'0' * 23}; 0 × 2⁻¹⁴⁹."
    )
    with pytest.raises(TypeError, match=r"^32 bits are drawn, and these are torch\.float64$"):
        float_bits(torch.ones(1, dtype=torch.float64), "c")


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


def test_neighbors_that_are_lit_share_a_box() -> None:
    lit = {(0, 0), (0, 1), (1, 0), (1, 1), (1, 3), (2, 3)}
    shape = grid(0, 0, [[""] * 4] * 3, 10, lambda i, j: (i, j) in lit, 10)
    boxes = ET.fromstring(f"<g>{shape}</g>").findall("path")[1].get("d")
    assert boxes == "M0 0h20v20h-20zM30 10h10v20h-10z"
    assert "lit" not in grid(0, 0, [["1"]], 10)


def test_cells_hold_their_texts_and_escape_them() -> None:
    assert grid(1, 2, [["a", "<"], ["10", ""]], 10) == (
        '<path class="cells" fill="none" stroke="#8a93a0" '
        'd="M1 2H21M1 28H21M1 54H21M1 2V54M11 2V54M21 2V54"/>'
        '<g class="number" font-family="monospace" text-anchor="middle">'
        '<text x="6 16" y="19.5">a&lt;</text><text x="6" y="45.5">10</text></g>'
    )
    assert grid(1, 2, [["", ""]], 10, lambda i, j: j == 1, 5, False) == (
        '<path class="cells" fill="none" stroke="#8a93a0" d="M1 2H21M1 7H21M1 2V7M21 2V7"/>'
        '<path class="lit" fill="#b8400a" fill-opacity=".15" stroke="#b8400a" d="M11 2h10v5h-10z"/>'
    )


def test_a_figure_is_a_picture_with_words_and_a_table() -> None:
    figure = Figure("<g/>", "a < b", "c & d", [["a<", "b"], ["1", "<2"], ["3", "4"]], (9, 7.5))
    assert figure._repr_html_() == (
        '<figure class="figure" data-search-exclude="">'
        '<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 9 7.5" width="9" '
        'height="7.5" font-size="13" aria-label="a &lt; b"><g/></svg><figcaption>c &amp; d'
        '<details><summary>The data of this figure</summary><table class="data"><thead><tr>'
        '<th scope="col">a&lt;</th><th scope="col">b</th></tr></thead>'
        "<tbody><tr><td>1</td><td>&lt;2</td></tr><tr><td>3</td><td>4</td></tr></tbody></table></details></figcaption></figure>"
    )
    html = Figure("", "", "", [["a"]], (9, 7), diagram=True)._repr_html_()
    assert '<figure class="figure diagram"' in html
    assert 'viewBox="-.5 -.5 9 7"' in html  # lines of one pixel fall on whole pixels


def test_arrows_and_labels_say_what_they_are() -> None:
    assert 'd="M1 7V15m-4-5l4 5 4-5"' in arrow(1, 2, 1, 20)
    assert 'd="M6 2C15 2 15 9 24 9m-5-4l5 4-5 4"' in arrow(1, 2, 29, 9)
    assert 'class="arrow chosen" fill="none" stroke="#b8400a"' in arrow(1, 2, 8, 9, True)
    assert 'class="arrow" fill="none" stroke="#5a6472"' in arrow(1, 2, 8, 9)
    assert label(1, 2, "a<b", anchor="end") == (
        '<text class="quiet" x="1" y="2" text-anchor="end">a&lt;b</text>'
    )
    assert label(1, 2, "code", "ink number") == (
        '<text class="ink number" x="1" y="2" font-family="monospace">code</text>'
    )
    assert heading(9, 26, "a") == label(9, 16, "a", anchor="middle")
    assert beside(26, "a") == label(0, 43.5, "a")
    assert numbers([[1.0, -2.0]]) == [["1", "−2"]]
    assert numbers([[1.0, -2.5]]) == [["1.00", "−2.50"]]
