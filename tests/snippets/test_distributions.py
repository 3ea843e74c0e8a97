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
