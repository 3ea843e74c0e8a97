"""The closed forms of nn.init against what it draws, and the small histograms."""

import math
import re

import pytest
import torch
from torch import nn

from snippets.init_table import RULES, fans, fill, panels


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
