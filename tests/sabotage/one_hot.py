"""Attacks on the claims of the page that compares nn.Embedding with one-hot products."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import torch
import torch.nn.functional as F

from tests.sabotage.registry import attacks, densify, lookup, replaced, sparing_rows, without


def product(change: Callable[..., torch.Tensor]) -> AbstractContextManager[None]:
    """`a @ b` is `change(original, a, b)`."""
    original = torch.Tensor.__matmul__
    return replaced(torch.Tensor, "__matmul__", lambda a, b: change(original, a, b))


class Scaled(torch.autograd.Function):
    """The identity; its gradient is a little larger."""

    @staticmethod
    def forward(ctx: Any, rows: torch.Tensor) -> torch.Tensor:
        """Give the rows back."""
        return rows.clone()

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> torch.Tensor:  # type: ignore[override]
        """Scale the gradient by five units in the last place."""
        return grad * (1 + 5 * torch.finfo(grad.dtype).eps)


@attacks("embedding-equals-one-hot-product")
def product_is_rounded_otherwise() -> Iterator[None]:
    """Every product is off by one unit in the last place."""
    with product(lambda f, a, b: f(a, b) * (1 + torch.finfo(b.dtype).eps)):
        yield


@attacks("embedding-equals-one-hot-product")
def lookup_is_rounded() -> Iterator[None]:
    """The lookup rounds float64 rows to float32."""

    def rounding(f: Callable[..., torch.Tensor], *rest: Any, **options: Any) -> torch.Tensor:
        rows = f(*rest, **options)
        return rows.float().double() if rows.dtype == torch.float64 else rows

    with lookup(rounding):
        yield


@attacks("embedding-equals-one-hot-product", "infinity-poisons-the-product")
def product_is_a_lookup() -> Iterator[None]:
    """A product with one-hot rows looks the rows up: −0.0 survives, and 0 × ∞ is not computed."""

    def looking_up(
        f: Callable[..., torch.Tensor], a: torch.Tensor, b: torch.Tensor
    ) -> torch.Tensor:
        one_hot = a.dim() == 2 and bool(((a == 0) | (a == 1)).all() and (a.sum(1) == 1).all())
        return b[a.argmax(1)] if one_hot else f(a, b)

    with product(looking_up):
        yield


@attacks("infinity-poisons-the-product")
def lookup_is_a_product() -> Iterator[None]:
    """The lookup multiplies one-hot vectors, and is poisoned, too."""
    with lookup(lambda f, ids, weight, **_: F.one_hot(ids, len(weight)).to(weight.dtype) @ weight):
        yield


@attacks("one-hot-gradients-agree", "training-stays-identical")
def lookup_gradient_is_rounded_otherwise() -> Iterator[None]:
    """The lookup's gradient is off by a few units in the last place."""
    with lookup(lambda f, *rest, **options: Scaled.apply(f(*rest, **options))):
        yield


@attacks("one-hot-gradients-agree", "training-stays-identical")
def lookup_gradient_is_averaged() -> Iterator[None]:
    """The lookup divides the gradients of an id by its count."""
    with without("scale_grad_by_freq", True):
        yield


@attacks("bfloat16-repeats-lose-counts")
def lookup_gradient_is_added_in_float32() -> Iterator[None]:
    """The lookup adds gradients in float32 and rounds once."""
    with lookup(
        lambda f, ids, weight, **options: f(ids, weight.float(), **options).to(weight.dtype)
    ):
        yield


@attacks("bfloat16-repeats-lose-counts")
def product_gradient_loses_counts() -> Iterator[None]:
    """The product adds one-hot gradients as the lookup does."""

    def looking_up(
        f: Callable[..., torch.Tensor], a: torch.Tensor, b: torch.Tensor
    ) -> torch.Tensor:
        return F.embedding(a.argmax(1), b)

    with product(looking_up):
        yield


@attacks("training-stays-identical")
def adam_adds_noise() -> Iterator[None]:
    """Adam's step leaves noise of its own, of the size of rounding: no seed of the page repeats it."""
    step, own = torch.optim.Adam.step, torch.Generator().manual_seed(5)

    def noisy(self: torch.optim.Adam, *rest: Any) -> Any:
        result = step(self, *rest)
        with torch.no_grad():
            for group in self.param_groups:
                for parameter in group["params"]:
                    parameter.mul_(1 + 1e-6 * torch.rand((), generator=own))
        return result

    with replaced(torch.optim.Adam, "step", noisy):
        yield


@attacks("options-break-the-equality")
def padding_idx_is_ignored() -> Iterator[None]:
    """The lookup trains the padding row, too."""
    with without("padding_idx", None):
        yield


@attacks("options-break-the-equality", "max-norm-rewrites-only-looked-up-rows")
def max_norm_is_ignored() -> Iterator[None]:
    """The lookup rescales nothing."""
    with without("max_norm", None):
        yield


@attacks("options-break-the-equality")
def counts_are_ignored() -> Iterator[None]:
    """The lookup never divides by counts."""
    with without("scale_grad_by_freq", False):
        yield


class DenseSparseAdam(torch.optim.Adam):
    """Adam with dense gradients, which the attacks pass off as SparseAdam."""


@attacks("options-break-the-equality", "adam-moves-absent-rows")
def sparse_adam_is_adam() -> Iterator[None]:
    """SparseAdam does what Adam does with the dense gradient."""
    with replaced(torch.optim, "SparseAdam", DenseSparseAdam), densify(DenseSparseAdam):
        yield


@attacks("adam-moves-absent-rows")
def adam_spares_absent_rows() -> Iterator[None]:
    """Adam leaves rows alone whose gradient is 0."""
    with sparing_rows(torch.optim.Adam):
        yield


@attacks("adam-moves-absent-rows")
def momentum_spares_absent_rows() -> Iterator[None]:
    """SGD leaves rows alone whose gradient is 0, momentum or not."""
    with sparing_rows(torch.optim.SGD):
        yield


@attacks("tying-by-transpose-shares-memory")
def transpose_is_out_of_order() -> Iterator[None]:
    """The transpose of a weight is a copy in another order."""
    transpose = torch.Tensor.T

    with replaced(torch.Tensor, "T", property(lambda self: transpose.__get__(self).flip(0))):
        yield


@attacks("autocast-rounds-the-product-only")
def autocast_rounds_the_lookup_too() -> Iterator[None]:
    """Under autocast, F.embedding returns the low precision."""

    def rounded(
        f: Callable[..., Any], ids: torch.Tensor, weight: torch.Tensor, **options: Any
    ) -> Any:
        rows = f(ids, weight, **options)
        return (
            rows.to(torch.get_autocast_dtype("cpu")) if torch.is_autocast_enabled("cpu") else rows
        )

    with lookup(rounded):
        yield


@attacks("autocast-rounds-the-product-only")
def autocast_leaves_products_alone() -> Iterator[None]:
    """Under autocast, a @ b stays float32."""

    def exact(f: Callable[..., Any], a: torch.Tensor, b: torch.Tensor) -> Any:
        with torch.autocast("cpu", enabled=False):
            return f(a, b)

    with product(exact):
        yield
