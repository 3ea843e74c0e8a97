"""Unwritten memory is marked inside the block and nowhere else."""

from __future__ import annotations

import pytest
import torch

from snippets.unwritten import unwritten_is_nan


def test_only_what_nobody_wrote_is_marked() -> None:
    with unwritten_is_nan():
        assert torch.empty(3, 4).isnan().all()
        assert torch.empty(3, dtype=torch.bool).all()
        assert not torch.zeros(3, 4).isnan().any()


@pytest.mark.parametrize("mode", [0, 1, 2])
def test_the_mode_is_afterwards_as_it_was(mode: int) -> None:
    torch.set_deterministic_debug_mode(mode)
    try:
        with unwritten_is_nan():
            assert torch.get_deterministic_debug_mode() == 1
        assert torch.get_deterministic_debug_mode() == mode
        with pytest.raises(RuntimeError), unwritten_is_nan():
            torch.empty(-1)
        assert torch.get_deterministic_debug_mode() == mode
    finally:
        torch.set_deterministic_debug_mode(0)
