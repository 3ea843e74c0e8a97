"""Find the parameters and buffers that a constructor forgot to write.

    python uninitialized.py package.module:build     a function or class that constructs the module
    python uninitialized.py torch.nn:Transformer     run where `import package.module` works

Prints the names, a line each. The exit status is 1 when something is unwritten, 2 when nothing could be
examined, else 0: so it can stand in the tests of a project.
"""

from __future__ import annotations

import argparse
import importlib
import math
import random
import re
import sys
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.multiprocessing.reductions import StorageWeakRef
from torch.nn.parameter import is_lazy
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode, is_traceable_wrapper_subclass
from torch.utils._pytree import tree_leaves

aten = torch.ops.aten
ALLOCATE = {aten.empty, aten.empty_like, aten.empty_permuted, aten.empty_strided}
ALLOCATE |= {aten.new_empty, aten.new_empty_strided, aten.empty_quantized}
ALLOCATE |= {aten._empty_affine_quantized, aten._empty_per_channel_affine_quantized}
RESIZE = {aten.resize_, aten.resize_as_}
OVERWRITE = {aten.fill_, aten.zero_, aten.normal_, aten.uniform_, aten.random_, aten.bernoulli_}
OVERWRITE |= {aten.exponential_, aten.log_normal_, aten.cauchy_, aten.geometric_}
RAW = {torch.Tensor.numpy, torch.Tensor.tolist, torch.Tensor.data_ptr, torch.Tensor.__array__}
RAW |= {torch.Tensor.untyped_storage, torch.Tensor.storage, torch.Tensor.__dlpack__}
RAW |= {torch.Tensor.share_memory_, torch.Tensor.__reduce_ex__, torch.Tensor.apply_}
RAW |= {torch.Tensor.map_, torch.Tensor.map2_}
"""What reads a tensor's memory without an operation of torch."""

LARGE = 1 << 16
"""A tensor with at least so many bytes is written when something reads it, and else not at all."""
PIECE = 1 << 8
"""Of a large tensor the sums of so many elements each are compared."""
MIXED = 1000
"""So many numbers get different fills in turn, so that comparisons and conversions see each."""
LOOKS = 24
"""Most times that a module which comes out differently by itself is built: 2**-24 is luck enough."""


def find_uninitialized(build: Callable[[], nn.Module]) -> list[str]:
    """Names of the parameters, then of the buffers, that `build()` leaves unwritten, wholly or in part.

    `build` constructs and returns the module. It runs twice, and what torch allocates and nobody has
    written holds one thing the first time (NaN, True, an integer's maximum) and another the second
    time (300, -300 and 0, False, 2, 0 and 1). A tensor that then differs is named: it is unwritten, or
    copied, converted or computed from what is. Only if some differ, `build` runs up to 24 times more,
    to see that it was not chance; where it was (numbers from generators of its own, the time), an
    element must have held what the memory was filled with, each time. So a NaN, a True or a maximum
    written on purpose raises no alarm.

    A tensor without memory, on device "meta", fake or freed, is named. A lazy parameter is not, because
    its first batch will write it: run a batch inside `build` to examine it. A tensor with two names comes
    under the first. Of sparse and quantized tensors the values are examined, of a subclass that wraps
    tensors these.

    Not seen: memory that torch did not allocate as a tensor (`torch.UntypedStorage`, `numpy.empty`),
    what `resize_` brings back after it shrank a tensor, attributes that are neither parameter nor
    buffer, modules made outside `build`, what threads that ran before do, a computation that makes the
    same of both fills (as the comparison with 1,000 does), and what a build of chance computes from
    unwritten memory.

    Large tensors are not written at all unless something reads them, so a large model takes less time
    than building it: 0.15 of it at 110 M parameters. A small one is built twice with each operation
    watched: that takes 4 to 10 times as long as building it, which is milliseconds.
    Deterministic mode, the fill and the random generators of torch and `random` are
    afterwards as they were, also when `build` raises. Raises `TypeError` when `build` is not a function
    or returns no module, and `ValueError` when it does not construct the same module anew each time or
    with a tensor that cannot be examined.
    """
    if isinstance(build, nn.Module) or not callable(build):
        raise TypeError(
            f"cannot build from a value of type {type(build).__name__}: pass a function that "
            "constructs the module, such as `lambda: Net()`"
        )
    looks = _Looks(build)
    first, second = looks.take(FIRST), looks.take(SECOND)
    suspects = [name for name in first if first[name].print != second[name].print]
    if suspects:
        suspects = _no_chance(suspects, looks, (first, second))
    return [name for name in first if first[name].meta or name in suspects]


