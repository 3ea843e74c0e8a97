"""Attacks on the claims of docs/equivalence.md."""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tests.sabotage.registry import after_reset, attacks, replaced

linear, matmul = F.linear, Tensor.__matmul__


class _WrongGradient(torch.autograd.Function):
    """Identity whose backward returns a gradient 1 % too large."""

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        return x.clone()

    @staticmethod
    def backward(ctx, v: Tensor) -> Tensor:
        return v * 1.01


@attacks("equal-shapes-prove-nothing")
def every_product_is_zero() -> Iterator[None]:
    """Linear and @ return zeros, so that equal shapes would mean equal values."""
    with (
        replaced(F, "linear", lambda x, w, b=None: linear(x, w, b) * 0),
        replaced(Tensor, "__matmul__", lambda a, b: matmul(a, b) * 0),
    ):
        yield


@attacks("two-layers-differ-until-the-weight-is-copied")
def every_weight_starts_at_one() -> Iterator[None]:
    """Fresh weights are all equal, so two fresh layers agree without a copy."""
    with (
        replaced(nn.Linear, "reset_parameters", lambda self: nn.init.ones_(self.weight)),
        replaced(Tensor, "uniform_", lambda self, *a, **k: self.fill_(1)),
    ):
        yield


@attacks("two-layers-differ-until-the-weight-is-copied", "linear-equals-matmul")
def linear_scales_its_output() -> Iterator[None]:
    """F.linear returns its product 0.1 % too large."""
    with replaced(F, "linear", lambda x, w, b=None: linear(x, w, b) * 1.001):
        yield


@attacks("linear-equals-matmul")
def linear_is_wrong_for_four_dimensions() -> Iterator[None]:
    """F.linear leaves the bias out when the input is 4-D."""
    with replaced(F, "linear", lambda x, w, b=None: linear(x, w, b if x.dim() < 4 else None)):
        yield


@attacks("linear-equals-matmul")
def linear_is_wrong_in_bfloat16() -> Iterator[None]:
    """F.linear drops an eighth of the bias, in bfloat16 only."""

    def wrong(x: Tensor, w: Tensor, b: Tensor | None = None) -> Tensor:
        return linear(x, w, b * 0.875 if b is not None and x.dtype is torch.bfloat16 else b)

    with replaced(F, "linear", wrong):
        yield


@attacks("linear-equals-matmul", "vector-times-matrix-needs-no-bmm")
def matmul_is_wrong_for_vectors() -> Iterator[None]:
    """vector @ matrix is 0.1 % too small."""
    with replaced(Tensor, "__matmul__", lambda a, b: matmul(a, b) * (0.999 if a.dim() == 1 else 1)):
        yield


@attacks("linear-equals-matmul-in-gradients")
def linear_passes_a_wrong_gradient() -> Iterator[None]:
    """F.linear has the right values and a gradient 1 % too large."""
    with replaced(F, "linear", lambda x, w, b=None: _WrongGradient.apply(linear(x, w, b))):
        yield


@attacks("linear-equals-matmul-in-gradients", "gradients-equal-bit-for-bit")
def linear_cuts_the_bias_from_the_graph() -> Iterator[None]:
    """F.linear detaches its bias: right values, no bias gradient."""
    with replaced(F, "linear", lambda x, w, b=None: linear(x, w, b if b is None else b.detach())):
        yield


@attacks("linear-equals-matmul-in-gradients", "embedding-is-one-hot-times-weight")
def nothing_has_a_graph() -> Iterator[None]:
    """F.linear and F.embedding return tensors without a graph."""
    embedding = F.embedding
    with (
        replaced(F, "linear", lambda x, w, b=None: linear(x, w, b).detach()),
        replaced(F, "embedding", lambda *a, **k: embedding(*a, **k).detach()),
    ):
        yield


@attacks("the-input-is-not-the-product")
def linear_returns_its_input() -> Iterator[None]:
    """nn.Linear returns the input."""
    with replaced(nn.Linear, "forward", lambda self, x: x):
        yield


@attacks("the-input-is-not-the-product")
def linear_adds_a_hidden_bias() -> Iterator[None]:
    """F.linear adds 0.01 to every entry; the shape is right."""
    with replaced(F, "linear", lambda x, w, b=None: linear(x, w, b) + 0.01):
        yield


@attacks("vector-times-matrix-needs-no-bmm", "forms-agree-within-rounding")
def bmm_is_slightly_wrong() -> Iterator[None]:
    """Bmm returns its product 0.1 % too large."""
    of_tensor, of_torch = Tensor.bmm, torch.bmm
    with (
        replaced(Tensor, "bmm", lambda a, b: of_tensor(a, b) * 1.001),
        replaced(torch, "bmm", lambda a, b: of_torch(a, b) * 1.001),
    ):
        yield


@attacks("squeeze-drops-a-real-dimension")
def squeeze_keeps_the_last_dimension() -> Iterator[None]:
    """squeeze() without an argument removes the first dimension only."""
    squeeze = Tensor.squeeze
    with replaced(Tensor, "squeeze", lambda x, *dims: squeeze(x, *(dims or (0,)))):
        yield


@attacks("squeeze-drops-a-real-dimension")
def matmul_squeezes_its_result() -> Iterator[None]:
    """@ drops dimensions of size one from its result."""
    with replaced(Tensor, "__matmul__", lambda a, b: matmul(a, b).squeeze()):
        yield


@attacks("linear-records-mm")
def linear_multiplies_and_sums() -> Iterator[None]:
    """F.linear computes the right values with mul and sum."""

    def by_sum(x: Tensor, w: Tensor, b: Tensor | None = None) -> Tensor:
        y = (x.unsqueeze(-2) * w).sum(-1)
        return y if b is None else y + b

    with replaced(F, "linear", by_sum):
        yield


