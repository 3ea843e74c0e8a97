"""Whether torch draws here, to the bit, the numbers that the lab computes."""

from __future__ import annotations

import functools
import platform
import zlib

import torch
from torch import nn

WRITTEN = 0xEFEC3FA7
"""CRC-32 of what they hold on Linux x86-64 with AVX2."""


@functools.cache
def bits_as_written() -> bool:
    """True where a Linear and an Embedding hold the lab's numbers; elsewhere other steps are rounded."""
    torch.manual_seed(0)
    layers = nn.Linear(64, 64), nn.Embedding(100, 8)
    drawn = torch.cat([layer.weight.detach().flatten() for layer in layers])
    same = zlib.crc32(drawn.numpy().tobytes()) == WRITTEN
    vectors = torch.backends.cpu.get_cpu_capability() in ("AVX2", "AVX512")
    if platform.system() == "Linux" and platform.machine() == "x86_64" and vectors:
        assert same, (
            "torch draws other numbers where the lab was read: it is wrong for this release"
        )
    return same
