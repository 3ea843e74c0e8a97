"""The closed forms of nn.init against what it draws, and the small histograms."""

import math
import re

import pytest
import torch
from torch import nn

from snippets.init_table import PANEL_HEIGHT, RULES, WIDTH, fans, fill, panels
from tests.snippets.ruler import Ruler, scale


@pytest.mark.parametrize("name", sorted(RULES))
@pytest.mark.parametrize("shape", [(300, 200), (100, 700), (200, 200)])
def test_moments_are_what_the_function_draws(name: str, shape: tuple[int, ...]) -> None:
    """Mean and spread of the drawn entries are within five standard errors of the stated ones."""
    torch.manual_seed(0)
    shape = (*shape, 3) if name == "dirac_" else shape
    mean, std = RULES[name].moments(shape)
    drawn = fill(name, torch.full(shape, math.nan))
    standard_error = std / math.sqrt(drawn.numel())
    assert drawn.mean().item() == pytest.approx(mean, abs=5 * standard_error + 1e-6)
    assert drawn.std(correction=0).item() == pytest.approx(std, rel=0.03, abs=1e-6)


@pytest.mark.parametrize("name", sorted(name for name in RULES if RULES[name].density))
def test_densities_are_what_the_function_draws(name: str) -> None:
    """In cells of 0.2 standard deviations the shares of the drawn non-zero values fit the density."""
    torch.manual_seed(0)
    drawn = fill(name, torch.empty(500, 500)).flatten()
    drawn = drawn / RULES[name].moments((500, 500))[1]
    counted = torch.histc(drawn[drawn != 0], 60, -6, 6) / drawn.numel()
    stated = [
        sum(RULES[name].density(-6 + (i + (j + 0.5) / 50) * 0.2) for j in range(50)) * 0.2 / 50
        for i in range(60)
    ]
    torch.testing.assert_close(counted.tolist(), stated, atol=0.003, rtol=0)


@pytest.mark.parametrize("shape", [(3, 5), (4, 6, 3), (4, 6, 3, 5)])
def test_fans_are_those_of_nn_init(shape: tuple[int, ...]) -> None:
    """fans agrees with torch's own helper."""
    assert fans(shape) == nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))


def test_panels_show_every_value() -> None:
    """Each panel's bars hold all of its values, the ends included, and the table has all panels."""
    values = torch.tensor([-9.0, 0.1, 0.2, 9.0])
    figure = panels(
        {"a < b": (values, lambda x: 0.5), "c": (values, lambda x: 1.0)}, -1, 1, "cap", 4
    )
    head, *rows = figure.table
    assert head == ["from", "to", "a < b", "stated", "c", "stated"]
    assert [row[2] for row in rows] == ["0.5", "0", "1", "0.5"]
    assert [row[5] for row in rows] == ["1"] * 4
    html = figure._repr_html_()
    assert "a &lt; b" in html
    assert html.count("<polyline") == 2
    assert len(re.findall("<rect", html)) == 6
    assert "c (4 values)" in figure.alt
    assert ">−1<" in html
    assert f"0 0 {WIDTH} {2 * PANEL_HEIGHT}" in html


@pytest.mark.parametrize(
    ("low", "high", "bins", "count"), [(1, 1, 4, 1), (0, 1, 0, 1), (0, 1, 4, 0), (0, 1, 4, 7)]
)
def test_panels_refuse_what_they_cannot_draw(low: int, high: int, bins: int, count: int) -> None:
    """An empty range, no bins, no panel and too many panels are refused."""
    samples = {str(i): (torch.zeros(1), lambda x: 1.0) for i in range(count)}
    with pytest.raises(ValueError, match="panels need"):
        panels(samples, low, high, "cap", bins)


def test_panels_refuse_a_panel_without_values() -> None:
    """A histogram of nothing is refused by name."""
    with pytest.raises(ValueError, match="'none' has no values"):
        panels({"none": (torch.empty(0), lambda x: 1.0)}, 0, 1, "cap")


