"""Attacks on the claims of the page of questions about nn.Embedding and nn.EmbeddingBag."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from tests.sabotage.registry import after_reset, attacks, densify, lookup, replaced, without


@attacks("sparse-optimizers")
def adam_accepts_sparse_gradients() -> Iterator[None]:
    """Adam turns sparse gradients into dense ones and accepts them."""
    with densify(torch.optim.Adam):
        yield


@attacks("sparse-optimizers")
def sgd_decays_with_sparse_gradients() -> Iterator[None]:
    """SGD accepts sparse gradients with weight decay, too."""
    with densify(torch.optim.SGD):
        yield


@attacks("sparse-optimizers")
def adagrad_refuses_sparse_gradients() -> Iterator[None]:
    """Adagrad refuses sparse gradients."""

    def refusing(self: torch.optim.Adagrad, closure: Callable[[], Any] | None = None) -> Any:
        raise RuntimeError("Adagrad does not support sparse gradients")

    with replaced(torch.optim.Adagrad, "step", refusing):
        yield


def bags(change: Callable[..., torch.Tensor]) -> AbstractContextManager[None]:
    """`F.embedding_bag` is `change(original, ids, weight, offsets, *rest)`."""
    original = F.embedding_bag
    return replaced(F, "embedding_bag", lambda *given: change(original, *given))


@attacks("ids-after-the-last-offset")
def last_offset_is_the_end() -> Iterator[None]:
    """With include_last_offset, ids after the last offset never count."""

    def ending(f: Callable[..., torch.Tensor], ids: Any, weight: Any, offsets: Any, *rest: Any):
        *_, include_last_offset, _padding = rest
        return f(ids[: offsets[-1]] if include_last_offset else ids, weight, offsets, *rest)

    with bags(ending):
        yield


@attacks("ids-after-the-last-offset")
def last_offset_is_a_bag() -> Iterator[None]:
    """include_last_offset is ignored: the end of the last bag begins another one."""

    def ignoring(f: Callable[..., torch.Tensor], *given: Any) -> torch.Tensor:
        *front, _include_last_offset, padding = given
        return f(*front, False, padding)

    with bags(ignoring):
        yield


@attacks("ids-after-the-last-offset")
def last_bag_loses_an_id() -> Iterator[None]:
    """With include_last_offset, the last bag ends one id before its end."""

    def short(f: Callable[..., torch.Tensor], ids: Any, weight: Any, offsets: Any, *rest: Any):
        *_, include_last_offset, _padding = rest
        if include_last_offset:
            offsets = torch.cat([offsets[:-1], offsets[-1:] - 1])
            ids = ids[: offsets[-1]]
        return f(ids, weight, offsets, *rest)

    with bags(short):
        yield


@attacks("embedding-is-sampled-not-normalized")
def rows_get_norm_one() -> Iterator[None]:
    """The rows of a new table are scaled to norm 1."""
    with after_reset(nn.Embedding, lambda self: self.weight.copy_(F.normalize(self.weight, dim=1))):
        yield


@attacks("embedding-is-sampled-not-normalized")
def table_is_centered() -> Iterator[None]:
    """A new table is shifted to mean 0."""
    with after_reset(nn.Embedding, lambda self: self.weight.sub_(self.weight.mean())):
        yield


@attacks("embedding-is-sampled-not-normalized")
def rows_are_standardized() -> Iterator[None]:
    """Each row of a new table gets mean 0 and variance 1, as under LayerNorm."""
    with after_reset(
        nn.Embedding,
        lambda self: self.weight.copy_(F.layer_norm(self.weight, self.weight.shape[1:])),
    ):
        yield


@attacks("padding-does-not-mask-the-forward-pass")
def mean_leaves_zeros_out() -> Iterator[None]:
    """Tensor.mean over one dimension leaves vectors of zeros out."""
    mean = torch.Tensor.mean

    def masking(self: torch.Tensor, *rest: Any, **named: Any) -> torch.Tensor:
        if self.dim() == 3 and rest == (1,):
            return self.sum(1) / self.any(2).sum(1, keepdim=True)
        return mean(self, *rest, **named)

    with replaced(torch.Tensor, "mean", masking):
        yield


@attacks("padding-does-not-mask-the-forward-pass")
def attention_leaves_zeros_out() -> Iterator[None]:
    """Attention gives no weight to keys of zeros."""
    attend = F.scaled_dot_product_attention

    def masking(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, **named: Any) -> Any:
        named.setdefault("attn_mask", key.any(-1)[..., None, :])
        return attend(query, key, value, **named)

    with replaced(F, "scaled_dot_product_attention", masking):
        yield


@attacks("padding-does-not-mask-the-forward-pass")
def embedding_bag_counts_the_padding() -> Iterator[None]:
    """nn.EmbeddingBag counts padded positions in its mean."""
    bag = F.embedding_bag

    def counting(*rest: Any, **named: Any) -> torch.Tensor:
        return bag(*rest[:-1], padding_idx=None)

    with replaced(F, "embedding_bag", counting):
        yield


@attacks("padding-does-not-mask-the-forward-pass")
def embedding_bag_always_leaves_id_zero_out() -> Iterator[None]:
    """nn.EmbeddingBag leaves id 0 out of its mean, whether it was given a padding_idx or not."""
    bag = F.embedding_bag

    def sparing(*rest: Any, **named: Any) -> torch.Tensor:
        return bag(*rest[:-1], padding_idx=0)

    with replaced(F, "embedding_bag", sparing):
        yield


@attacks("sparse-gradient-equals-dense")
def sparse_is_ignored() -> Iterator[None]:
    """The gradient is always dense."""
    with without("sparse", False):
        yield


@attacks("sparse-gradient-equals-dense")
def sparse_gradient_counts_an_id_once() -> Iterator[None]:
    """A sparse gradient keeps the mean of an id's gradients instead of their sum."""

    def averaging(
        f: Callable[..., torch.Tensor], ids: torch.Tensor, weight: torch.Tensor, **options: Any
    ) -> torch.Tensor:
        rows = f(ids, weight, **options)
        if options.get("sparse"):
            counts = ids.bincount(minlength=len(weight))[ids]
            rows.register_hook(lambda grad: grad / counts[..., None].to(grad.dtype))
        return rows

    with lookup(averaging):
        yield
