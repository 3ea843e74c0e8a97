"""Attacks on docs/seeds.md: streams that move where they should rest, or rest where they should move."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils import data

from tests.sabotage.registry import attacks, replaced, unseeded


@attacks("seed-and-order-fix-the-draw")
def xavier_uniform_ignores_the_seed() -> Iterator[None]:
    """xavier_uniform_ draws from a generator that torch.manual_seed does not reach."""
    with replaced(nn.init, "xavier_uniform_", unseeded(nn.init.xavier_uniform_)):
        yield


@attacks("seed-and-order-fix-the-draw")
def xavier_uniform_starts_anew_each_time() -> Iterator[None]:
    """xavier_uniform_ draws the same numbers at every call, so that no order matters."""
    xavier = nn.init.xavier_uniform_

    def anew(tensor: Tensor, **kwargs: Any) -> Tensor:
        generator = torch.Generator().manual_seed(torch.initial_seed())
        return xavier(tensor, **kwargs, generator=generator)

    with replaced(nn.init, "xavier_uniform_", anew):
        yield


def _quiet(kind: Any, when: Callable[[Any], bool] = lambda _: True) -> AbstractContextManager[None]:
    """Iterators over `kind`, those of which `when` is true, put the global stream back where it was."""
    iterate = kind.__iter__

    def quiet(self: Any) -> Iterator[Any]:
        if not when(self):
            return iterate(self)
        with torch.random.fork_rng(devices=[]):
            return iter([*iterate(self)])

    return replaced(kind, "__iter__", quiet)


def _drawing(kind: Any) -> AbstractContextManager[None]:
    """Iterators over `kind` take one number more from the global stream."""
    iterate = kind.__iter__

    def draws(self: Any) -> Iterator[Any]:
        torch.rand(())
        return iterate(self)

    return replaced(kind, "__iter__", draws)


@attacks("dataloader-moves-the-stream")
def dataloader_leaves_the_stream_alone() -> Iterator[None]:
    """A DataLoader puts the global stream back where it was."""
    with _quiet(data.DataLoader):
        yield


@attacks("dataloader-moves-the-stream")
def dataloader_draws_only_to_shuffle() -> Iterator[None]:
    """A DataLoader that does not shuffle takes nothing from the global stream."""
    with _quiet(data.DataLoader, lambda self: not isinstance(self.sampler, data.RandomSampler)):
        yield


@attacks("dataloader-moves-the-stream")
def dataloader_ignores_its_generator() -> Iterator[None]:
    """A DataLoader with a generator draws from the global stream as well."""
    with _drawing(data.DataLoader):
        yield


@attacks("dataloader-moves-the-stream")
def a_sampler_ignores_its_generator() -> Iterator[None]:
    """A RandomSampler with a generator draws its seed from the global stream as well."""
    with _drawing(data.RandomSampler):
        yield


@attacks("dataloader-moves-the-stream")
def a_sampler_uses_the_generator_of_its_loader() -> Iterator[None]:
    """A RandomSampler without a generator leaves the global stream alone."""
    with _quiet(data.RandomSampler):
        yield


def _drawn_in(
    dtype: torch.dtype, *, whenever: tuple[torch.dtype, ...]
) -> AbstractContextManager[None]:
    """A `kaiming_uniform_` that draws tensors of the dtypes `whenever` in `dtype`, then converts."""
    kaiming = nn.init.kaiming_uniform_

    def drawn(tensor: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if tensor.dtype not in whenever:
            return kaiming(tensor, *args, **kwargs)
        with torch.no_grad():
            return tensor.copy_(kaiming(torch.empty(tensor.shape, dtype=dtype), *args, **kwargs))

    return replaced(nn.init, "kaiming_uniform_", drawn)


@attacks("float64-draws-other-numbers")
def float64_converts_a_float32_draw() -> Iterator[None]:
    """A float64 Linear is drawn in float32 and converted."""
    with _drawn_in(torch.float32, whenever=(torch.float64,)):
        yield


@attacks("float64-draws-other-numbers")
def half_precision_rounds_a_float64_draw() -> Iterator[None]:
    """A Linear in bfloat16 or float16 is drawn in float64 and rounded."""
    with _drawn_in(torch.float64, whenever=(torch.bfloat16, torch.float16)):
        yield


@attacks("float64-draws-other-numbers")
def an_embedding_in_float64_rounds() -> Iterator[None]:
    """normal_ draws float64 tensors in float32 and converts."""
    normal = nn.init.normal_

    def rounded(tensor: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        with torch.no_grad():
            return tensor.copy_(normal(torch.empty(tensor.shape), *args, **kwargs))

    with replaced(nn.init, "normal_", rounded):
        yield


@attacks("threads-change-no-draw")
def threads_draw_from_both_ends() -> Iterator[None]:
    """With several threads kaiming_uniform_ hands out the rows in another order."""
    kaiming = nn.init.kaiming_uniform_

    def shared(tensor: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        kaiming(tensor, *args, **kwargs)
        with torch.no_grad():
            return tensor.copy_(tensor.flip(0)) if torch.get_num_threads() > 1 else tensor

    with replaced(nn.init, "kaiming_uniform_", shared):
        yield


@attacks("threads-change-no-draw")
def the_eighth_thread_draws_too() -> Iterator[None]:
    """With eight threads or more normal_ skips a number of the stream."""
    normal = nn.init.normal_

    def skips(tensor: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if torch.get_num_threads() > 7:
            torch.rand(())
        return normal(tensor, *args, **kwargs)

    with replaced(nn.init, "normal_", skips):
        yield


@attacks("rng-state-goes-on")
def a_state_is_not_restored() -> Iterator[None]:
    """set_rng_state leaves the stream where it is."""
    with replaced(torch, "set_rng_state", lambda state: None):
        yield


@attacks("rng-state-goes-on")
def a_state_is_the_seed_alone() -> Iterator[None]:
    """set_rng_state goes back to the beginning, as manual_seed does."""
    with replaced(torch, "set_rng_state", lambda state: torch.manual_seed(torch.initial_seed())):
        yield


@attacks("rng-state-goes-on")
def a_seed_in_use_is_kept() -> Iterator[None]:
    """manual_seed does nothing when the stream has that seed already."""
    seed = torch.manual_seed

    def kept(number: int) -> Any:
        return torch.default_generator if torch.initial_seed() == number else seed(number)

    with replaced(torch, "manual_seed", kept):
        yield
