"""Attacks on the claims of docs/training.md."""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor

from tests.sabotage.registry import attacks, replaced

linear, matmul, addmm = F.linear, Tensor.__matmul__, torch.addmm


def _contiguous(x: Tensor, w: Tensor, b: Tensor | None = None) -> Tensor:
    """F.linear from a weight stored as (in, out)."""
    y = matmul(x, w.t().contiguous())
    return y if b is None else y + b


def _in_double(x: Tensor, w: Tensor, b: Tensor | None = None) -> Tensor:
    """F.linear in float64, rounded once to the dtype of its input."""
    return linear(x.double(), w.double(), None if b is None else b.double()).to(x.dtype)


class _OtherGradient(torch.autograd.Function):
    """Identity whose backward returns the gradient a few last places larger."""

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        return x.clone()

    @staticmethod
    def backward(ctx, v: Tensor) -> Tensor:
        return v * (1 + 4 * torch.finfo(v.dtype).eps)


@attacks("gradients-equal-bit-for-bit", "training-equal-bit-for-bit")
def gradients_a_few_last_places_larger() -> Iterator[None]:
    """F.linear passes back a gradient four eps too large."""
    with replaced(F, "linear", lambda x, w, b=None: _OtherGradient.apply(linear(x, w, b))):
        yield


@attacks("same-operators-recorded", "layout-decides-the-bits", "bias-added-separately-rounds-again")
def linear_copies_its_weight() -> Iterator[None]:
    """F.linear multiplies by a contiguous (in, out) copy and adds the bias separately."""
    with replaced(F, "linear", _contiguous):
        yield


@attacks("same-operators-recorded")
def linear_has_another_backward() -> Iterator[None]:
    """F.linear records one operator more in its backward pass."""
    with replaced(F, "linear", lambda x, w, b=None: _OtherGradient.apply(linear(x, w, b))):
        yield


@attacks("training-equal-bit-for-bit")
def linear_sums_backwards() -> Iterator[None]:
    """F.linear sums in another order: the last place of an output is another."""
    with replaced(F, "linear", lambda x, w, b=None: linear(x.flip(-1), w.flip(-1), b)):
        yield


@attacks("training-equal-bit-for-bit")
def adam_never_steps() -> Iterator[None]:
    """Adam leaves every weight as it is, so equal weights would mean nothing."""
    with replaced(torch.optim.Adam, "step", lambda self, closure=None: None):
        yield


@attacks("training-equal-within-rounding")
def linear_learns_slower() -> Iterator[None]:
    """F.linear passes back gradients 1 % too small."""

    def slower(x: Tensor, w: Tensor, b: Tensor | None = None) -> Tensor:
        y = linear(x, w, b)
        return y.detach() + 0.99 * (y - y.detach())

    with replaced(F, "linear", slower):
        yield


@attacks("bias-added-separately-rounds-again")
def linear_adds_the_bias_separately() -> Iterator[None]:
    """F.linear and addmm add the bias after rounding, as two operators."""
    with (
        replaced(F, "linear", lambda x, w, b=None: linear(x, w) if b is None else linear(x, w) + b),
        replaced(torch, "addmm", lambda b, x, w: matmul(x, w) + b),
    ):
        yield


@attacks("rounding-stays-below-a-bound")
def matmul_is_off_by_a_part_in_a_thousand() -> Iterator[None]:
    """@ returns its product 0.1 % too large."""
    with replaced(Tensor, "__matmul__", lambda a, b: matmul(a, b) * 1.001):
        yield


@attacks("rounding-stays-below-a-bound")
def addmm_rounds_its_input_to_bfloat16() -> Iterator[None]:
    """Addmm rounds its input to bfloat16 first."""
    with replaced(torch, "addmm", lambda b, x, w: addmm(b, x.bfloat16().to(x.dtype), w)):
        yield


@attacks("layout-decides-the-bits")
def storage_never_matters() -> Iterator[None]:
    """Linear and @ hand one layout to one operator, whatever the storage of the weight."""
    with (
        replaced(F, "linear", lambda x, w, b=None: linear(x, w.contiguous(), b)),
        replaced(Tensor, "__matmul__", lambda x, w: linear(x, w.t().contiguous())),
    ):
        yield


