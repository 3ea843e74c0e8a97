"""See what nobody wrote: torch marks unwritten memory with NaN."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def unwritten_is_nan() -> Iterator[None]:
    """In the block, memory that torch allocates and nobody writes holds NaN (True, an integer's maximum).

    Deterministic mode does it, and is afterwards as it was, also when the block raises.
    Source: `fill_empty_deterministic_` in torch's ATen/native/TensorFactories.h.
    """
    found = torch.get_deterministic_debug_mode()
    torch.set_deterministic_debug_mode("warn")  # use_deterministic_algorithms loads the compiler
    try:
        yield
    finally:
        torch.set_deterministic_debug_mode(found)