def _no_chance(
    suspects: list[str], looks: _Looks, seen: tuple[dict[str, _Seen], dict[str, _Seen]]
) -> list[str]:
    """Those of the tensors that are the same whenever the fill is, or in which an element always holds it."""
    steady, held = set(suspects), dict[str, Tensor | None]()
    for turn in range(LOOKS):
        look = looks.take((FIRST, SECOND)[turn % 2], where=True)
        undecided = False
        for name in suspects:
            now = look[name].holds_fill
            was = held.setdefault(name, now)
            held[name] = None if was is None or now is None else was & now
            if look[name].print != seen[turn % 2][name].print:
                steady.discard(name)
            # what holds the fill is decided, unless it has few values; what differs by itself, too
            undecided |= look[name].coarse if _any(held[name]) else name in steady
        if turn and not undecided:
            break
    return [name for name in suspects if name in steady or _any(held[name])]


def _any(held: Tensor | None) -> bool:
    return held is not None and bool(held.any())


@dataclass(frozen=True)
class _Fill:
    """What unwritten memory is filled with, by kind of dtype."""

    real: float
    integer: Callable[[torch.dtype], int]
    others: tuple[float, ...]  # in turn before `real`, the last first, in the first numbers
    more: tuple[int, ...]  # likewise before `integer`
    flag: bool

    def write(self, tensor: Tensor) -> None:
        """Fill a whole tensor."""
        for part, value in self._parts(tensor):
            part.fill_(value)

    def held_by(self, tensor: Tensor) -> Tensor:
        """Where a tensor holds the fill."""
        if tensor.dtype == torch.bool:
            return tensor == self.flag
        if not tensor.is_floating_point():
            values = torch.tensor([self.integer(tensor.dtype), *self.more], dtype=tensor.dtype)
        elif math.isnan(self.real):
            return tensor != tensor
        else:
            values = torch.tensor([self.real, *self.others]).to(tensor.dtype)
        found = torch.zeros_like(tensor, dtype=torch.bool)
        for value in values.to(tensor.device):
            found |= tensor == value
        return found

    def _parts(self, tensor: Tensor) -> list[tuple[Tensor, float]]:
        if tensor.is_complex():
            tensor = torch.view_as_real(tensor)
        if tensor.dtype == torch.bool:
            return [(tensor, self.flag)]
        floats = tensor.is_floating_point()
        whole = self.real if floats else self.integer(tensor.dtype)
        others = self.others if floats else self.more
        parts, flat = [(tensor, whole)], tensor.flatten()
        if others and tensor.dtype not in EIGHT_BITS:
            turn = (whole, *others)[: len(flat)][::-1]  # neither the greatest nor the least first
            parts += [(flat[n : MIXED : len(turn)], value) for n, value in enumerate(turn)]
        return parts


# What torch 2.2 to 2.7 lack in part
_NAMES = ("e4m3fn", "e5m2", "e4m3fnuz", "e5m2fnuz", "e8m0fnu")
EIGHT_BITS = {getattr(torch, f"float8_{name}", None) for name in _NAMES} - {None}
ODD = re.compile(r"torch\.(q|bits|float4|u?int[1-7]$)")
"""Dtypes that cannot be filled or compared: their memory is, as bytes."""
ACCELERATOR = getattr(torch, "accelerator", torch.cuda)
FIRST = _Fill(math.nan, lambda dtype: torch.iinfo(dtype).max, (), (), True)
SECOND = _Fill(300.0, lambda dtype: 2, (-300.0, 0.0), (0, 1), False)


@dataclass(frozen=True)
class _Seen:
    """A tensor after a look: what identifies its values, and where it holds the fill."""

    print: Any
    meta: bool = False
    holds_fill: Tensor | None = None
    coarse: bool = False


