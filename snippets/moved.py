"""Which parameters a training step moves."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def moved(model: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor) -> list[str]:
    """Names of the parameters of `model` that one step of `optimizer` changes.

    The loss is the sum of squares of `model(x)`; old gradients are cleared before. A parameter that
    is not listed kept every value: it got no gradient, a gradient of 0, or the optimizer lacks it.
    """
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    optimizer.zero_grad()
    model(x).square().sum().backward()
    optimizer.step()
    return [name for name, p in model.named_parameters() if not torch.equal(p, before[name])]