@attacks("linear-records-mm")
def linear_adds_the_bias_separately() -> Iterator[None]:
    """F.linear records mm and add where addmm is claimed."""
    with replaced(
        F, "linear", lambda x, w, b=None: linear(x, w) if b is None else linear(x, w) + b
    ):
        yield


@attacks("linear-records-mm", "same-operators-recorded")
def linear_records_no_graph() -> Iterator[None]:
    """F.linear runs the claimed operators and leaves no grad_fn."""

    def without_graph(x: Tensor, w: Tensor, b: Tensor | None = None) -> Tensor:
        with torch.no_grad():
            return linear(x, w, b)

    with replaced(F, "linear", without_graph):
        yield


@attacks("forms-agree-within-rounding")
def einsum_is_slightly_wrong() -> Iterator[None]:
    """Einsum returns its product 0.1 % too large."""
    einsum = torch.einsum
    with replaced(torch, "einsum", lambda *a: einsum(*a) * 1.001):
        yield


@attacks("forms-agree-within-rounding")
def addmm_halves_the_bias() -> Iterator[None]:
    """Addmm adds half of its first argument."""
    addmm = torch.addmm
    with replaced(torch, "addmm", lambda b, x, w: addmm(b, x, w, beta=0.5)):
        yield


@attacks("bfloat16-rounds-once-in-linear")
def linear_rounds_twice_in_bfloat16() -> Iterator[None]:
    """F.linear rounds the product before it adds the bias."""
    with replaced(
        F, "linear", lambda x, w, b=None: linear(x, w) if b is None else linear(x, w) + b
    ):
        yield


@attacks("bfloat16-rounds-once-in-linear")
def linear_rounds_twice_in_float16() -> Iterator[None]:
    """F.linear rounds the product before it adds the bias, in float16 only."""

    def twice(x: Tensor, w: Tensor, b: Tensor | None = None) -> Tensor:
        return linear(x, w, b) if b is None or x.dtype is not torch.float16 else linear(x, w) + b

    with replaced(F, "linear", twice):
        yield


@attacks("bfloat16-rounds-once-in-linear")
def linear_rounds_twice_in_three_dimensions() -> Iterator[None]:
    """F.linear rounds the product of a 3-D input before it adds the bias."""

    def twice(x: Tensor, w: Tensor, b: Tensor | None = None) -> Tensor:
        return linear(x, w, b) if b is None or x.dim() < 3 else linear(x, w) + b

    with replaced(F, "linear", twice):
        yield


@attacks("bfloat16-rounds-once-in-linear")
def linear_makes_its_input_contiguous() -> Iterator[None]:
    """F.linear rounds once whatever the strides of its input are."""
    with replaced(F, "linear", lambda x, w, b=None: linear(x.contiguous(), w, b)):
        yield


@attacks("bfloat16-rounds-once-in-linear")
def bfloat16_matmul_keeps_float32() -> Iterator[None]:
    """@ of bfloat16 tensors returns an unrounded float32 product, so that by hand rounds less."""

    def unrounded(a: Tensor, b: Tensor) -> Tensor:
        return matmul(a.float(), b.float()) if a.dtype is torch.bfloat16 else matmul(a, b)

    with replaced(Tensor, "__matmul__", unrounded):
        yield


@attacks("embedding-is-one-hot-times-weight")
def embedding_shifts_the_last_bit() -> Iterator[None]:
    """F.embedding returns values one last place larger."""
    embedding = F.embedding

    def shifted(*args, **options) -> Tensor:
        y = embedding(*args, **options)
        return y + y.detach().abs() * torch.finfo(y.dtype).eps

    with replaced(F, "embedding", shifted):
        yield


@attacks("embedding-is-one-hot-times-weight")
def embedding_has_a_wrong_gradient() -> Iterator[None]:
    """F.embedding looks up the right values with a gradient 1 % too large."""
    embedding = F.embedding
    with replaced(F, "embedding", lambda *a, **k: _WrongGradient.apply(embedding(*a, **k))):
        yield


@attacks("embedding-is-one-hot-times-weight")
def embedding_counts_a_repeated_id_once() -> Iterator[None]:
    """The gradient of F.embedding keeps one occurrence of an id that is repeated."""
    embedding = F.embedding

    def scaled(ids: Tensor, weight: Tensor, *args, **options) -> Tensor:
        return embedding(ids, weight, None, None, 2.0, True, False)

    with replaced(F, "embedding", scaled):
        yield


@attacks("conv-of-one-is-linear")
def conv_is_slightly_wrong() -> Iterator[None]:
    """F.conv1d returns its product 0.1 % too large."""
    conv1d = F.conv1d
    with replaced(F, "conv1d", lambda *args: conv1d(*args) * 1.001):
        yield


@attacks("conv-of-one-is-linear")
def conv_draws_its_bias_first() -> Iterator[None]:
    """A convolution draws its bias before its weight: the same ranges, other numbers."""
    base = nn.modules.conv._ConvNd

    def reset(self: nn.modules.conv._ConvNd) -> None:
        bound = self.weight[0].numel() ** -0.5
        nn.init.uniform_(self.bias, -bound, bound)
        nn.init.uniform_(self.weight, -bound, bound)

    with replaced(base, "reset_parameters", reset):
        yield


@attacks("conv-of-one-is-linear")
def conv_starts_without_a_bias() -> Iterator[None]:
    """A convolution has the weight of a Linear and a bias of zeros."""
    with after_reset(nn.modules.conv._ConvNd, lambda self: nn.init.zeros_(self.bias)):
        yield
