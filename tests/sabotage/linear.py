"""Attacks on the claims of docs/linear.md."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from tests.sabotage.registry import after_reset, attacks, replaced

CONSTRUCTOR = nn.Linear.__init__
FORWARD = nn.Linear.forward


def after_construction(change: Callable[[nn.Linear], None]) -> AbstractContextManager[None]:
    """nn.Linear's constructor with `change` as a further step."""

    def constructor(
        self: nn.Linear,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        CONSTRUCTOR(self, in_features, out_features, bias, device, dtype)
        change(self)

    return replaced(nn.Linear, "__init__", constructor)


@attacks("linear-constructor-arguments")
def bias_off_by_default() -> Iterator[None]:
    """nn.Linear has no bias unless asked for one."""

    def constructor(
        self: nn.Linear,
        in_features: int,
        out_features: int,
        bias: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        CONSTRUCTOR(self, in_features, out_features, bias, device, dtype)

    with replaced(nn.Linear, "__init__", constructor):
        yield


@attacks("linear-constructor-arguments")
def dtype_does_not_reach_the_bias() -> Iterator[None]:
    """nn.Linear keeps its bias in the default dtype, whatever dtype was asked for."""

    def change(self: nn.Linear) -> None:
        if self.bias is not None:
            self.bias = nn.Parameter(torch.zeros(self.out_features, device=self.bias.device))

    with after_construction(change):
        yield


@attacks("weight-is-stored-out-in")
def weight_stored_in_out() -> Iterator[None]:
    """nn.Linear stores its weight as (in, out) and multiplies by it as it lies."""

    def change(self: nn.Linear) -> None:
        self.weight = nn.Parameter(self.weight.detach().T.contiguous())

    def forward(self: nn.Linear, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x, self.weight.T, self.bias)

    with after_construction(change), replaced(nn.Linear, "forward", forward):
        yield


@attacks("weight-is-stored-out-in", "linear-without-bias-is-a-matrix-product")
def square_weight_not_transposed() -> Iterator[None]:
    """nn.Linear computes x @ weight when the weight is square."""

    def forward(self: nn.Linear, x: torch.Tensor) -> torch.Tensor:
        square = self.in_features == self.out_features
        return F.linear(x, self.weight.T if square else self.weight, self.bias)

    with replaced(nn.Linear, "forward", forward):
        yield


@attacks("linear-without-bias-is-a-matrix-product")
def bias_false_leaves_a_zero_bias() -> Iterator[None]:
    """nn.Linear with bias=False holds a bias Parameter of zeros."""

    def change(self: nn.Linear) -> None:
        if self.bias is None:
            self.bias = nn.Parameter(torch.zeros(self.out_features, dtype=self.weight.dtype))

    with after_construction(change):
        yield


@attacks("linear-without-bias-is-a-matrix-product")
def something_is_added_without_a_bias() -> Iterator[None]:
    """nn.Linear with bias=False adds a millionth to every output."""

    def forward(self: nn.Linear, x: torch.Tensor) -> torch.Tensor:
        return FORWARD(self, x) + (1e-6 if self.bias is None else 0)

    with replaced(nn.Linear, "forward", forward):
        yield


@attacks("leading-dimensions-are-kept")
def leading_dimensions_flattened() -> Iterator[None]:
    """nn.Linear returns a matrix for every input with more than two dimensions."""

    def forward(self: nn.Linear, x: torch.Tensor) -> torch.Tensor:
        y = FORWARD(self, x)
        return y.flatten(0, -2) if y.dim() > 2 else y

    with replaced(nn.Linear, "forward", forward):
        yield


@attacks("leading-dimensions-are-kept")
def positions_differ() -> Iterator[None]:
    """nn.Linear scales its output at the second and later positions of a dimension."""

    def forward(self: nn.Linear, x: torch.Tensor) -> torch.Tensor:
        y = FORWARD(self, x)
        if y.dim() > 2:
            y = y * (1 + 0.001 * torch.arange(y.shape[-2]).unsqueeze(-1))
        return y

    with replaced(nn.Linear, "forward", forward):
        yield


@attacks("leading-dimensions-are-kept")
def only_matrices_accepted() -> Iterator[None]:
    """nn.Linear refuses inputs with more than two dimensions."""

    def forward(self: nn.Linear, x: torch.Tensor) -> torch.Tensor:
        if x.dim() > 2:
            raise ValueError("expected an input of shape (batch, in_features)")
        return FORWARD(self, x)

    with replaced(nn.Linear, "forward", forward):
        yield


@attacks("linear-is-empty-then-reset")
def constructor_starts_from_zeros() -> Iterator[None]:
    """torch.empty returns zeros, so nn.Linear holds values before `reset_parameters`."""
    with replaced(torch, "empty", torch.zeros):
        yield


@attacks("linear-is-empty-then-reset")
def constructor_writes_after_reset() -> Iterator[None]:
    """nn.Linear's constructor halves its bias after `reset_parameters`."""

    def change(self: nn.Linear) -> None:
        if self.bias is not None:
            with torch.no_grad():
                self.bias.mul_(0.5)

    with after_construction(change):
        yield


@attacks("linear-weight-range", "linear-reproduced-by-two-draws")
def weight_range_5_percent_wider() -> Iterator[None]:
    """nn.Linear draws its weight from a range 5 % wider."""
    with after_reset(nn.Linear, lambda self: self.weight.mul_(1.05)):
        yield


@attacks("linear-weight-range")
def weight_range_1_percent_narrower() -> Iterator[None]:
    """nn.Linear draws its weight from a range 1 % narrower."""
    with after_reset(nn.Linear, lambda self: self.weight.mul_(0.99)):
        yield


@attacks("linear-weight-range")
def weight_is_normal_and_cut_off() -> Iterator[None]:
    """nn.Linear draws its weight from a normal distribution of the same variance, cut off at the bounds."""

    def change(self: nn.Linear) -> None:
        bound = 1 / math.sqrt(self.in_features)
        nn.init.trunc_normal_(self.weight, std=bound / math.sqrt(3), a=-bound, b=bound)

    with after_reset(nn.Linear, change):
        yield


@attacks("linear-bias-range", "linear-reproduced-by-two-draws")
def bias_starts_at_zero() -> Iterator[None]:
    """nn.Linear starts with a bias of zeros."""
    with after_reset(nn.Linear, lambda self: self.bias is not None and self.bias.zero_()):
        yield


@attacks("linear-bias-range")
def bias_range_from_out_features() -> Iterator[None]:
    """nn.Linear draws its bias from ±1/√out."""

    def change(self: nn.Linear) -> None:
        if self.bias is not None:
            self.bias.mul_(math.sqrt(self.in_features / self.out_features))

    with after_reset(nn.Linear, change):
        yield


@attacks("out-features-plays-no-part")
def weight_range_from_both_sizes() -> Iterator[None]:
    """nn.Linear draws its weight from Glorot's range, which depends on in and out."""
    with after_reset(nn.Linear, lambda self: nn.init.xavier_uniform_(self.weight)):
        yield


@attacks("out-features-plays-no-part", "linear-weight-range")
def weight_range_from_out_features() -> Iterator[None]:
    """nn.Linear draws its weight from ±1/√out."""
    with after_reset(
        nn.Linear,
        lambda self: self.weight.mul_(math.sqrt(self.in_features / self.out_features)),
    ):
        yield


@attacks("sqrt-five-cancels")
def gain_ignores_the_slope() -> Iterator[None]:
    """calculate_gain gives leaky ReLU the gain of ReLU, whatever its slope."""
    calculate_gain = nn.init.calculate_gain

    def gain(nonlinearity: str, param: float | None = None) -> float:
        return math.sqrt(2) if nonlinearity == "leaky_relu" else calculate_gain(nonlinearity, param)

    with replaced(nn.init, "calculate_gain", gain):
        yield


@attacks("sqrt-five-cancels")
def kaiming_uniform_without_the_root_of_three() -> Iterator[None]:
    """kaiming_uniform_ draws from plus and minus one standard deviation: the √3 is missing."""
    kaiming_uniform_ = nn.init.kaiming_uniform_

    def narrower(tensor: torch.Tensor, *arguments: Any, **options: Any) -> torch.Tensor:
        with torch.no_grad():
            return kaiming_uniform_(tensor, *arguments, **options).div_(math.sqrt(3))

    with replaced(nn.init, "kaiming_uniform_", narrower):
        yield


@attacks("sqrt-five-cancels", "linear-is-not-kaiming")
def linear_uses_he_initialization() -> Iterator[None]:
    """nn.Linear draws its weight by He initialization for ReLU."""
    with after_reset(
        nn.Linear, lambda self: nn.init.kaiming_uniform_(self.weight, nonlinearity="relu")
    ):
        yield


@attacks("linear-is-not-kaiming")
def linear_uses_lecun_initialization() -> Iterator[None]:
    """nn.Linear draws its weight with LeCun's variance, 1/in."""
    with after_reset(nn.Linear, lambda self: self.weight.mul_(math.sqrt(3))):
        yield


@attacks("linear-reproduced-by-two-draws")
def bias_drawn_before_the_weight() -> Iterator[None]:
    """nn.Linear draws its bias first, then its weight."""

    @torch.no_grad()
    def reset(self: nn.Linear) -> None:
        bound = 1 / math.sqrt(self.in_features)
        for parameter in (self.bias, self.weight):
            if parameter is not None:
                parameter.uniform_(-bound, bound)

    with replaced(nn.Linear, "reset_parameters", reset):
        yield


@attacks("linear-reproduced-by-two-draws")
def one_number_more_is_drawn() -> Iterator[None]:
    """nn.Linear draws one more random number after its bias."""
    with after_reset(nn.Linear, lambda self: torch.rand(1)):
        yield


@attacks("linear-takes-another-init-in-place")
def init_returns_a_new_tensor() -> Iterator[None]:
    """xavier_uniform_ returns a new tensor and leaves the given one as it is."""
    xavier_uniform_ = nn.init.xavier_uniform_

    def copying(tensor: torch.Tensor, *arguments: Any, **options: Any) -> torch.Tensor:
        return xavier_uniform_(tensor.detach().clone(), *arguments, **options)

    with replaced(nn.init, "xavier_uniform_", copying):
        yield


@attacks("linear-takes-another-init-in-place")
def init_freezes_the_parameter() -> Iterator[None]:
    """kaiming_normal_ switches the gradient of the Parameter off."""
    kaiming_normal_ = nn.init.kaiming_normal_

    def freezing(tensor: torch.Tensor, *arguments: Any, **options: Any) -> torch.Tensor:
        return kaiming_normal_(tensor, *arguments, **options).requires_grad_(False)

    with replaced(nn.init, "kaiming_normal_", freezing):
        yield
