"""Goodness of fit: right distributions pass for many seeds, ranges and scales 5 % off never do."""

from __future__ import annotations

import pytest
import torch

from snippets.distributions import LEVEL, normal_p, uniform_p


@pytest.mark.parametrize("seed", range(20))
def test_a_uniform_sample_passes_and_a_wider_range_is_refused(seed: int) -> None:
    values = torch.empty(200, 200).uniform_(-0.5, 0.5, generator=torch.manual_seed(seed))
    assert uniform_p(values, -0.5, 0.5) > LEVEL
    assert uniform_p(values, -0.525, 0.525) < LEVEL
    assert uniform_p(values / 1.05, -0.5, 0.5) < LEVEL


@pytest.mark.parametrize("seed", range(20))
def test_a_normal_sample_passes_and_another_scale_is_refused(seed: int) -> None:
    values = torch.empty(400, 500).normal_(2, 3, generator=torch.manual_seed(seed))
    assert normal_p(values, 2, 3) > LEVEL
    assert normal_p(values, 2, 3 * 1.05) < LEVEL
    assert normal_p(values, 2, 3 * 0.95) < LEVEL


def test_an_empty_tensor_proves_nothing() -> None:
    with pytest.raises(ValueError, match="empty tensor"):
        uniform_p(torch.empty(0), 0, 1)


def test_few_values_get_the_exact_p() -> None:
    assert uniform_p(torch.tensor([0.5]), 0, 1) == 1.0
    assert abs(uniform_p(torch.tensor([0.1]), 0, 1) - 0.2) < 1e-6


def test_the_range_and_the_scale_are_those_stated() -> None:
    generator = torch.manual_seed(0)
    wide = torch.empty(40_000).uniform_(-1, 5, generator=generator)
    assert uniform_p(wide, -1, 5) > LEVEL
    assert normal_p(torch.empty(40_000).normal_(3, 2, generator=generator), 3, 2) > LEVEL


def test_two_values_get_the_exact_p() -> None:
    """Of two values with the distance d from 1/4 to 1/2, 1 - p is 2 · (2d - 1/2)²."""
    assert uniform_p(torch.tensor([0.3, 0.6]), 0, 1) == pytest.approx(0.82)


def test_no_values_are_refused_with_what_to_do() -> None:
    with pytest.raises(ValueError, match=r"^cannot test an empty tensor: pass at least one value$"):
        uniform_p(torch.empty(0), 0, 1)
