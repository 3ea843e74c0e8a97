"""Where bits are claimed."""

from __future__ import annotations

import platform

import pytest
import torch

from snippets.scope import bits_are_claimed_here


@pytest.mark.parametrize(
    ("system", "machine", "capability", "claimed"),
    [
        ("Linux", "x86_64", "AVX512", True),
        ("Linux", "x86_64", "AVX2", True),
        ("Linux", "x86_64", "DEFAULT", False),
        ("Linux", "aarch64", "DEFAULT", False),
        ("Darwin", "arm64", "DEFAULT", False),
        ("Windows", "AMD64", "AVX2", False),
    ],
)
def test_bits_are_claimed_on_linux_with_avx2_only(
    monkeypatch: pytest.MonkeyPatch, system: str, machine: str, capability: str, claimed: bool
) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: capability)
    assert bits_are_claimed_here() is claimed
