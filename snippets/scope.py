"""Where claims about exact bits were proven, and whether this machine is such a place."""

from __future__ import annotations

import platform

import torch


def bits_are_claimed_here() -> bool:
    """True on Linux x86-64 with AVX2 or AVX-512, where the claims about equal bits were proven.

    Elsewhere compilers and math libraries round other steps: both results are right within rounding,
    and the page says "not claimed here" instead of failing.
    """
    return (
        platform.system() == "Linux"
        and platform.machine() == "x86_64"
        and torch.backends.cpu.get_cpu_capability() in ("AVX2", "AVX512")
    )
