"""Figures: well-formed, described by their data, deterministic, and never silent about bad input."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest

from snippets.axes import HEIGHT, WIDTH
from snippets.drawing import Figure
from snippets.figures import lines
from tests.snippets.ruler import Ruler, number, scale


def parts(figure: Figure) -> ET.Element:
    """The figure's HTML, which is well-formed XML too."""
    return ET.fromstring(figure._repr_html_())


def column(figure: Figure, number: int) -> list[str]:
    """A column of the data table."""
    return [row[number].text or "" for row in parts(figure).iter("tr")][1:]


def test_the_same_data_give_the_same_bytes() -> None:
    first, second = (lines([0, 1], {"a": [1, 2]}, *"xyc")._repr_html_() for _ in range(2))
    assert first == second


def test_lines_are_told_apart_by_dash_and_label() -> None:
    figure = lines([1, 2, 3], {"a": [1, 2, 3], "b": [3, 3, 3.01]}, "step", "loss", "c")
    drawn = parts(figure).findall(".//{http://www.w3.org/2000/svg}polyline")
    assert len({line.get("stroke-dasharray") for line in drawn}) == 2
    assert column(figure, 1) == ["1", "2", "3"]
    assert "loss against step from 1 to 3. a: from 1 to 3." in figure.alt


def test_labels_of_lines_that_end_together_do_not_overlap() -> None:
    figure = lines([0, 1], {"a": [1, 1], "b": [1, 1]}, "x", "y", "c")
    ends = [t for t in parts(figure).iter("{http://www.w3.org/2000/svg}text") if t.text in "ab"]
    heights = [float(text.get("y", "0")) for text in ends]
    assert abs(heights[0] - heights[1]) >= 14


def test_a_logarithmic_axis_is_labelled_in_powers_of_ten() -> None:
    for low, expected in ((1e-8, {"1e-8", "1e0"}), (0.5, {"1e-1", "1e0"})):
        figure = lines([0, 1], {"a": [low, 1.0]}, "x", "y", "c", log=True)
        texts = {text.text for text in parts(figure).iter("{http://www.w3.org/2000/svg}text")}
        assert expected <= texts
        assert not {text for text in texts if text and "e" in text and "." in text}