@attacks("bias-added-separately-rounds-again")
def addmm_rounds_the_product_first() -> Iterator[None]:
    """torch.addmm alone adds its bias after rounding the product."""
    with replaced(torch, "addmm", lambda b, x, w: matmul(x, w) + b):
        yield


@attacks("row-by-row-rounds-differently")
def linear_takes_every_row_alone() -> Iterator[None]:
    """F.linear computes a batch row by row, each as it would be alone."""

    def alone(x: Tensor, w: Tensor, b: Tensor | None = None) -> Tensor:
        rows = x.reshape(-1, x.shape[-1])
        y = torch.stack([linear(row, w, b) for row in rows])
        return y.reshape(*x.shape[:-1], w.shape[0])

    with replaced(F, "linear", alone):
        yield


@attacks("row-by-row-rounds-differently")
def linear_is_wrong_for_a_single_row() -> Iterator[None]:
    """F.linear is 0.1 % off for a vector."""
    with replaced(
        F, "linear", lambda x, w, b=None: linear(x, w, b) * (1.001 if x.dim() == 1 else 1)
    ):
        yield


@attacks("ulps-near-zero-mean-nothing", "order-of-a-sum-shows")
def sums_are_never_rounded() -> Iterator[None]:
    """Adding keeps every digit, so that no sum that cancels loses any, and no order shows."""
    of_tensor = Tensor.__add__

    def wide(a: Tensor, b: Tensor | float) -> Tensor:
        return of_tensor(a.double(), b)

    with replaced(Tensor, "__add__", wide), replaced(Tensor, "__radd__", wide):
        yield


@attacks("ulps-near-zero-mean-nothing")
def linear_computes_in_bfloat16() -> Iterator[None]:
    """F.linear computes in bfloat16, so that the largest output is far off too."""
    with replaced(
        F, "linear", lambda x, w, b=None: linear(*(t.bfloat16() for t in (x, w, b))).to(x.dtype)
    ):
        yield


@attacks("adam-magnifies-rounding")
def adam_steps_like_sgd() -> Iterator[None]:
    """Adam and AdamW take the step of SGD."""

    def step(self: torch.optim.Optimizer, closure: object = None) -> None:
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    p.sub_(group["lr"] * p.grad)

    with replaced(torch.optim.Adam, "step", step), replaced(torch.optim.AdamW, "step", step):
        yield


@attacks("adam-magnifies-rounding")
def sgd_steps_by_sign() -> Iterator[None]:
    """SGD moves by lr times the sign of the gradient."""

    def step(self: torch.optim.Optimizer, closure: object = None) -> None:
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    p.sub_(group["lr"] * p.grad.sign())

    with replaced(torch.optim.SGD, "step", step):
        yield


@attacks("default-tolerance-refuses-rounding")
def sums_in_float64() -> Iterator[None]:
    """Adding keeps every digit, so that the default tolerances accept a sum of many terms."""
    of_tensor = Tensor.__add__
    with replaced(Tensor, "__add__", lambda a, b: of_tensor(a.double(), b)):
        yield


@attacks("default-tolerance-refuses-rounding")
def linear_is_off_by_64_eps() -> Iterator[None]:
    """F.linear returns a float32 product that is 64 eps too large."""

    def off(x: Tensor, w: Tensor, b: Tensor | None = None) -> Tensor:
        return linear(x, w, b) * (
            1 + 64 * torch.finfo(torch.float32).eps * (x.dtype is torch.float32)
        )

    with replaced(F, "linear", off):
        yield


@attacks("default-tolerance-refuses-rounding")
def assert_close_scales_its_tolerance() -> Iterator[None]:
    """assert_close takes its default tolerance from the largest value."""
    assert_close = torch.testing.assert_close

    def scaled(actual: Tensor, expected: Tensor, **tolerance: float) -> None:
        atol = 2e-6 * float(expected.abs().max())
        assert_close(actual, expected, **(tolerance or {"rtol": 0.0, "atol": atol}))

    with replaced(torch.testing, "assert_close", scaled):
        yield