class _Looks:
    """Builds the module again and again, each time with another fill."""

    def __init__(self, build: Callable[[], nn.Module]) -> None:
        self.build = build
        self.last: weakref.ref[nn.Module] | None = None
        self.shapes: dict[str, tuple[int, ...]] | None = None

    def take(self, fill: _Fill, where: bool = False) -> dict[str, _Seen]:
        """What each parameter and buffer of a new module holds, and `where` it holds the fill."""
        lazily = _Lazily(fill)
        with _deterministic(), lazily:
            with _Reads(lazily), _in_threads(lazily):
                module = _build(self.build)
            if self.last is not None and module is self.last():
                raise ValueError("the function returned one module twice: construct it inside")
            tensors = dict([*module.named_parameters(), *module.named_buffers()])
            tensors = {n: t.detach() for n, t in tensors.items() if not is_lazy(t) and t.numel()}
            written = {name for name, tensor in tensors.items() if lazily.is_written(tensor)}
            for name, tensor in tensors.items():
                if name not in written:
                    lazily.settle(tensor)
        self.last = weakref.ref(module)
        shapes = {n: (t.numel(),) if t.is_nested else tuple(t.shape) for n, t in tensors.items()}
        if self.shapes is None:
            self.shapes = shapes
        if self.shapes != shapes:
            names = ", ".join(sorted(dict(self.shapes.items() ^ shapes.items())))
            raise ValueError(f"the function built two different modules, they differ in {names}")
        seen = {}
        for name, tensor in tensors.items():
            try:
                seen[name] = _Seen("written") if name in written else _see(tensor, fill, where)
            except RuntimeError as error:  # a NotImplementedError, too
                kind = type(tensor).__name__
                raise ValueError(f"cannot examine {name}, a {kind}: {error}") from error
        return seen


def _see(tensor: Tensor, fill: _Fill, where: bool) -> _Seen:
    if not has_memory(tensor):
        return _Seen("meta", meta=True)
    parts = [part for part in _parts(tensor) if part.numel()]
    held = None
    if where and len(parts) == 1 and not _is_odd(parts[0].dtype):
        held = fill.held_by(parts[0]).cpu()
    coarse = any(part.dtype.itemsize == 1 for part in parts)
    return _Seen([_print(part) for part in parts], False, held, coarse)


def has_memory(tensor: Tensor) -> bool:
    """Whether each element has a place in memory, as in no tensor that is on meta, fake or freed."""
    if tensor.layout != torch.strided or tensor.is_nested or is_traceable_wrapper_subclass(tensor):
        return not tensor.is_meta
    last = tensor.storage_offset() + sum(
        (n - 1) * step for n, step in zip(tensor.shape, tensor.stride(), strict=True)
    )
    storage = tensor.untyped_storage()
    held = storage.nbytes() >= (last + 1) * tensor.dtype.itemsize and storage.device.type != "meta"
    return held or not tensor.numel()


def _parts(tensor: Tensor) -> list[Tensor]:
    """The ordinary, real tensors that a tensor is made of."""
    if is_traceable_wrapper_subclass(tensor):
        inner = [getattr(tensor, name) for name in tensor.__tensor_flatten__()[0]]
        return [part for each in inner for part in _parts(each)]
    if tensor.is_mkldnn:
        tensor = tensor.to_dense()
    if tensor.is_quantized:
        return [tensor.int_repr()]
    if tensor.layout == torch.sparse_coo:
        return [tensor._indices(), *_parts(tensor._values())]
    if tensor.layout in (torch.sparse_csr, torch.sparse_bsr):
        return [tensor.crow_indices(), tensor.col_indices(), *_parts(tensor.values())]
    if tensor.layout in (torch.sparse_csc, torch.sparse_bsc):
        return [tensor.ccol_indices(), tensor.row_indices(), *_parts(tensor.values())]
    if tensor.is_nested:
        return [part for each in tensor.unbind() for part in _parts(each)]
    tensor = tensor.resolve_conj().resolve_neg()
    return [torch.view_as_real(tensor) if tensor.is_complex() else tensor]


@lru_cache
def _is_odd(dtype: torch.dtype) -> bool:
    return ODD.match(str(dtype)) is not None


INTEGERS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def _print(tensor: Tensor) -> list[int]:
    """A fingerprint: the bits of a small tensor's elements, sums of a large one's."""
    bits = tensor.contiguous().view(INTEGERS[tensor.dtype.itemsize]).flatten()
    if len(bits) > PIECE:
        rest = len(bits) % PIECE
        pieces = bits[: len(bits) - rest].view(-1, PIECE).sum(1, dtype=torch.int64)
        bits = torch.cat([pieces, bits[len(bits) - rest :].long()])
    return bits.tolist()


def _build(build: Callable[[], nn.Module]) -> nn.Module:
    """The module, built with the caller's random numbers, which are left as they were."""
    state = random.getstate()
    try:
        with torch.random.fork_rng(range(ACCELERATOR.device_count())):
            module = build()
    finally:
        random.setstate(state)
    if not isinstance(module, nn.Module):
        raise TypeError(
            f"the function returned a {type(module).__name__}, not a module: return the nn.Module "
            "that it constructs"
        )
    return module


