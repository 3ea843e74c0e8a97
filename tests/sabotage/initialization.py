"""Attacks on the claims of docs/initialization.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from tests.sabotage.registry import after_reset, attacks, replaced, unseeded


def _scaled(function: Callable[..., Tensor], factor: float) -> Callable[..., Tensor]:
    """`function`, with all it drew multiplied by `factor`."""

    def scaled(tensor: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        function(tensor, *args, **kwargs)
        with torch.no_grad():
            return tensor.mul_(factor)

    return scaled


@attacks("he-keeps-the-variance")
def kaiming_normal_without_the_gain_of_relu() -> Iterator[None]:
    """kaiming_normal_ uses the gain 1 whatever the nonlinearity."""
    kaiming = nn.init.kaiming_normal_

    def without(tensor: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return kaiming(tensor, *args, **{**kwargs, "nonlinearity": "linear"})

    with replaced(nn.init, "kaiming_normal_", without):
        yield


@attacks("he-keeps-the-variance")
def default_weight_5_percent_wider() -> Iterator[None]:
    """nn.Linear draws its weight from a range 5 % wider."""
    with after_reset(nn.Linear, lambda self: self.weight.mul_(1.05)):
        yield


@attacks("he-keeps-the-variance")
def xavier_ignores_the_outputs() -> Iterator[None]:
    """xavier_normal_ computes its scale from the inputs alone."""

    def lecun(tensor: Tensor, gain: float = 1.0) -> Tensor:
        return nn.init.normal_(tensor, 0.0, gain * tensor.size(1) ** -0.5)

    with replaced(nn.init, "xavier_normal_", lecun):
        yield


@attacks("default-init-forgets-its-input")
def default_is_he() -> Iterator[None]:
    """nn.Linear starts from He initialization with a bias of zero."""

    def he(self: nn.Linear) -> None:
        nn.init.kaiming_uniform_(self.weight, nonlinearity="relu")
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    with replaced(nn.Linear, "reset_parameters", he):
        yield


@attacks("default-init-forgets-its-input")
def he_gives_every_input_one_output() -> Iterator[None]:
    """kaiming_normal_ writes zeros and zeros_ writes ones, so that every input gives the bias."""
    with (
        replaced(nn.init, "kaiming_normal_", lambda tensor, **_: nn.init.constant_(tensor, 0.0)),
        replaced(nn.init, "zeros_", nn.init.ones_),
    ):
        yield


@attacks("layer-norm-rescues-the-default")
def layer_norm_does_nothing() -> Iterator[None]:
    """layer_norm hands its input back as it came."""
    with replaced(nn.functional, "layer_norm", lambda value, *_, **__: value):
        yield


@attacks("layer-norm-rescues-the-default")
def layer_norm_only_centers() -> Iterator[None]:
    """layer_norm subtracts the mean and does not divide by the deviation."""

    def centered(value: Tensor, *_: Any, **__: Any) -> Tensor:
        return value - value.mean(dim=-1, keepdim=True)

    with replaced(nn.functional, "layer_norm", centered):
        yield


@attacks(
    "fan-in-is-read-from-dimension-one",
    "fan-in-keeps-the-signal-fan-out-the-gradient",
    "own-reset-parameters",
)
def fans_exchanged() -> Iterator[None]:
    """nn.init reads fan_in from dimension 0 and fan_out from dimension 1."""
    fans = nn.init._calculate_fan_in_and_fan_out
    with replaced(nn.init, "_calculate_fan_in_and_fan_out", lambda tensor: fans(tensor)[::-1]):
        yield


@attacks("fan-in-is-read-from-dimension-one")
def fans_without_the_kernel() -> Iterator[None]:
    """nn.init does not count the size of a convolution's kernel."""

    def bare(tensor: Tensor) -> tuple[int, int]:
        return tensor.size(1), tensor.size(0)

    with replaced(nn.init, "_calculate_fan_in_and_fan_out", bare):
        yield


@attacks("fan-in-is-read-from-dimension-one", "fan-in-keeps-the-signal-fan-out-the-gradient")
def mode_is_ignored() -> Iterator[None]:
    """kaiming_normal_ uses fan_in whatever the mode."""

    def always_in(tensor: Tensor, mode: str) -> int:
        return nn.init._calculate_fan_in_and_fan_out(tensor)[0]

    with replaced(nn.init, "_calculate_correct_fan", always_in):
        yield


@attacks("own-reset-parameters")
def kaiming_leaves_a_row_unwritten() -> Iterator[None]:
    """kaiming_normal_ does not write the first row."""
    kaiming = nn.init.kaiming_normal_

    def all_but_one(tensor: Tensor, **kwargs: Any) -> Tensor:
        kaiming(tensor[1:], **kwargs)
        return tensor

    with replaced(nn.init, "kaiming_normal_", all_but_one):
        yield


@attacks("own-reset-parameters")
def kaiming_normal_ignores_the_seed() -> Iterator[None]:
    """kaiming_normal_ draws from a generator that torch.manual_seed does not reach."""
    with replaced(nn.init, "kaiming_normal_", unseeded(nn.init.kaiming_normal_)):
        yield
