"""Attacks on docs/error-messages-input.md: a torch that takes the shapes, dtypes and ids that it refuses."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from tests.sabotage.registry import attacks, replaced

F = nn.functional


@attacks("mat1-is-the-input-mat2-the-weight")
def weight_comes_first() -> Iterator[None]:
    """Linear multiplies the weight by the transposed input, so mat1 is the weight."""

    def forward(self: nn.Linear, x: Tensor) -> Tensor:
        y = (self.weight @ x.reshape(-1, x.shape[-1]).T).T
        y = y if self.bias is None else y + self.bias
        return y.reshape(*x.shape[:-1], -1)

    with replaced(nn.Linear, "forward", forward):
        yield


@attacks("half-norms-refuse-float32")
def layer_norm_converts_its_input() -> Iterator[None]:
    """LayerNorm converts its input to the dtype of its weight."""
    forward = nn.LayerNorm.forward

    def converting(self: nn.LayerNorm, x: Tensor) -> Tensor:
        return forward(self, x.to(self.weight.dtype))

    with replaced(nn.LayerNorm, "forward", converting):
        yield


@attacks("half-norms-refuse-float32")
def group_norm_answers_in_its_own_dtype() -> Iterator[None]:
    """GroupNorm answers in the dtype of its weight."""
    forward = nn.GroupNorm.forward

    def converting(self: nn.GroupNorm, x: Tensor) -> Tensor:
        return forward(self, x).to(self.weight.dtype)

    with replaced(nn.GroupNorm, "forward", converting):
        yield


@attacks("initial-states-need-the-batch")
def states_are_expanded() -> Iterator[None]:
    """A GRU expands an initial state of batch 1 to the batch."""
    forward = nn.GRU.forward

    def expanding(self: nn.GRU, x: Tensor, state: Tensor) -> Any:
        return forward(self, x, state.expand(-1, x.shape[1], -1).contiguous())

    with replaced(nn.GRU, "forward", expanding):
        yield


@attacks("initial-states-need-the-batch")
def expand_passes_the_mean() -> Iterator[None]:
    """expand() gives the mean of the gradients back, not their sum."""
    expand = Tensor.expand

    def averaged(self: Tensor, *sizes: int) -> Tensor:
        wide = expand(self, *sizes)
        return wide.detach() + (wide - wide.detach()) / (wide.numel() / self.numel())

    with replaced(Tensor, "expand", averaged):
        yield


@attacks("embedding-takes-tensors")
def embedding_takes_lists() -> Iterator[None]:
    """Embedding makes a tensor of its ids."""
    forward = nn.Embedding.forward
    with replaced(nn.Embedding, "forward", lambda self, ids: forward(self, torch.as_tensor(ids))):
        yield


@attacks("padding-idx-must-be-a-row")
def padding_wraps_around() -> Iterator[None]:
    """A padding_idx outside the table is taken modulo its rows."""
    init = nn.Embedding.__init__

    def wrapped(
        self: nn.Embedding, rows: int, dim: int, padding_idx: int | None = None, **options: Any
    ) -> None:
        init(self, rows, dim, None if padding_idx is None else padding_idx % rows, **options)

    with replaced(nn.Embedding, "__init__", wrapped):
        yield


@attacks("one-hot-needs-small-long-ids")
def one_hot_converts() -> Iterator[None]:
    """one_hot converts its ids to int64."""
    one_hot = F.one_hot
    with replaced(F, "one_hot", lambda ids, classes=-1: one_hot(ids.long(), classes)):
        yield


@attacks("one-hot-needs-small-long-ids")
def one_hot_clamps() -> Iterator[None]:
    """one_hot clamps int64 ids to its classes."""
    one_hot = F.one_hot

    def clamped(ids: Tensor, classes: int = -1) -> Tensor:
        return one_hot(ids.clamp(0, classes - 1) if ids.dtype == torch.int64 else ids, classes)

    with replaced(F, "one_hot", clamped):
        yield
