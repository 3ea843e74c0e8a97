"""Figures: well-formed, described by their data, deterministic, and never silent about bad input."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
import torch

from snippets.figures import Figure, histogram, lines


def parts(figure: Figure) -> ET.Element:
    """The figure's HTML, which is well-formed XML too."""
    return ET.fromstring(figure._repr_html_())


def column(figure: Figure, number: int) -> list[str]:
    """A column of the data table."""
    return [row[number].text or "" for row in parts(figure).iter("tr")][1:]


def test_a_histogram_counts_every_value_once() -> None:
    values = torch.linspace(0, 1, 1000)
    figure = histogram(values, lambda _: 1.0, 0, 1, "even", bins=10)
    assert sum(map(int, column(figure, 2))) == 1000
    assert set(column(figure, 4)) == {"1"}
    assert "1,000 values from 0 to 1 in 10 bars" in figure.alt
    svg = parts(figure).find("{http://www.w3.org/2000/svg}svg")
    assert svg is not None
    assert svg.get("aria-label") == figure.alt
    assert len(svg.findall("{http://www.w3.org/2000/svg}rect")) == 10


def test_the_label_of_a_bin_at_zero_is_zero() -> None:
    figure = histogram(torch.zeros(5), lambda _: 1.0, -0.1, 0.1, "zero", bins=40)
    assert "0" in column(figure, 0)
    assert not [label for label in column(figure, 1) if "e-" in label]


def test_a_density_that_jumps_is_drawn_upright() -> None:
    figure = histogram(torch.zeros(9), lambda v: 5.0 * (abs(v) <= 0.1), -0.173, 0.173, "c")
    line = parts(figure).find(".//{http://www.w3.org/2000/svg}polyline")
    assert line is not None
    places = [tuple(map(float, pair.split(","))) for pair in (line.get("points") or "").split()]
    rises = [(a, b) for a, b in pairwise(places) if a[1] != b[1]]
    assert len(rises) == 2
    assert all(a[0] == b[0] for a, b in rises)


def test_the_same_data_give_the_same_bytes() -> None:
    data = torch.linspace(-1, 1, 50)
    first, second = (histogram(data, lambda _: 0.5, -1, 1, "c")._repr_html_() for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("values", "low", "high", "bins", "message"),
    [
        (torch.zeros(0), 0, 1, 10, "needs values"),
        (torch.zeros(3), 1, 0, 10, "needs values"),
        (torch.zeros(3), 0, 1, 0, "needs values"),
        (torch.tensor([0.5, 2.0]), 0, 1, 10, "1 values lie outside"),
    ],
)
def test_a_histogram_refuses_what_it_could_not_show(
    values: torch.Tensor, low: float, high: float, bins: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        histogram(values, lambda _: 1.0, low, high, "c", bins)


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
