"""Distributions in closed form, and how likely some values are if one of them is true. Needs torch alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from snippets.defaults.sample import Sample

LEVEL = 1e-6
"""Error level of a whole table of tests: a true table is refused at most once in a million times."""
OFF = (0.95, 1.05)
"""The negative controls: the same law, its scale 5 % off."""


def _gap_p(drawn: Tensor, below: Tensor) -> float:
    """p-value of the largest gap between the values' distribution function and the stated one.

    Kolmogorov-Smirnov with Massart's bound 2·exp(-2·n·gap²), which holds for every n.
    """
    n = len(drawn)
    steps = torch.arange(n + 1, dtype=torch.float64) / n
    gap = max((steps[1:] - below).max().item(), (below - steps[:-1]).max().item())
    return min(1.0, 2 * math.exp(-2 * n * gap**2))


@dataclass(frozen=True)
class Law:
    """What a tensor starts as; `formula` computes its one number in the layer's arguments."""

    formula: str = ""
    kind = "law"

    def views(self, tensor: Tensor) -> list[Tensor]:
        """The parts of the tensor that the law's random values are in, without copying."""
        return [tensor]

    def holds_exactly(self, tensor: Tensor) -> bool:
        """Whether the parts that the law leaves no choice are as it says."""
        return True

    def p_value(self, sample: Sample) -> float:
        """Probability of values at least this far from the law, if the law is true."""
        raise NotImplementedError

    def off(self) -> list[Law]:
        """The negative controls, where there is a scale that can be wrong."""
        return []

    def json(self) -> dict[str, Any]:
        """The law for programs."""
        return {"kind": self.kind}


@dataclass(frozen=True)
class Uniform(Law):
    """U(-bound, bound)."""

    bound: float = math.nan
    kind = "uniform"

    def p_value(self, sample: Sample) -> float:
        """Two tests at half the level each: the gap, and the largest value (its law is reach**n)."""
        reach = max(-sample.low, sample.high) / self.bound
        if sample.bad or not sample.n or reach > 1 + sample.eps:
            return 0.0
        gap = _gap_p(sample.drawn, ((sample.drawn / self.bound + 1) / 2).clamp(0, 1))
        return min(1.0, 2 * gap, 2 * min(1.0, reach + sample.eps) ** sample.n)

    def off(self) -> list[Law]:
        """A range 5 % narrower, and one 5 % wider."""
        return [Uniform(self.formula, factor * self.bound) for factor in OFF]

    def json(self) -> dict[str, Any]:
        """`low` and `high`."""
        return {"kind": self.kind, "low": -self.bound, "high": self.bound}


@dataclass(frozen=True)
class Normal(Law):
    """N(0, std²)."""

    std: float = math.nan
    kind = "normal"

    def p_value(self, sample: Sample) -> float:
        """Two tests at half the level each: the gap, and the mean square (chi squared with n degrees)."""
        if sample.bad or not sample.n:
            return 0.0
        gap = _gap_p(sample.drawn, torch.special.ndtr(sample.drawn / self.std))
        spread = 2 / (9 * sample.n)  # Wilson and Hilferty: the cube root is normal
        z = ((sample.squares / sample.n / self.std**2) ** (1 / 3) - 1 + spread) / math.sqrt(spread)
        return min(1.0, 2 * gap, 2 * math.erfc(abs(z) / math.sqrt(2)))

    def off(self) -> list[Law]:
        """A standard deviation 5 % smaller, and one 5 % larger."""
        return [Normal(self.formula, factor * self.std) for factor in OFF]

    def json(self) -> dict[str, Any]:
        """`mean` and `std`."""
        return {"kind": self.kind, "mean": 0.0, "std": self.std}


@dataclass(frozen=True)
class Constant(Law):
    """One exact value everywhere."""

    value: float = 0.0
    kind = "constant"

    def p_value(self, sample: Sample) -> float:
        """1 if every value is exactly that one, rounded to the dtype, else 0."""
        near = abs(sample.low - self.value) <= sample.eps / 2 * abs(self.value)
        return float(near and sample.low == sample.high and not sample.bad)

    def json(self) -> dict[str, Any]:
        """`value`."""
        return {"kind": self.kind, "value": self.value}


@dataclass(frozen=True)
class Rows(Normal):
    """N(0, std²), but the one row `index` is exactly zero."""

    index: int = 0
    kind = "rows"

    def views(self, tensor: Tensor) -> list[Tensor]:
        """The rows before and after it."""
        return [tensor[: self.index], tensor[self.index + 1 :]]

    def holds_exactly(self, tensor: Tensor) -> bool:
        """Whether the row is zero."""
        return not tensor[self.index].any()

    def json(self) -> dict[str, Any]:
        """`rows` by index, and the law of the `others`."""
        zero = {str(self.index): Constant("0").json()}
        return {"kind": self.kind, "rows": zero, "others": Normal("", self.std).json()}


@dataclass(frozen=True)
class Given(Law):
    """The very values of the tensor that the caller passed as the argument `formula`."""

    kind = "given"

    def json(self) -> dict[str, Any]:
        """`argument`: the name of the constructor's argument."""
        return {"kind": self.kind, "argument": self.formula}


@dataclass(frozen=True)
class Lazy(Law):
    """No values and no shape before the first batch."""

    kind = "lazy"


@dataclass(frozen=True)
class Uninitialized(Law):
    """Memory that nothing has written."""

    kind = "uninitialized"
