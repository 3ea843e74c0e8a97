"""Random scripts of one to four layers, as the lab takes them, and the tensors that torch makes of each."""

from __future__ import annotations

import math
import random
import warnings
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

SEEDS = (0, 1, -1, 2**32 - 1, 2**32, 2**63 - 1, 2**64 - 1, -(2**63))


@dataclass(frozen=True)
class Script:
    """A seed, and the calls after it: method of the lab's `Generator` and its arguments."""

    seed: int
    calls: list[tuple[str, dict[str, Any]]]

    def in_torch(self) -> list[torch.Tensor]:
        """The tensors in the order in which torch draws them."""
        torch.manual_seed(self.seed)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Initializing zero-element tensors")
            return [tensor for name, given in self.calls for tensor in _make(name, given)]


def _make(name: str, given: dict[str, Any]) -> list[torch.Tensor]:
    if name in ("rand", "randn"):
        return [getattr(torch, name)(given["shape"])]
    if name == "linear":
        layer: nn.Module = nn.Linear(given["inFeatures"], given["outFeatures"], bias=given["bias"])
    else:
        layer = nn.Embedding(
            given["numEmbeddings"], given["embeddingDim"], padding_idx=given["paddingIdx"]
        )
    return [parameter.detach() for parameter in layer.parameters()]


def random_scripts(count: int, seed: int) -> list[Script]:
    """Scripts of all kinds of calls; sizes from 0 on, small ones more often than large ones."""
    rng = random.Random(seed)

    def size(most: int) -> int:
        return 0 if rng.random() < 0.02 else round(math.exp(rng.uniform(0, math.log(most))))

    def call() -> tuple[str, dict[str, Any]]:
        name = rng.choice(("rand", "randn", "linear", "embedding"))
        if name in ("rand", "randn"):
            several = [size(9) for _ in range(rng.randrange(5))]
            return name, {"shape": rng.choice((several, [size(3000)]))}
        if name == "linear":
            sizes = {"inFeatures": size(80), "outFeatures": size(80)}
            return name, {**sizes, "bias": rng.random() < 0.7}
        rows = size(80)
        padding = rng.randrange(-rows, rows) if rows and rng.random() < 0.4 else None
        return name, {"numEmbeddings": rows, "embeddingDim": size(50), "paddingIdx": padding}

    def script() -> Script:
        small, any_seed = rng.randrange(100), rng.randrange(-(2**63), 2**64)
        layers = rng.choice((1, 1, 2, 4))
        return Script(rng.choice((*SEEDS, small, any_seed)), [call() for _ in range(layers)])

    return [script() for _ in range(count)]