@contextmanager
def _deterministic() -> Iterator[None]:
    """Deterministic mode, whose own fill is off; an operation without such a variant warns."""
    settings: Any = torch.utils.deterministic
    found = torch.get_deterministic_debug_mode(), settings.fill_uninitialized_memory
    torch.set_deterministic_debug_mode("warn")  # use_deterministic_algorithms loads the compiler
    settings.fill_uninitialized_memory = False
    try:
        yield
    finally:
        torch.set_deterministic_debug_mode(found[0])
        settings.fill_uninitialized_memory = found[1]


@dataclass
class _Waiting:
    """Large memory that nothing has read yet, and the writes that wait until something does."""

    reference: StorageWeakRef  # so that no other memory gets this one's key
    writes: list[Callable[[torch.UntypedStorage], object]] = field(default_factory=list)
    written: bool = False


class _Lazily(TorchDispatchMode):
    """Fills what torch allocates; large memory only when something reads it, its writes as well."""

    def __init__(self, fill: _Fill) -> None:
        super().__init__()
        self.fill = fill
        self.waiting: dict[int, _Waiting] = {}
        self.draws = 0
        self.at_once = False
        self.over = False

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
        """Run `func`, or let it wait."""
        kwargs, packet = kwargs or {}, func.overloadpacket
        if self.over:
            return func(*args, **kwargs)
        if packet in ALLOCATE:
            out = func(*args, **kwargs)
            if out.layout == torch.strided and has_memory(out) and out.untyped_storage().nbytes():
                self._allocated(out)
            return out
        if packet in RESIZE and args[0].layout == torch.strided:
            self.settle(args[0])
            start = args[0].untyped_storage().nbytes()
            out = func(*args, **kwargs)
            memory = _whole(out.untyped_storage(), torch.uint8 if _is_odd(out.dtype) else out.dtype)
            self.fill.write(memory[start // memory.dtype.itemsize :])
            return out
        if not self.waiting:
            return func(*args, **kwargs)
        given = [each for each in tree_leaves((args, kwargs)) if isinstance(each, Tensor)]
        if any(map(self._of, given)):
            alone = len(given) == 1 and given[0] is (args[0] if args else None)
            if alone and _only_writes(func, kwargs):
                return self._later(func, args, kwargs)
            if alone and packet is aten.clone and _fills_its_storage(args[0]):
                return self._clone(func, args, kwargs)
            out = func(*args, **kwargs) if alone and func.is_view else None
            if out is not None and all(view.dim() for view in tree_leaves(out)):
                return out  # a single number is read soon, perhaps as torch.tensor([number]) does
            for tensor in given:
                self.settle(tensor)
        return func(*args, **kwargs)

    def _of(self, tensor: Tensor) -> _Waiting | None:
        """The memory of a tensor, if it waits."""
        if tensor.layout != torch.strided or tensor.is_meta or not self.waiting:
            return None
        return self.waiting.get(tensor.untyped_storage()._cdata)

    def _allocated(self, out: Tensor) -> None:
        storage, odd = out.untyped_storage(), _is_odd(out.dtype)
        dtype = torch.uint8 if odd else out.dtype
        if self.at_once or odd or storage.nbytes() < LARGE:
            whole = _fills_its_storage(out) and out.is_contiguous() and not odd
            self.fill.write(out if whole else _whole(storage, dtype))
        else:
            self._wait(out).writes.append(lambda memory: self.fill.write(_whole(memory, dtype)))

    def _wait(self, tensor: Tensor) -> _Waiting:
        storage = tensor.untyped_storage()
        self.waiting[storage._cdata] = found = _Waiting(StorageWeakRef(storage))
        return found

    def _later(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Tensor:
        """Let a write wait; a draw gets a generator of its own, so that a clone draws the same."""
        tensor, *rest = args
        func(tensor.new_zeros([1] * tensor.dim()), *rest, **kwargs)  # may raise
        place = tensor.storage_offset(), tensor.size(), tensor.stride()
        dtype, device, self.draws = tensor.dtype, tensor.device, self.draws + 1
        drawn, seed = any(each.name == "generator" for each in func._schema.arguments), self.draws

        def write(memory: torch.UntypedStorage) -> None:
            view = torch.empty(0, dtype=dtype, device=device).set_(memory, *place)
            if drawn:
                kwargs["generator"] = torch.Generator(device).manual_seed(seed)
            func(view, *rest, **kwargs)

        waiting = self._of(tensor)
        assert waiting is not None
        if func.overloadpacket in OVERWRITE and _fills_its_storage(tensor):
            waiting.writes.clear()
            waiting.written = True
        waiting.writes.append(write)
        return tensor

    def _clone(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Tensor:
        """A copy that waits as the original does, if it gets the same form."""
        out = torch.empty_like(args[0], **kwargs)
        waiting = self._of(args[0])
        if out.stride() != args[0].stride() or waiting is None:
            self.settle(args[0])
            return func(*args, **kwargs)
        copy = self._wait(out)
        copy.writes, copy.written = list(waiting.writes), waiting.written
        return out

    def is_written(self, tensor: Tensor) -> bool:
        """Whether a tensor's memory waits and has been written as a whole."""
        waiting = self._of(tensor)
        return waiting is not None and waiting.written

    def settle(self, tensor: Tensor) -> None:
        """Do all that waits for a tensor's memory."""
        if self._of(tensor):
            self._settle(tensor.untyped_storage())

    def _settle(self, storage: torch.UntypedStorage) -> None:
        for write in self.waiting.pop(storage._cdata).writes:
            write(storage)

    def settle_all(self) -> None:
        """Do all that waits, and let nothing wait from now on."""
        self.at_once = True
        references = [waiting.reference for waiting in self.waiting.values()]
        for reference in references:
            storage: Any = torch.UntypedStorage._new_with_weak_ptr(reference.cdata)
            if storage is not None:  # some tensor still has it
                self._settle(storage)


@contextmanager
def _in_threads(lazily: _Lazily) -> Iterator[None]:
    """Fills what threads that start meanwhile allocate, too; from the first on nothing waits any more."""
    start, modes = threading.Thread.start, [lazily]

    def watched(thread: threading.Thread) -> None:
        lazily.settle_all()
        modes.append(mode := _Lazily(lazily.fill))
        mode.at_once, run = True, thread.run

        def filled() -> None:
            with mode:
                run()

        thread.run = filled  # type: ignore[method-assign]
        start(thread)

    threading.Thread.start = watched  # type: ignore[method-assign]
    try:
        yield
    finally:
        threading.Thread.start = start  # type: ignore[method-assign]
        for mode in modes:
            mode.over = True


class _Reads(TorchFunctionMode):
    """Does all that waits for a tensor before its memory is read without an operation of torch."""

    def __init__(self, lazily: _Lazily) -> None:
        super().__init__()
        self.lazily = lazily

    def __torch_function__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Run `func`."""
        if func in RAW and self.lazily.waiting:
            for each in tree_leaves((args, kwargs)):
                if isinstance(each, Tensor):
                    self.lazily.settle(each)
        return func(*args, **(kwargs or {}))


def _whole(memory: torch.UntypedStorage, dtype: torch.dtype) -> Tensor:
    """All of some memory, as a tensor."""
    return torch.empty(0, dtype=dtype, device=memory.device).set_(memory)


def _only_writes(func: Any, kwargs: dict[str, Any]) -> bool:
    """Whether an operation changes its first argument, reads no other and draws from torch's own numbers."""
    first = func._schema.arguments[0].alias_info if func._schema.arguments else None
    changes = first is not None and first.is_write and len(func._schema.returns) == 1
    return changes and torch.Tag.inplace_view not in func.tags and kwargs.get("generator") is None


def _fills_its_storage(tensor: Tensor) -> bool:
    return tensor.nbytes == tensor.untyped_storage().nbytes() and tensor.storage_offset() == 0


def main(arguments: Sequence[str] | None = None) -> int:
    """The program: names what `package.module:build` leaves unwritten; see the text above."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("build", metavar="package.module:build", help="what constructs the module")
    name = parser.parse_args(arguments).build
    try:
        names = find_uninitialized(load(name))
    except (Exception, SystemExit) as error:  # the builder is not ours: it may raise anything
        print(f"uninitialized.py: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    print(*names or [f"{name} writes all its parameters and buffers"], sep="\n")
    return int(bool(names))


def load(name: str) -> Any:
    """What "package.module:build" names, imported from the current folder or the installed packages."""
    module, _, path = name.partition(":")
    if not module or "/" in module or "\\" in module or module.endswith(".py"):
        raise ImportError(f"{name} names a file: write package.module:build, as in an import")
    if "" not in sys.path:
        sys.path.insert(0, "")
    found: Any = importlib.import_module(module)
    for part in path.split(".") if path else []:
        if not hasattr(found, part):
            raise ImportError(f"{module} has no {path}: write package.module:build")
        found = getattr(found, part)
    if not path:
        raise ImportError(f"{name} names no function: write package.module:build")
    return found


if __name__ == "__main__":
    sys.exit(main())