def test_panels_read_with_a_ruler_say_their_data() -> None:
    """Five panels in two rows: in each, bars and line have one scale, and the labels say where they are."""
    values = torch.tensor([-1.0, 0.0, 0.0, 2.5])
    figure = panels({name: (values, lambda x: (x + 2) / 8) for name in "abcde"}, -1, 3, "c", 2)
    ruler = Ruler(figure)
    titles = [part for part in ruler.parts if part.get("class") == "ink"]
    assert [title.text for title in titles] == list("abcde")
    places = [(float(t.get("x", "")), float(t.get("y", ""))) for t in titles]
    lefts = [x for x, _ in places]
    assert lefts == [*lefts[:3], *lefts[:2]]
    assert lefts[2] - lefts[1] == pytest.approx(lefts[1] - lefts[0], abs=0.15) != 0
    rows = [y for _, y in places]
    assert rows == [rows[0]] * 3 + [rows[3]] * 2
    assert rows[3] > rows[0] > 0
    assert lefts[0] > 0
    for i, curve in enumerate(ruler.curves()):
        start, middle, end = (ruler.labels(anchor)[i] for anchor in ("start", "middle", "end"))
        assert [start[2], middle[2], end[2]] == ["\N{MINUS SIGN}1", "1", "3"]
        assert start[0] == lefts[i]
        x, y = (
            scale((start[0], -1), (end[0], 3)),
            scale((curve[0][1], 0.125), (curve[-1][1], 0.625)),
        )
        assert x(middle[0]) == pytest.approx(1, abs=0.01)
        assert [x(a) for a, _ in curve] == pytest.approx([j / 2 - 1 for j in range(9)], abs=0.01)
        assert all(y(b) == pytest.approx((x(a) + 2) / 8, abs=0.005) for a, b in curve)
        shown = [(x(a), x(b), y(c), y(d)) for a, b, c, d in ruler.bars()[2 * i : 2 * i + 2]]
        assert shown[0] == pytest.approx((-1, 1, 0.375, 0), abs=0.01)
        assert shown[1] == pytest.approx((1, 3, 0.125, 0), abs=0.01)
        axis = [part for part in ruler.parts if part.get("class") == "axis"][i]
        ends = [float(axis.get(name, "")) for name in ("x1", "x2", "y1", "y2")]
        assert ends[:2] == [start[0], end[0]]
        assert y(ends[2]) == y(ends[3]) == pytest.approx(0, abs=0.005)
        assert rows[i] < min(b for _, b in curve) < ends[2] < start[1] == end[1]
        assert end[0] <= 640
        assert rows[i] + 5 < min(b for _, b in curve) < rows[i] + 15  # under the title, and close
    assert max(label[1] for label in ruler.labels("start")[:3]) < rows[3]
    assert figure.table[:2] == [
        [
            "from",
            "to",
            *["a", "stated", "b", "stated", "c", "stated", "d", "stated", "e", "stated"],
        ],
        ["-1", "1", *["0.375", "0.25"] * 5],
    ]
    assert figure.table[2] == ["1", "3", *["0.125", "0.5"] * 5]
    assert figure.alt.endswith("as a line: " + ", ".join(f"{n} (4 values)" for n in "abcde") + ".")


def test_a_bar_above_its_line_stays_under_the_title() -> None:
    """Bars count for the scale as the line does."""
    ruler = Ruler(panels({"a": (torch.zeros(4), lambda x: 0.1)}, -1, 1, "c", 3))
    (title,) = [part for part in ruler.parts if part.get("class") == "ink"]
    ((_, _, top, _),) = ruler.bars()
    assert top > float(title.get("y", "")) + 5


def test_six_panels_of_one_bar_are_drawn_and_refusals_say_why() -> None:
    """The most panels and the fewest bars; the words of a refusal."""
    samples = {str(i): (torch.zeros(1), lambda x: 1.0) for i in range(6)}
    assert len(panels(samples, 0, 1, "c", 1).table) == 2
    assert len(panels(samples, 0, 1, "c").table) == 28
    message = r"^panels need low < high, at least one bin and one to six histograms$"
    with pytest.raises(ValueError, match=message):
        panels(samples, 1, 1, "c")


def test_the_spread_of_ones_among_zeros() -> None:
    """A share s of ones among zeros has the standard deviation √(s - s²), far from small shares too."""
    mean, std = RULES["eye_"].moments((2, 2))
    assert (mean, std) == (0.5, 0.5)