@pytest.mark.parametrize(
    ("ys", "log", "message"), [([1.0], False, "has 1 values for 2"), ([1.0, 0.0], True, "no log")]
)
def test_lines_refuse_what_they_could_not_show(ys: list[float], log: bool, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        lines([0, 1], {"a": ys}, "x", "y", "c", log=log)


def near(found: float, expected: float) -> bool:
    """Equal but for the rounding of coordinates to a tenth."""
    return found == pytest.approx(expected, abs=0.011 * max(1.0, abs(expected)))


def test_lines_read_with_a_ruler_say_their_data() -> None:
    series = {"a": [1.0, 2.0, 3.0], "b<": [3.0, 2.0, 2.9]}
    figure = lines([0, 1, 4], series, "step", "loss & co", "c")
    ruler = Ruler(figure)
    x, y = ruler.axes()
    for curve, ys in zip(ruler.curves(), series.values(), strict=True):
        found = [(x(a), y(b)) for a, b in curve]
        assert all(map(near, sum(found, ()), sum(zip([0, 1, 4], ys, strict=True), ())))
    assert [text for *_, text in ruler.labels("middle")] == ["0", "1", "2", "3", "4", "step"]
    assert [text for *_, text in ruler.labels("end")] == ["1", "1.5", "2", "2.5", "3"]
    assert {part.text for part in ruler.parts} >= {"a", "b<", "loss & co"}
    assert figure.alt == "loss & co against step from 0 to 4. a: from 1 to 3. b<: from 3 to 2.9."
    assert figure.table == [
        ["step", "a", "b<"],
        ["0", "1", "3"],
        ["1", "2", "2"],
        ["4", "3", "2.9"],
    ]


def test_a_logarithmic_axis_read_with_a_ruler_says_the_powers() -> None:
    ruler = Ruler(lines([1, 10], {"a": [0.02, 30.0]}, "x", "y", "c", log=True))
    marks = [(y - 4, float(text)) for _, y, text in ruler.labels("end")]
    assert [value for _, value in marks] == [0.01, 0.1, 1.0, 10.0, 100.0]
    power = scale(*((place, math.log10(value)) for place, value in (marks[0], marks[-1])))
    ((start, end),) = ruler.curves()
    assert near(10 ** power(start[1]), 0.02)
    assert 10 ** power(end[1]) == pytest.approx(30, rel=0.02)


def test_a_line_without_height_stands_in_the_middle() -> None:
    ruler = Ruler(lines([0, 1], {"a": [5.0, 5.0]}, "x", "y", "c"))
    _, y = ruler.axes()
    assert [text for *_, text in ruler.labels("end")] == ["4", "4.5", "5", "5.5", "6"]
    assert all(near(y(b), 5.0) for _, b in ruler.curves()[0])


def test_refusals_name_the_series() -> None:
    with pytest.raises(ValueError, match=r"^series 'a' has 1 values for 2 places$"):
        lines([0, 1], {"a": [1.0]}, "x", "y", "c")
    message = r"^series 'a' has a value that no logarithmic axis can show$"
    with pytest.raises(ValueError, match=message):
        lines([0, 1], {"a": [1.0, 0.0]}, "x", "y", "c", log=True)


FIGURES = {
    "lines": lambda: lines([-2, 1, 6], {"a": [1, 2, -3.0], "name": [0, 5, 4.0]}, "x", "y", "c"),
    "one line": lambda: lines([-3, 0, 1], {"a": [0.0, 0.5, 1.0]}, "x", "y", "c"),
}


@pytest.mark.parametrize("name", FIGURES)
def test_all_of_a_figure_is_inside_it_and_in_its_place(name: str) -> None:
    ruler = Ruler(FIGURES[name]())
    (axis,) = [part for part in ruler.parts if part.get("class") == "axis" and part.get("x1")]
    left, right, base = (float(axis.get(key, "")) for key in ("x1", "x2", "y1"))
    assert 40 < left < right <= WIDTH
    assert 150 < base < HEIGHT - 30
    places = [point for curve in ruler.curves() for point in curve]
    assert all(left - 1 <= x <= right + 1 and 10 <= y <= base + 0.1 for x, y in places)
    assert min(y for _, y in places) < 45  # the room is used
    *across, label = ruler.labels("middle")
    assert all(base + 10 < y < label[1] - 10 < HEIGHT for _, y, _ in across)
    assert label[0] == pytest.approx((left + right) / 2, abs=0.1)
    assert all(x < left for x, *_ in ruler.labels("end"))
    assert "-" not in "".join(text for *_, text in across)
    assert {number(text) for *_, text in across} == {round(number(t) or 0) for *_, t in across}
    (turned,) = [part for part in ruler.parts if part.get("transform")]
    height = float((turned.get("transform") or "").partition(")")[0].split()[1])
    assert height == pytest.approx((14 + base) / 2, abs=1)
    assert turned.text == "y"


def test_labels_of_lines_stand_at_their_ends() -> None:
    ruler = Ruler(FIGURES["lines"]())
    names = [part for part in ruler.parts if "ink" in part.get("class", "")]
    leaders = [part.get("d", "")[1:].split("L") for part in ruler.parts if part.get("d")]
    ends = sorted((curve[-1] for curve in ruler.curves()), key=lambda end: end[1])
    assert [part.text for part in names] == ["name", "a"]  # from above
    for part, (start, stop), end in zip(names, leaders, ends, strict=True):
        (from_x, from_y), (to_x, to_y) = (map(float, place.split()) for place in (start, stop))
        x, y = float(part.get("x", "")), float(part.get("y", ""))
        assert 0 < from_x - end[0] == x - to_x < 5  # the leader is as far from line as from name
        assert from_x < to_x
        assert from_y == end[1]
        assert 0 < y - to_y < 8
        assert WIDTH - 16 < x + 11 * 4 <= WIDTH  # four letters of 22 units fit, and hardly more


@pytest.mark.parametrize(("ends", "least"), [([1.0, 1.0, 1.0], 22), ([1.0, 1.3, 1.0], 22)])
def test_names_of_lines_that_end_together_stand_below_each_other(
    ends: list[float], least: int
) -> None:
    ruler = Ruler(lines([0, 1], {n: [0, end] for n, end in zip("abc", ends, strict=True)}, *"xyc"))
    heights = [float(p.get("y", "")) for p in ruler.parts if "ink" in p.get("class", "")]
    assert len(heights) == 3
    assert all(least <= b - a < 25 or b - a > 40 for a, b in pairwise(heights))  # close, and apart


def test_a_scale_has_two_to_five_round_numbers() -> None:
    for tenth in range(10, 1000):
        high = 10 ** (tenth / 100 - 5)
        ruler = Ruler(lines([0, high], {"a": [0, 1]}, "x", "y", "c"))
        told = [number(text) for _, _, text in ruler.labels("middle")]
        marks = [value for value in told if value is not None]
        assert 2 <= len(marks) <= 5
        digits = f"{marks[1] - marks[0]:.3e}".partition("e")[0].rstrip("0").rstrip(".")
        assert digits in ("1", "2", "2.5", "5"), marks


def test_the_table_of_a_figure_holds_its_cells_and_nothing_else() -> None:
    html = Figure("<g/>", "alt", "c", [["a<", "b"], ["1", "2"], ["3", "4"]], (9, 9))._repr_html_()
    assert (
        '<table class="data"><thead><tr><th scope="col">a&lt;</th><th scope="col">b</th></tr></thead>'
        "<tbody><tr><td>1</td><td>2</td></tr><tr><td>3</td><td>4</td></tr></tbody></table>"
    ) in html
