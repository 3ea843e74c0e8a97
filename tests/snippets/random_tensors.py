"""Random tensors of the kinds that people hand to `decode`: draws, states, any bits; none holds text."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import torch
from torch import Tensor, nn

from snippets.bits import FORMATS


def _linear(n: int) -> Tensor:
    side = max(1, math.isqrt(n))
    return nn.Linear(side, side, bias=False).weight.detach().flatten()


def _repeated(n: int) -> Tensor:
    return torch.randn(-(-n // 8)).repeat(8)[:n]


def _rows(n: int) -> Tensor:
    return torch.randn(1, -(-n // 4)).expand(4, -1).flatten()[:n]


KINDS: dict[str, Callable[[int, random.Random], Tensor]] = {
    "normal": lambda n, rng: torch.randn(n),
    "uniform": lambda n, rng: torch.rand(n),
    "linear": lambda n, rng: _linear(n),
    "any scale": lambda n, rng: torch.randn(n) * 10 ** rng.uniform(-20, 18),
    "one sign": lambda n, rng: torch.rand(n) * 10 ** rng.uniform(-20, 18),
    "narrow": lambda n, rng: rng.uniform(0.5, 4) + torch.randn(n) * 10 ** rng.uniform(-6, -1),
    "squares": lambda n, rng: (torch.randn(n) * 10 ** rng.uniform(-10, 2)).square(),
    "any decade": lambda n, rng: 10 ** torch.empty(n).uniform_(-20, 18),
    "repeated": lambda n, rng: _repeated(n),
    "rows": lambda n, rng: _rows(n),
    "fractions": lambda n, rng: torch.randint(1, 1000, (n,)) / torch.randint(1, 1000, (n,)),
    "constant": lambda n, rng: torch.full((n,), rng.gauss(0, 1)),
    "evenly": lambda n, rng: torch.linspace(0, rng.uniform(0.1, 100), n),
    "any bits": lambda n, rng: torch.randint(0, 256, (4 * n,), dtype=torch.uint8).view(
        torch.float32
    ),
}
CONVERTED = (torch.float32, torch.float32, torch.float64, torch.bfloat16, torch.float16)


def random_tensor(seed: int, most: int = 100_000) -> tuple[str, Tensor]:
    """A tensor of 1 to `most` values and what it is, from a seed."""
    rng = random.Random(seed)
    torch.manual_seed(seed)
    kind = rng.choice([*KINDS])
    n = round(math.exp(rng.uniform(0, math.log(most))))
    tensor, dtype = KINDS[kind](n, rng), rng.choice(CONVERTED)
    if kind == "any bits" and rng.random() < 0.5:
        tensor = torch.randint(0, 256, (8 * n,), dtype=torch.uint8).view(dtype)[:n]
    elif kind in ("normal", "uniform") and dtype == torch.float64:
        tensor = getattr(torch, "randn" if kind == "normal" else "rand")(n, dtype=dtype)
    else:
        tensor = tensor.to(dtype)
    if rng.random() < 0.3:
        tensor = tensor.clone()
        tensor[rng.randrange(len(tensor)) :] *= -1
    assert tensor.dtype in FORMATS
    return f"{kind}, {tensor.dtype}, {len(tensor)} values, seed {seed}", tensor
