"""The table of defaults holds for another seed, other shapes and another dtype than the page shows."""

from __future__ import annotations

import torch

from snippets.defaults import measure
from tests.snippets.test_defaults import SHAPES, quiet

__all__ = ["quiet"]


def test_the_table_holds_for_another_seed() -> None:
    torch.manual_seed(1001)
    fresh = measure(times=4)
    assert fresh.failures() == []
    assert sum(row.control is not None for row in fresh) > 250


def test_the_table_holds_for_other_shapes() -> None:
    torch.manual_seed(2001)
    assert measure(SHAPES, times=4).failures() == []


def test_the_table_holds_in_float64() -> None:
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(3001)
    assert measure().failures() == []
