"""Find the parameters and buffers that a constructor forgot to write."""

from __future__ import annotations

import random
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.nn.parameter import is_lazy
from torch.utils._python_dispatch import TorchDispatchMode

aten = torch.ops.aten
ALLOCATE = {aten.empty, aten.empty_like, aten.empty_permuted, aten.empty_strided}
ALLOCATE |= {aten.new_empty, aten.new_empty_strided}
RESIZE = {aten.resize_, aten.resize_as_}


def find_uninitialized(build: Callable[[], nn.Module]) -> list[str]:
    """Names of the parameters, then of the buffers, that `build()` leaves unwritten, wholly or in part.

    `build` constructs and returns the module, and runs twice. The first time torch fills memory that
    nobody wrote (deterministic mode: NaN, True, an integer's maximum), the second time this function
    fills it with ones (and False). A tensor is named when an element holds the first fill and the
    second changes it. So a NaN, a True or a maximum written on purpose raises no alarm, and a NaN
    computed from unwritten memory does.

    A tensor on device "meta" has no memory at all and is named. A lazy parameter is not, because its
    first batch will write it: run a batch inside `build` to examine it. A tensor with two names comes
    under the first. Not seen: memory that torch did not allocate as a tensor (`torch.UntypedStorage`,
    `numpy.empty`), what `resize_` brings back after it shrank a tensor, sparse and quantized tensors,
    attributes that are neither parameter nor buffer, modules made outside `build`, and what a comparison
    makes of unwritten memory. A `build` that takes random integers or flags from elsewhere than the
    default generators of torch and `random` can raise a false alarm.

    Deterministic mode, the fill and the random generators of torch and `random` are afterwards as they
    were, also when `build` raises. Raises `TypeError` when `build` is not a function or returns no
    module, and `ValueError` when it does not construct the same module anew each time.
    Source: `fill_empty_deterministic_` in torch's ATen/native/TensorFactories.h.
    """
    if isinstance(build, nn.Module) or not callable(build):
        raise TypeError(
            f"cannot build from a value of type {type(build).__name__}: pass a function that "
            "constructs the module, such as `lambda: Net()`"
        )
    with _deterministic(fill=True):
        module = _build(build)
        first, seen = _filled(module), weakref.ref(module)
        del module
    with _deterministic(fill=False), _FilledWithOnes():
        module = _build(build)
    if module is seen():
        raise ValueError("the function returned one module twice: construct it inside")
    second = _filled(module)
    shapes = [{name: mask.shape for name, mask in masks.items()} for masks in (first, second)]
    if shapes[0] != shapes[1]:
        names = ", ".join(sorted(dict(shapes[0].items() ^ shapes[1].items())))
        raise ValueError(f"the function built two different modules, they differ in {names}")
    return [name for name in first if first[name].is_meta or (first[name] & ~second[name]).any()]


def _build(build: Callable[[], nn.Module]) -> nn.Module:
    """The module, built with the caller's random numbers, which are left as they were."""
    state = random.getstate()
    try:
        with torch.random.fork_rng(range(torch.accelerator.device_count())):
            module = build()
    finally:
        random.setstate(state)
    if not isinstance(module, nn.Module):
        raise TypeError(
            f"the function returned a {type(module).__name__}, not a module: return the nn.Module "
            "that it constructs"
        )
    return module


def _filled(module: nn.Module) -> dict[str, torch.Tensor]:
    """By name, where a tensor holds what deterministic mode fills memory with."""
    masks = {}
    for name, tensor in [*module.named_parameters(), *module.named_buffers()]:
        if is_lazy(tensor) or tensor.layout != torch.strided or tensor.is_quantized:
            continue
        tensor = tensor.detach()
        if tensor.is_complex():
            parts = torch.view_as_real(tensor.resolve_conj())
            mask = (parts != parts) | (parts == 0)
        elif tensor.is_floating_point():
            mask = tensor != tensor
        elif tensor.dtype == torch.bool:
            mask = tensor
        else:
            mask = tensor == torch.iinfo(tensor.dtype).max
        if mask.numel():
            masks[name] = mask
    return masks


@contextmanager
def _deterministic(fill: bool) -> Iterator[None]:
    """Deterministic mode, with or without its fill; an operation without such a variant warns."""
    settings: Any = torch.utils.deterministic
    found = torch.get_deterministic_debug_mode(), settings.fill_uninitialized_memory
    torch.set_deterministic_debug_mode("warn")  # use_deterministic_algorithms loads the compiler
    settings.fill_uninitialized_memory = fill
    try:
        yield
    finally:
        torch.set_deterministic_debug_mode(found[0])
        settings.fill_uninitialized_memory = found[1]


class _FilledWithOnes(TorchDispatchMode):
    """Fill what torch allocates with 1 (1+1j, False)."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # nothing is compiled here, and True would load the compiler

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Run `func`, then fill what it allocated."""
        resized = func.overloadpacket in RESIZE and args[0].layout == torch.strided
        start = args[0].untyped_storage().nbytes() if resized else 0
        out = func(*args, **(kwargs or {}))
        if resized or (func.overloadpacket in ALLOCATE and out.layout == torch.strided):
            memory = out.new_empty(0).set_(out.untyped_storage())[start // out.itemsize :]
            memory.fill_(1 + 1j if out.is_complex() else out.dtype != torch.bool)
        return out
