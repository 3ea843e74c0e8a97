"""Attacks on index.md: each of the three fills, holds, learns or computes something else than stated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from tests.sabotage.registry import after_reset, attacks, replaced


def _wrap(data: torch.Tensor, requires_grad: bool = True) -> nn.Parameter:
    return torch.Tensor._make_subclass(nn.Parameter, data, requires_grad)


@attacks("which-one-fills")
def index_linear_weight_is_5_percent_wider() -> Iterator[None]:
    """nn.Linear draws its weight from a range 5 % wider."""
    with after_reset(nn.Linear, lambda self: self.weight.mul_(1.05)):
        yield


@attacks("which-one-fills")
def index_linear_bias_is_5_percent_narrower() -> Iterator[None]:
    """nn.Linear draws its bias from a range 5 % narrower."""
    with after_reset(nn.Linear, lambda self: self.bias.mul_(0.95)):
        yield


@attacks("which-one-fills")
def index_embedding_is_5_percent_narrower() -> Iterator[None]:
    """nn.Embedding draws from a normal distribution 5 % narrower."""
    with after_reset(nn.Embedding, lambda self: self.weight.mul_(0.95)):
        yield


@attacks("which-one-fills")
def index_embedding_is_uniform() -> Iterator[None]:
    """nn.Embedding draws from a uniform distribution with standard deviation 1."""
    with replaced(
        nn.Embedding, "reset_parameters", lambda e: nn.init.uniform_(e.weight, -1.73, 1.73)
    ):
        yield


@attacks("which-one-fills")
def index_parameter_fills() -> Iterator[None]:
    """nn.Parameter fills unwritten memory with normal draws."""

    def filling(cls: type, data: Any = None, requires_grad: bool = True) -> torch.Tensor:
        if data.is_floating_point():
            data[data.isnan()] = 0.1
        return _wrap(data, requires_grad)

    with replaced(nn.Parameter, "__new__", filling):
        yield


@attacks("what-each-one-allocates")
def index_parameter_copies() -> Iterator[None]:
    """nn.Parameter copies its tensor."""

    def copying(cls: type, data: Any = None, requires_grad: bool = True) -> torch.Tensor:
        return _wrap(data.detach().clone(), requires_grad)

    with replaced(nn.Parameter, "__new__", copying):
        yield


@attacks("what-each-one-allocates")
def index_linear_stores_in_by_out() -> Iterator[None]:
    """nn.Linear stores its weight as (in, out)."""
    build = nn.Linear.__init__

    def turned(self: nn.Linear, *args: Any, **options: Any) -> None:
        build(self, *args, **options)
        self.weight = nn.Parameter(self.weight.detach().T.contiguous())

    with replaced(nn.Linear, "__init__", turned):
        yield


@attacks("gradient-where-used")
def index_embedding_gradient_is_dense() -> Iterator[None]:
    """A lookup gives every row of the table a small gradient."""
    lookup = nn.Embedding.forward

    def leaking(self: nn.Embedding, ids: torch.Tensor) -> torch.Tensor:
        leak = self.weight.sum()
        return lookup(self, ids) + 1e-3 * (leak - leak.detach())

    with replaced(nn.Embedding, "forward", leaking):
        yield


@attacks("gradient-where-used")
def index_linear_weight_gets_no_gradient() -> Iterator[None]:
    """The gradient of a Linear's weight is zero; its bias alone learns."""
    multiply = nn.Linear.forward

    def cut(self: nn.Linear, x: torch.Tensor) -> torch.Tensor:
        self.weight.grad = torch.zeros_like(self.weight)
        return multiply(self, x).detach() + self.bias - self.bias.detach()

    with replaced(nn.Linear, "forward", cut):
        yield


@attacks("floats-or-ids")
def index_embedding_accepts_floats() -> Iterator[None]:
    """nn.Embedding rounds float ids to integers."""
    lookup = nn.Embedding.forward

    def rounding(self: nn.Embedding, ids: torch.Tensor) -> torch.Tensor:
        return lookup(self, ids.long())

    with replaced(nn.Embedding, "forward", rounding):
        yield


@attacks("floats-or-ids")
def index_linear_accepts_integers() -> Iterator[None]:
    """nn.Linear converts integers to its own dtype."""
    multiply = nn.Linear.forward

    def converting(self: nn.Linear, x: torch.Tensor) -> torch.Tensor:
        return multiply(self, x.to(self.weight.dtype))

    with replaced(nn.Linear, "forward", converting):
        yield


@attacks("three-ways-one-product")
def index_lookup_scales_rows() -> Iterator[None]:
    """nn.Embedding scales its rows by a millionth more than 1."""
    lookup = nn.Embedding.forward

    def scaled(self: nn.Embedding, ids: torch.Tensor) -> torch.Tensor:
        return lookup(self, ids) * (1 + 1e-6)

    with replaced(nn.Embedding, "forward", scaled):
        yield


@attacks("three-ways-one-product")
def index_linear_adds_a_hidden_bias() -> Iterator[None]:
    """nn.Linear adds 0.001 to every output."""
    multiply = nn.Linear.forward

    def biased(self: nn.Linear, x: torch.Tensor) -> torch.Tensor:
        return multiply(self, x) + 1e-3

    with replaced(nn.Linear, "forward", biased):
        yield


@attacks("own-draws-differ")
def index_every_layer_draws_the_same() -> Iterator[None]:
    """Every nn.Linear and nn.Embedding of the same sizes starts with the same numbers."""

    def same(self: nn.Module) -> None:
        table = self.weight.T if isinstance(self, nn.Linear) else self.weight
        values = torch.linspace(-1, 1, table.numel()).reshape(table.shape)
        with torch.no_grad():
            table.copy_(values)

    with (
        replaced(nn.Linear, "reset_parameters", same),
        replaced(nn.Embedding, "reset_parameters", same),
    ):
        yield
