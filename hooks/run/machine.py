"""What a proof depends on beside its code: torch, the kernels that it chose for this processor, the system."""

from __future__ import annotations

import functools
import platform
import re

from hooks.run.pins import installed_torch


@functools.cache
def kernels() -> str:
    """The instruction set and the BLAS that torch has chosen here. Imports torch."""
    import torch

    found = re.search(r"BLAS_INFO=(\w+)", torch.__config__.show())
    blas = f", BLAS {found[1]}" if found else ""
    return f"CPU capability {torch.backends.cpu.get_cpu_capability()}{blas}"


def describe(kernels: str = "") -> str:
    """One line for a report: torch, its kernels where they are known, Python, system and processor."""
    python = f"Python {platform.python_version()}"
    parts = [
        f"torch {installed_torch()}",
        kernels,
        python,
        f"{platform.system()} {platform.machine()}",
    ]
    return ", ".join(filter(None, parts))
