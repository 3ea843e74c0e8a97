"""Attacks on the claims of docs/uninitialized.md."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import torch
from torch import nn

from tests.sabotage.registry import after_reset, attacks, replaced


@attacks("empty-returns-old-memory")
def empty_is_zeros() -> Iterator[None]:
    """torch.empty, torch.Tensor and torch.FloatTensor return zeros."""
    with ExitStack() as stack:
        for name in ("empty", "Tensor", "FloatTensor"):
            stack.enter_context(replaced(torch, name, torch.zeros))
        yield


@attacks("empty-returns-old-memory", "find-uninitialized-names-forgotten-parameters")
def float_tensor_is_random() -> Iterator[None]:
    """torch.FloatTensor draws random numbers."""
    with replaced(torch, "FloatTensor", torch.randn):
        yield


@attacks("tiny-floats-are-integers", "address-halves-look-tiny", "tutorial-output-is-text")
def view_converts() -> Iterator[None]:
    """Tensor.view(dtype) converts the values instead of reading their bits."""
    view = torch.Tensor.view

    def converting(self: torch.Tensor, *arguments: Any) -> torch.Tensor:
        if isinstance(arguments[0], torch.dtype):
            return self.to(arguments[0]).repeat_interleave(self.itemsize // arguments[0].itemsize)
        return view(self, *arguments)

    with replaced(torch.Tensor, "view", converting):
        yield


@attacks("tiny-floats-are-integers", "address-halves-look-tiny", "tutorial-output-is-text")
def subnormals_flush_to_zero() -> Iterator[None]:
    """The processor treats subnormal numbers as zero."""
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


@attacks("printed-digits-leave-bits-open")
def nine_digits_are_printed() -> Iterator[None]:
    """A tensor prints with nine digits."""
    torch.set_printoptions(precision=8)
    try:
        yield
    finally:
        torch.set_printoptions(profile="default")


@attacks("printed-digits-leave-bits-open")
def subnormals_are_coarse() -> Iterator[None]:
    """Subnormal numbers keep only every eighth bit pattern."""
    view = torch.Tensor.view

    def coarse(self: torch.Tensor, *arguments: Any) -> torch.Tensor:
        seen = self // 8 * 8 if arguments == (torch.float32,) and self.numel() == 4 else self
        return view(seen, *arguments)

    with replaced(torch.Tensor, "view", coarse):
        yield


@attacks("deterministic-mode-fills-with-nan", "meta-and-to-empty-hold-nothing")
def memory_is_not_filled() -> Iterator[None]:
    """Deterministic mode leaves unwritten memory as it is."""
    settings: Any = torch.utils.deterministic
    settings.fill_uninitialized_memory = False
    try:
        yield
    finally:
        settings.fill_uninitialized_memory = True


@attacks("deterministic-mode-fills-with-nan")
def integers_are_zeroed() -> Iterator[None]:
    """torch.empty holds zeros when its type is an integer."""
    empty = torch.empty

    def zeroed(*size: Any, **options: Any) -> torch.Tensor:
        tensor = empty(*size, **options)
        return tensor if tensor.is_floating_point() or tensor.is_complex() else tensor.zero_()

    with replaced(torch, "empty", zeroed):
        yield


@attacks("resize-keeps-old-values")
def resize_starts_anew() -> Iterator[None]:
    """Tensor.resize_ writes zeros."""
    resize = torch.Tensor.resize_

    def zeroing(self: torch.Tensor, *size: int) -> torch.Tensor:
        return resize(self, *size).zero_()

    with replaced(torch.Tensor, "resize_", zeroing):
        yield


@attacks("resize-keeps-old-values")
def resize_fills_everything() -> Iterator[None]:
    """Tensor.resize_ fills all that was cut off, in deterministic mode only."""
    resize = torch.Tensor.resize_

    def filling(self: torch.Tensor, *size: int) -> torch.Tensor:
        kept = self.numel()
        resized = resize(self, *size)
        if torch.are_deterministic_algorithms_enabled():
            resized.flatten()[kept:].fill_(torch.nan)
        return resized

    with replaced(torch.Tensor, "resize_", filling):
        yield


@attacks("meta-and-to-empty-hold-nothing")
def to_empty_initializes() -> Iterator[None]:
    """Module.to_empty calls reset_parameters afterwards."""
    to_empty = nn.Module.to_empty

    def initializing(self: nn.Module, **options: Any) -> nn.Module:
        module = to_empty(self, **options)
        module.reset_parameters()
        return module

    with replaced(nn.Module, "to_empty", initializing):
        yield


@attacks("meta-and-to-empty-hold-nothing")
def meta_is_allocated() -> Iterator[None]:
    """nn.Conv1d on device meta is built on the CPU."""
    init = nn.Conv1d.__init__

    def on_cpu(self: nn.Conv1d, *arguments: Any, **options: Any) -> None:
        init(self, *arguments, **options | {"device": "cpu"})

    with replaced(nn.Conv1d, "__init__", on_cpu):
        yield


@attacks("loading-into-meta-is-a-no-op")
def loading_assigns() -> Iterator[None]:
    """load_state_dict assigns by default."""
    load = nn.Module.load_state_dict

    def assigning(self: nn.Module, state: Any, strict: bool = True, assign: bool = True) -> Any:
        return load(self, state, strict, assign)

    with replaced(nn.Module, "load_state_dict", assigning):
        yield


@attacks("loading-into-meta-is-a-no-op")
def loading_never_assigns() -> Iterator[None]:
    """load_state_dict ignores assign=True."""
    load = nn.Module.load_state_dict

    def copying(self: nn.Module, state: Any, strict: bool = True, assign: bool = False) -> Any:
        return load(self, state, strict)

    with replaced(nn.Module, "load_state_dict", copying):
        yield


@attacks("loading-into-meta-is-a-no-op")
def loading_is_silent() -> Iterator[None]:
    """load_state_dict into meta gives no warning."""
    load = nn.Module.load_state_dict

    def silent(self: nn.Module, *arguments: Any, **options: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return load(self, *arguments, **options)

    with replaced(nn.Module, "load_state_dict", silent):
        yield


@attacks("find-uninitialized-names-forgotten-parameters")
def convolution_forgets_its_bias() -> Iterator[None]:
    """nn.Conv2d leaves its bias unwritten."""

    def forgetful(self: nn.Conv2d) -> None:
        if self.bias is not None:
            self.bias = nn.Parameter(torch.empty_like(self.bias))

    with after_reset(nn.Conv2d, forgetful):
        yield


@attacks("find-uninitialized-names-forgotten-parameters")
def skip_init_skips_nothing() -> Iterator[None]:
    """nn.utils.skip_init initializes."""

    def built(module: type[nn.Module], *arguments: Any, **options: Any) -> nn.Module:
        return module(*arguments, **options)

    with replaced(nn.utils, "skip_init", built):
        yield
