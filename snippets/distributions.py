"""Goodness of fit for weights: how likely are these values, if the stated distribution is true?"""

from __future__ import annotations

import torch
from scipy import stats

LEVEL = 1e-6
"""Error level of one test: a true statement is refused once in a million draws."""


def uniform_p(values: torch.Tensor, low: float, high: float) -> float:
    """p-value of the two-sided Kolmogorov-Smirnov test against U(low, high).

    `values` may have any shape; every element counts as one independent draw. To tell U(-b, b) from
    a range 5 % wider at `LEVEL`, 40,000 values are enough.
    """
    return _p(values, stats.uniform(low, high - low).cdf)


def normal_p(values: torch.Tensor, mean: float, std: float) -> float:
    """p-value of the two-sided Kolmogorov-Smirnov test against N(mean, std**2).

    `values` may have any shape; every element counts as one independent draw. To tell N(0, 1) from
    a standard deviation 5 % off at `LEVEL`, 200,000 values are enough.
    """
    return _p(values, stats.norm(mean, std).cdf)


def _p(values: torch.Tensor, cdf) -> float:
    drawn = values.detach().double().flatten().numpy()
    if drawn.size == 0:
        raise ValueError("cannot test an empty tensor: pass at least one value")
    method = "exact" if drawn.size < 10_000 else "asymp"  # the same p there, and much faster
    return float(stats.kstest(drawn, cdf, method=method).pvalue)
