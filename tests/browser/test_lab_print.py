"""Tensors as the lab prints them against the installed torch, character by character, in a real browser."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

import pytest
import torch
from playwright.sync_api import Browser, Page
from torch import nn

from tests.lab.modules import call, modules, to_base64


@pytest.fixture(scope="module")
def lab(browser: Browser, address: str) -> Iterator[Page]:
    """A page whose modules the tests call."""
    with modules(browser, address) as page:
        yield page


def printed_tensors(count: int, seed: int) -> list[torch.Tensor]:
    """Tensors that use every rule of printing: scales, whole numbers, ties, odd values, corners."""
    rng = random.Random(seed)
    generator = torch.Generator().manual_seed(seed)
    odd = torch.tensor([0.0, -0.0, math.nan, math.inf, -math.inf, 1e-45, 3e38, 1e8, 1e-4, 0.5])

    def tensor() -> torch.Tensor:
        if rng.random() < 0.02:
            shape = rng.choice([[1001], [40, 30], [2, 7, 80], [7, 7, 7, 7], [1, 1300], [500, 2, 2]])
        else:
            shape = [rng.randrange(6) for _ in range(rng.randrange(5))]
            shape = rng.choice([shape, [rng.randrange(60)], [rng.randrange(1, 4)]])
        values = torch.randn(shape, generator=generator)
        values = values * 10 ** rng.uniform(-6, 6) if rng.random() < 0.5 else values
        kind = rng.randrange(6)
        if kind == 0:
            values = (values * 10).round()
        elif kind == 1:  # many ties
            values = (values * 64).round() / rng.choice([32, 64, 2**20, 2**-20])
        elif kind == 2:
            wild = torch.rand(shape, generator=generator) < 0.4
            picked = torch.randint(len(odd), shape, generator=generator)
            values = torch.where(wild, odd[picked], values)
        elif kind == 3:
            patterns = torch.randint(-(2**31), 2**31, shape, generator=generator)
            values = patterns.to(torch.int32).view(torch.float32) if shape else values
        return values

    return [tensor() for _ in range(count)]


@pytest.mark.parametrize("batch", range(3))
def test_two_thousand_tensors_print_as_torch_prints_them(lab: Page, batch: int) -> None:
    tensors = printed_tensors(2000, seed=batch)
    given = [[to_base64(tensor.numpy()), list(tensor.shape)] for tensor in tensors]
    code = """const options = { prefix: "Parameter containing:\\n", requiresGrad: true };
    return given.map(([text, shape]) => {
        const values = floats(text);
        return [lab.formatTensor(values, shape), lab.formatTensor(values, shape, options)];
    });"""
    found = call(lab, "print", code, given)
    for tensor, (plain, parameter) in zip(tensors, found, strict=True):
        assert plain == str(tensor)
        assert parameter == repr(nn.Parameter(tensor))
