"""The funnel: every tick at its value, inside the lines of the bound, and never silent about bad input."""

from __future__ import annotations

import re

import pytest
import torch

from snippets.axes import HEIGHT, WIDTH
from snippets.funnel import funnel
from tests.snippets.ruler import Ruler, number, scale


def drawn(count: int = 3) -> Ruler:
    draws = {n: torch.linspace(-1 / n, 1 / n, count) for n in (1, 4, 16)}
    return Ruler(funnel(draws, lambda n: 1 / n, "in", "c"))


def ticks(ruler: Ruler) -> list[list[tuple[float, float]]]:
    """The place of each tick, a list a size."""
    paths = [part.get("d", "") for part in ruler.parts if part.get("d")]
    found = [re.findall(r"M([\d.]+) ([\d.]+)h28", path) for path in paths]
    return [[(float(x), float(y)) for x, y in path] for path in found]


def test_each_value_has_a_tick_at_its_height_over_its_size() -> None:
    ruler = drawn()
    up = [(y - 4, number(text)) for _, y, text in ruler.labels("end")]
    to_value = scale(*[(place, value or 0.0) for place, value in (up[0], up[-1])])
    sizes = {text: x for x, _, text in ruler.labels("middle") if text.isdigit()}
    for n, column in zip((1, 4, 16), ticks(ruler), strict=True):
        assert [x + 14 for x, _ in column] == pytest.approx([sizes[str(n)]] * 3, abs=0.6)
        values = [to_value(y) for _, y in column]
        assert values == pytest.approx([-1 / n, 0, 1 / n], abs=0.01)
    assert sizes["4"] - sizes["1"] == pytest.approx(sizes["16"] - sizes["4"], abs=0.2)


def test_the_lines_are_the_bound_and_all_is_inside_the_figure() -> None:
    ruler = drawn()
    upper, lower = ruler.curves()
    middle = (upper[0][1] + lower[0][1]) / 2
    for (x, above), (same, below) in zip(upper, lower, strict=True):
        assert x == same
        assert above + below == pytest.approx(2 * middle, abs=0.2)
        assert 10 < above < below < HEIGHT - 50
    gaps = [below - above for (_, above), (_, below) in zip(upper, lower, strict=True)]
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[0] / gaps[-1] > 10
    assert all(0 < x < WIDTH - 28 for column in ticks(ruler) for x, _ in column)


def test_many_values_are_picked_evenly_and_the_table_has_the_ends_of_all() -> None:
    values = torch.linspace(-0.5, 0.5, 1001)
    figure = funnel({1: values, 2: values / 2}, lambda n: 1 / n, "in", "c")
    assert [len(column) for column in ticks(Ruler(figure))] == [143, 143]
    assert figure.table == [
        ["in", "smallest", "largest", "bound"],
        ["1", "-0.5", "0.5", "1"],
        ["2", "-0.25", "0.25", "0.5"],
    ]
    assert "2: from -0.25 to 0.25, bound ±0.5." in figure.alt
    assert (
        figure._repr_html_()
        == funnel({2: values / 2, 1: values}, lambda n: 1 / n, "in", "c")._repr_html_()
    )


@pytest.mark.parametrize("draws", [{}, {1: torch.ones(1)}, {1: torch.ones(1), 2: torch.ones(0)}])
def test_a_funnel_without_enough_to_draw_is_refused(draws: dict[int, torch.Tensor]) -> None:
    with pytest.raises(ValueError, match=r"^a funnel needs values for at least two sizes$"):
        funnel(draws, lambda n: 1 / n, "in", "c")
