"""Attacks on the claims of docs/lab.md: torch draws other numbers, or in another order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from tests.sabotage.registry import after_reset, attacks, replaced

rand, randn, manual_seed = torch.rand, torch.randn, torch.manual_seed


@attacks("seed-has-32-bits")
def seed_mixes_its_upper_half_in() -> Iterator[None]:
    """manual_seed adds the upper 32 bits of the seed to the lower ones."""

    def mixed(seed: int) -> torch.Generator:
        seed %= 2**64
        return manual_seed((seed + (seed >> 32)) % 2**32)

    with replaced(torch, "manual_seed", mixed):
        yield


@attacks("seed-has-32-bits")
def seed_has_31_bits() -> Iterator[None]:
    """manual_seed ignores bit 31 as well."""
    with replaced(torch, "manual_seed", lambda seed: manual_seed(seed % 2**31)):
        yield


@attacks("rand-is-the-mersenne-twister")
def rand_keeps_the_high_bits() -> Iterator[None]:
    """torch.rand keeps 23 bits instead of 24."""

    def coarse(*shape: Any) -> torch.Tensor:
        return (rand(*shape) * 2**23).floor() * 2.0**-23

    with replaced(torch, "rand", coarse):
        yield


@attacks("rand-is-the-mersenne-twister", "linear-stretches-rand")
def rand_skips_a_number() -> Iterator[None]:
    """torch.rand throws its first number away."""

    def late(n: int) -> torch.Tensor:
        return rand(n + 1)[1:]

    with replaced(torch, "rand", late):
        yield


@attacks("linear-stretches-rand")
def linear_draws_its_bias_first() -> Iterator[None]:
    """nn.Linear draws the bias before the weight."""

    def reset(self: nn.Linear) -> None:
        bound = self.in_features**-0.5
        for parameter in (self.bias, self.weight):
            if parameter is not None:
                nn.init.uniform_(parameter, -bound, bound)

    with replaced(nn.Linear, "reset_parameters", reset):
        yield


@attacks("linear-stretches-rand")
def linear_rounds_another_way() -> Iterator[None]:
    """nn.Linear's numbers are one last place off."""

    def off(self: nn.Linear) -> None:
        self.weight.copy_(torch.nextafter(self.weight, torch.ones(())))

    with after_reset(nn.Linear, off):
        yield


@attacks("few-normal-numbers")
def randn_forgets_the_second_of_a_pair() -> Iterator[None]:
    """torch.randn keeps no number for the next call."""

    def forgetful(n: int) -> torch.Tensor:
        return randn(n + n % 2)[:n]

    with replaced(torch, "randn", forgetful):
        yield


@attacks("few-normal-numbers", "the-last-sixteen-are-drawn-anew")
def randn_always_draws_in_blocks() -> Iterator[None]:
    """torch.randn draws whole blocks of 16 for any count, and cuts what is too much."""

    def blocks(n: int) -> torch.Tensor:
        return randn(-(-n // 16) * 16)[:n]

    with replaced(torch, "randn", blocks):
        yield


@attacks("many-normal-numbers")
def embedding_draws_one_by_one() -> Iterator[None]:
    """nn.Embedding draws its weight as a few numbers are drawn."""

    def reset(self: nn.Embedding) -> None:
        with torch.no_grad():
            flat = self.weight.view(-1)
            for start in range(0, flat.numel(), 10):
                flat[start : start + 10] = randn(min(10, flat.numel() - start))

    with replaced(nn.Embedding, "reset_parameters", reset):
        yield


@attacks("many-normal-numbers")
def embedding_is_a_little_narrow() -> Iterator[None]:
    """nn.Embedding scales what it draws by 0.9999."""
    with after_reset(nn.Embedding, lambda self: self.weight.mul_(0.9999)):
        yield


@attacks("the-last-sixteen-are-drawn-anew")
def few_numbers_begin_a_block() -> Iterator[None]:
    """torch.randn takes fewer than 16 numbers from the beginning of a block of 16."""
    with replaced(torch, "randn", lambda n: randn(16)[:n] if n < 16 else randn(n)):
        yield


@attacks("the-last-sixteen-are-drawn-anew")
def randn_redraws_too_much() -> Iterator[None]:
    """torch.randn draws its last 32 numbers anew."""

    def more(n: int) -> torch.Tensor:
        drawn = randn(n)
        if n % 16 and n > 32:
            drawn[-32:] = randn(32)
        return drawn

    with replaced(torch, "randn", more):
        yield


@attacks("an-earlier-draw-moves-later-ones")
def linear_seeds_itself() -> Iterator[None]:
    """nn.Linear starts from a seed of its own, so nothing before it matters."""
    reset = nn.Linear.reset_parameters

    def own(self: nn.Linear) -> None:
        manual_seed(0)
        reset(self)

    with replaced(nn.Linear, "reset_parameters", own):
        yield


@attacks("an-earlier-draw-moves-later-ones")
def layer_norm_draws() -> Iterator[None]:
    """nn.LayerNorm draws a number that it does not use."""
    with after_reset(nn.LayerNorm, lambda self: rand(1)):
        yield
