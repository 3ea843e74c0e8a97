"""Attacks on the claims of docs/initialization-questions.md."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from tests.sabotage.registry import attacks, replaced


@attacks("apply-misses-bare-parameters")
def apply_visits_bare_parameters() -> Iterator[None]:
    """Module.apply hands a module's own parameters to the function, wrapped as a Linear."""
    apply = nn.Module.apply

    def visits_all(self: nn.Module, function: Callable[[nn.Module], None]) -> nn.Module:
        for parameter in self.parameters(recurse=False):
            wrapped = nn.Linear(1, 1)
            wrapped.weight = parameter
            function(wrapped)
        return apply(self, function)

    with replaced(nn.Module, "apply", visits_all):
        yield


@attacks("apply-misses-bare-parameters")
def apply_visits_children_only() -> Iterator[None]:
    """Module.apply stops at the direct children."""

    def shallow(self: nn.Module, function: Callable[[nn.Module], None]) -> nn.Module:
        for child in self.children():
            function(child)
        return self

    with replaced(nn.Module, "apply", shallow):
        yield


@attacks("apply-visits-children-first")
def apply_visits_the_parent_first() -> Iterator[None]:
    """Module.apply calls the function for a module before its children."""

    def parent_first(self: nn.Module, function: Callable[[nn.Module], None]) -> nn.Module:
        function(self)
        for child in self.children():
            child.apply(function)
        return self

    with replaced(nn.Module, "apply", parent_first):
        yield


@attacks("apply-visits-children-first")
def apply_visits_a_sequential_too_early() -> Iterator[None]:
    """Module.apply calls the function for a Sequential before their children."""

    def early(self: nn.Module, function: Callable[[nn.Module], None]) -> nn.Module:
        first = isinstance(self, nn.Sequential)
        if first:
            function(self)
        for child in self.children():
            child.apply(function)
        if not first:
            function(self)
        return self

    with replaced(nn.Module, "apply", early):
        yield


@attacks("constant-init-keeps-neurons-equal")
def constant_with_noise() -> Iterator[None]:
    """constant_ adds noise of a thousandth."""
    constant = nn.init.constant_

    def noisy(tensor: Tensor, val: float) -> Tensor:
        constant(tensor, val)
        with torch.no_grad():
            return tensor.add_(torch.randn(tensor.shape), alpha=1e-3)

    with replaced(nn.init, "constant_", noisy):
        yield


@attacks("constant-init-keeps-neurons-equal")
def gradient_differs_by_neuron() -> Iterator[None]:
    """autograd gives every row of a gradient another scale."""
    grad = torch.autograd.grad

    def scaled(*args: Any, **kwargs: Any) -> tuple[Tensor, ...]:
        found = grad(*args, **kwargs)
        return tuple(
            g * torch.linspace(0.9, 1.1, len(g)).view(-1, *[1] * (g.dim() - 1)) for g in found
        )

    with replaced(torch.autograd, "grad", scaled):
        yield
