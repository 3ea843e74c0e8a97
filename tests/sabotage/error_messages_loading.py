"""Attacks on docs/error-messages-loading.md: a torch that takes the names, files and memory that it refuses."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from tests.sabotage.registry import attacks, replaced


@attacks("state-dict-names-must-match")
def names_are_forgiven() -> Iterator[None]:
    """load_state_dict is never strict."""
    load = nn.Module.load_state_dict

    def load_state_dict(self: nn.Module, state: dict[str, Tensor], strict: bool = True) -> Any:
        return load(self, state, strict=False)

    with replaced(nn.Module, "load_state_dict", load_state_dict):
        yield


@attacks("lazy-parameters-refuse-use")
def lazy_parameters_have_a_shape() -> Iterator[None]:
    """An uninitialized parameter says that it is empty."""
    mixin = nn.parameter.UninitializedTensorMixin
    with replaced(mixin, "shape", property(lambda self: torch.Size([0, 0]))):
        yield


@attacks("lazy-parameters-refuse-use")
def lazy_parameters_have_one_number() -> Iterator[None]:
    """size() of an uninitialized parameter says 1."""
    mixin = nn.parameter.UninitializedTensorMixin

    def size(self: Tensor) -> torch.Size:
        return torch.Size([1])

    mixin.size = size  # type: ignore[attr-defined]
    yield
    del mixin.size  # type: ignore[attr-defined]


@attacks("meta-tensors-cannot-be-copied")
def meta_moves_empty() -> Iterator[None]:
    """cpu() of a layer on meta gives it unwritten memory."""
    with replaced(nn.Module, "cpu", lambda self: self.to_empty(device="cpu")):
        yield


@attacks("meta-tensors-cannot-be-copied")
def to_moves_meta_empty() -> Iterator[None]:
    """to() of a layer on meta gives it unwritten memory."""
    to = nn.Module.to

    def moved(self: nn.Module, target: Any) -> nn.Module:
        return self.to_empty(device=target) if isinstance(target, str) else to(self, target)

    with replaced(nn.Module, "to", moved):
        yield


@attacks("torch-load-refuses-whole-models")
def load_trusts_every_file() -> Iterator[None]:
    """torch.load reads whole models without being asked to."""
    original = torch.load
    with replaced(
        torch, "load", lambda file, weights_only=False: original(file, weights_only=False)
    ):
        yield
