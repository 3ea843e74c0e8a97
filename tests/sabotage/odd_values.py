"""Attacks on docs/odd-values.md: a NaN that is passed over, other losses, an Adam without noise."""

from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.sabotage.registry import attacks, replaced


@attacks("nan-in-the-input-reaches-the-weight-gradient")
def linear_cleans_its_input() -> Iterator[None]:
    """nn.Linear replaces NaN in its input by zeros."""
    forward = nn.Linear.forward

    def clean(self: nn.Linear, x: Tensor) -> Tensor:
        return forward(self, x.nan_to_num())

    with replaced(nn.Linear, "forward", clean):
        yield


@attacks("accumulation-divides-by-targets")
def the_mean_counts_ignored_targets() -> Iterator[None]:
    """The mean of cross_entropy is over all targets, ignored ones included."""
    own = F.cross_entropy

    def over_all(x: Tensor, targets: Tensor, reduction: str = "mean", **options: Any) -> Tensor:
        loss = own(x, targets, reduction="sum", **options)
        return loss if reduction == "sum" else loss / len(targets)

    with replaced(F, "cross_entropy", over_all):
        yield


@attacks("accumulation-divides-by-targets")
def ignored_targets_are_counted() -> Iterator[None]:
    """cross_entropy takes -100 for class 0."""
    own = F.cross_entropy

    def counting(x: Tensor, targets: Tensor, **options: Any) -> Tensor:
        return own(x, targets.clamp(min=0), **options)

    with replaced(F, "cross_entropy", counting):
        yield


@attacks("adam-steps-on-rounding-noise")
def adam_has_a_large_eps() -> Iterator[None]:
    """Adam's eps is 1e-6 unless given."""
    init = torch.optim.Adam.__init__

    def large(self: torch.optim.Adam, *args: Any, **options: Any) -> None:
        init(self, *args, **{"eps": 1e-6, **options})

    with replaced(torch.optim.Adam, "__init__", large):
        yield


@attacks("adam-steps-on-rounding-noise")
def batch_norm_subtracts_nothing() -> Iterator[None]:
    """BatchNorm leaves the mean in."""
    forward = nn.BatchNorm1d.forward

    def shifted(self: nn.BatchNorm1d, x: Tensor) -> Tensor:
        return forward(self, x) + x.mean(0)

    with replaced(nn.BatchNorm1d, "forward", shifted):
        yield
