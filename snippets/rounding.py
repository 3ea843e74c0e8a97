"""How far two ways to compute the same product may be apart, whatever the order of the terms."""

from __future__ import annotations

import torch
from torch import Tensor


def rounding_bound(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """The most that two ways to compute x @ weight.T + bias may differ, for each output, in float64.

    A sum of `in` products and a bias is rounded about once a term, each time by at most half of
    `eps` of what is added so far (Higham, Accuracy and Stability of Numerical Algorithms, chapter 3):
    (in + 2) · eps · (|x| @ |weight|.T + |bias|). x is (…, in), weight (out, in), bias (out,).
    """
    size = torch.matmul(x.detach().double().abs(), weight.detach().double().abs().T)
    if bias is not None:
        size = size + bias.detach().double().abs()
    return (x.shape[-1] + 2) * torch.finfo(x.dtype).eps * size
