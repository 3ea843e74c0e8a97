"""The bound grows with the terms of the sum and their size, and real products stay within it."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from snippets.rounding import rounding_bound


def test_the_bound_is_the_stated_one() -> None:
    x, weight, bias = torch.tensor([[1.0, -2.0]]), torch.tensor([[3.0, 4.0]]), torch.tensor([-5.0])
    eps = torch.finfo(torch.float32).eps
    assert rounding_bound(x, weight).tolist() == [[4 * eps * 11]]
    assert rounding_bound(x[0], weight, bias).tolist() == [4 * eps * 16]
    assert rounding_bound(x, weight).dtype == torch.float64
    assert not rounding_bound(x.requires_grad_(), weight.requires_grad_(), bias).requires_grad


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_product_stays_within_it_and_one_that_is_wrong_does_not(dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    x, weight = torch.randn(8, 60, dtype=dtype), torch.randn(9, 60, dtype=dtype)
    exact, bound = x.double() @ weight.double().T, rounding_bound(x, weight)
    assert ((F.linear(x, weight) - exact).abs() <= bound).all()
    assert not ((F.linear(x, weight) + 2 * bound - exact).abs() <= bound).any()
