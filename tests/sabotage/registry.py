"""The list of attacks: `@attacks("claim", …)` on a context manager, and helpers to break torch for its span."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

Sabotage = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True)
class Attack:
    """One claim under one sabotage; `what` says in a sentence how torch is broken."""

    claim: str
    name: str
    what: str
    sabotage: Sabotage


ATTACKS: list[Attack] = []


def attacks(*claims: str) -> Callable[[Callable[[], Iterator[None]]], Sabotage]:
    """Register a generator function (its first docstring line says what it breaks) against `claims`."""

    def register(function: Callable[[], Iterator[None]]) -> Sabotage:
        sabotage = contextlib.contextmanager(function)
        what = (function.__doc__ or "").strip().splitlines()
        if not what:
            raise ValueError(f"{function.__name__} needs a docstring: what does it break?")
        for claim in claims:
            ATTACKS.append(Attack(claim, function.__name__, what[0], sabotage))
        return sabotage

    return register


@contextlib.contextmanager
def replaced(owner: Any, name: str, replacement: Any) -> Iterator[None]:
    """`owner.name` is `replacement` within the block, and what it was afterwards."""
    original = getattr(owner, name)
    setattr(owner, name, replacement)
    try:
        yield
    finally:
        setattr(owner, name, original)


@contextlib.contextmanager
def sparing_rows(optimizer: type[torch.optim.Optimizer]) -> Iterator[None]:
    """Within the block `optimizer` leaves rows alone whose gradient is 0."""
    step = optimizer.step

    def sparing(self: torch.optim.Optimizer, *rest: Any) -> Any:
        parameters = [p for group in self.param_groups for p in group["params"]]
        before = [p.detach().clone() for p in parameters]
        result = step(self, *rest)
        with torch.no_grad():
            for p, old in zip(parameters, before, strict=True):
                p.copy_(torch.where(p.grad.any(1, keepdim=True), p, old))
        return result

    with replaced(optimizer, "step", sparing):
        yield


def lookup(change: Callable[..., Tensor]) -> AbstractContextManager[None]:
    """Within the block `F.embedding` is `change(original, ids, weight, **options)`."""
    original = F.embedding
    names = ("padding_idx", "max_norm", "norm_type", "scale_grad_by_freq", "sparse")

    def changed(ids: Tensor, weight: Tensor, *rest: Any, **named: Any) -> Tensor:
        return change(original, ids, weight, **dict(zip(names, rest, strict=False)), **named)

    return replaced(F, "embedding", changed)


def without(name: str, value: Any) -> AbstractContextManager[None]:
    """The lookup gets `value` for its option `name`, whatever it was given."""
    return lookup(lambda f, ids, weight, **options: f(ids, weight, **options | {name: value}))


def densify(kind: type[torch.optim.Optimizer]) -> AbstractContextManager[None]:
    """Within the block `kind` turns sparse gradients into dense ones before its step."""
    step = kind.step

    def dense(self: torch.optim.Optimizer, closure: Callable[[], Any] | None = None) -> Any:
        if closure:
            with torch.enable_grad():
                closure()
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None and parameter.grad.is_sparse:
                    parameter.grad = parameter.grad.to_dense()
        return step(self)

    return replaced(kind, "step", dense)


def after_reset(
    layer: type[torch.nn.Module], change: Callable[[Any], object], name: str = "reset_parameters"
) -> AbstractContextManager[None]:
    """Within the block a new `layer` starts as ever, and then `change`s; `name` is that of its reset."""
    reset = getattr(layer, name)

    def changed(self: torch.nn.Module) -> None:
        reset(self)
        with torch.no_grad():
            change(self)

    return replaced(layer, name, changed)


def unseeded(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """`function`, drawing from a generator of its own that no seed reaches."""
    generator = torch.Generator()
    generator.seed()

    def drawn(tensor: Tensor, **kwargs: Any) -> Tensor:
        return function(tensor, **kwargs, generator=generator)

    return drawn


@contextlib.contextmanager
def shifted(seed: int) -> Iterator[None]:
    """Every seed that a page sets is another one, also in a generator of its own, and it does not notice."""
    original, first, more = torch.manual_seed, torch.initial_seed, 1000 * seed

    class Generator(torch.Generator):
        @functools.wraps(torch.Generator.manual_seed)
        def manual_seed(self, number: int) -> torch.Generator:
            plain = 0 <= number < 2**32  # others are set for what becomes of such a seed
            return super().manual_seed(number + more if plain else number)

    with (
        replaced(torch, "manual_seed", lambda number: original(number + more)),
        replaced(torch, "initial_seed", lambda: first() - more),
        replaced(torch, "Generator", Generator),
    ):
        yield
