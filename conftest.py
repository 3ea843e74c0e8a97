"""Every test, the pages' fences included, runs as the build runs a page: on one thread, torch as new."""

from __future__ import annotations

import os
from collections.abc import Iterator

os.environ["OMP_NUM_THREADS"] = "1"  # before the first import of torch, like the build

import pytest
import torch

import tests.fences  # noqa: F401  its runner becomes the fences'


@pytest.fixture(autouse=True)
def torch_as_new() -> Iterator[None]:
    """Put torch's global settings back after each test: fences share the process of the tests."""
    yield
    torch.set_default_dtype(torch.float32)
    if torch.are_deterministic_algorithms_enabled():  # the call imports torch's compiler: seconds
        torch.use_deterministic_algorithms(False)
    torch.utils.deterministic.fill_uninitialized_memory = True
    torch.set_grad_enabled(True)
    torch.set_default_device(None)
