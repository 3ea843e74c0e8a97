"""Attacks on the claims of docs/linear-questions.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import nn

from tests.sabotage.registry import attacks, replaced


def on_assigning_a_weight(
    change: Callable[[nn.Linear, nn.Parameter], nn.Parameter],
) -> AbstractContextManager[None]:
    """Assigning a Parameter to the weight of a finished layer stores what `change` returns."""
    assign = nn.Module.__setattr__

    def setattr_(self: nn.Linear, name: str, value: Any) -> None:
        held = self.__dict__.get("_parameters", {}).get("weight")
        if name == "weight" and held is not None and isinstance(value, nn.Parameter):
            value = change(self, value)
        assign(self, name, value)

    return replaced(nn.Linear, "__setattr__", setattr_)


@attacks("assignment-checks-no-shape")
def another_shape_is_refused() -> Iterator[None]:
    """Assigning a weight of another shape to nn.Linear raises a ValueError."""

    def change(self: nn.Linear, value: nn.Parameter) -> nn.Parameter:
        if value.shape != self.weight.shape:
            raise ValueError("the weight has another shape")
        return value

    with on_assigning_a_weight(change):
        yield


@attacks("assignment-checks-no-shape")
def sizes_follow_the_weight() -> Iterator[None]:
    """Assigning a weight to nn.Linear updates in_features and out_features."""

    def change(self: nn.Linear, value: nn.Parameter) -> nn.Parameter:
        if value.dim() == 2:
            self.out_features, self.in_features = value.shape
        return value

    with on_assigning_a_weight(change):
        yield


@attacks("assignment-checks-no-shape")
def wrong_way_round_is_transposed() -> Iterator[None]:
    """Assigning an (in, out) matrix as weight of nn.Linear transposes it."""

    def change(self: nn.Linear, value: nn.Parameter) -> nn.Parameter:
        if value.shape == (self.in_features, self.out_features):
            return nn.Parameter(value.detach().T)
        return value

    with on_assigning_a_weight(change):
        yield


@attacks("assignment-checks-no-shape")
def plain_tensor_is_accepted() -> Iterator[None]:
    """nn.Linear takes a plain tensor as its weight and wraps it."""
    assign = nn.Module.__setattr__

    def setattr_(self: nn.Linear, name: str, value: Any) -> None:
        if name == "weight" and isinstance(value, torch.Tensor):
            value = value if isinstance(value, nn.Parameter) else nn.Parameter(value)
        assign(self, name, value)

    with replaced(nn.Linear, "__setattr__", setattr_):
        yield
