"""Who wrote a parameter's starting values: the line of torch's own source, found by watching it write."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules import module as registry
from torch.utils._python_dispatch import TorchDispatchMode

from snippets.defaults.classes import Built
from snippets.defaults.rules import tensors
from snippets.defaults.source import ROOT, Source

REGISTRY = inspect.getfile(nn.Module)
LAYERS = str(Path(REGISTRY).parent)
COPIES = {torch.ops.aten.clone, torch.ops.aten._to_copy}


def writers(build: Callable[[], Built]) -> tuple[Built, dict[str, Source]]:
    """Build once; for each parameter and buffer, the line of a layer that last wrote all of it.

    A copy was written where its original was. A tensor that no layer wrote (one that the caller
    passed, or a lazy one) has the line that registered it.
    """
    watch = _Watch()
    with _registrations() as registered, watch:
        built = build()
    found = {}
    for name, (_, tensor) in tensors(built.module).items():
        line = None if nn.parameter.is_lazy(tensor) else watch.lines.get(_memory(tensor))
        if line is None:
            line = registered.get((id(_owner(built.module, name)), name.rpartition(".")[2]))
        if line is not None:
            found[name] = line
    return built, found


def _memory(tensor: Tensor) -> int:
    return tensor.untyped_storage().data_ptr()


def _owner(module: nn.Module, name: str) -> nn.Module:
    return module.get_submodule(name.rpartition(".")[0])


def _layer_line() -> Source | None:
    """The innermost frame in torch/nn/modules, that of nn.Module itself left out."""
    frame = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(LAYERS) and file != REGISTRY:
            relative = Path(file).relative_to(ROOT).as_posix()
            return Source(relative, frame.f_lineno, frame.f_code.co_qualname)
        frame = frame.f_back
    return None


@contextmanager
def _registrations() -> Iterator[dict[tuple[int, str], Source]]:
    """Where each parameter and buffer is registered: (id of the module, name) -> line."""
    found: dict[tuple[int, str], Source] = {}

    def note(module: nn.Module, name: str, tensor: Tensor | None) -> None:
        line = _layer_line()
        if line is not None and tensor is not None:
            found[id(module), name] = line

    hooks = [
        registry.register_module_parameter_registration_hook(note),
        registry.register_module_buffer_registration_hook(note),
    ]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()


class _Watch(TorchDispatchMode):
    """Notes for each piece of memory which line of a layer last wrote all of it."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[int, Source] = {}
        self.alive: list[Tensor] = []  # so that no memory is used twice

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
        """Run `func`, then note the line if it wrote."""
        out = func(*args, **(kwargs or {}))
        if isinstance(out, Tensor) and not out.is_meta:
            self.alive.append(out)
            memory, line = _memory(out), _layer_line()
            writes = func._schema.is_mutable and out.nbytes == out.untyped_storage().nbytes()
            if func.overloadpacket in COPIES and _memory(args[0]) in self.lines:
                self.lines[memory] = self.lines[_memory(args[0])]
            elif line is not None and (writes or memory not in self.lines):
                self.lines[memory] = line
        return out
