"""What a mutated proof calls to compare with a value, or a distribution, that is off by a factor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch


def off(value: Any, factor: float) -> Any:
    """`value` times `factor`, in every part; what is 0 throughout becomes `factor - 1`."""
    if isinstance(value, dict):
        return {name: off(part, factor) for name, part in value.items()}
    if isinstance(value, torch.Tensor):
        value = value.detach()
        if not value.is_floating_point() and not value.is_complex():
            return value + 1
        return value * factor if value.any() else value + (factor - 1)
    if isinstance(value, (int, float, complex)):
        return value * factor if value else factor - 1
    return type(value)(off(part, factor) for part in value)


def close(compare: Callable[..., Any], factor: float) -> Callable[..., Any]:
    """`compare` with its second argument, the expected one, times `factor`."""

    def compared(actual: Any, expected: Any, *rest: Any, **options: Any) -> Any:
        return compare(actual, off(expected, factor), *rest, **options)

    return compared


def wider(measure: Callable[..., Any], factor: float) -> Callable[..., Any]:
    """`measure` against a distribution `factor` times as wide about its middle."""

    def measured(first: Any, *rest: Any, **options: Any) -> Any:
        name = measure.__name__
        if name == "drawn_from":
            return measure(first * factor, *rest, **options)
        if name == "normal_p":
            mean, std = rest
            return measure(first, mean, std * factor)
        low, high = rest
        middle, half = (low + high) / 2, (high - low) / 2 * factor
        return measure(first, middle - half, middle + half)

    return measured


HELPERS = {"__off__": off, "__close__": close, "__wider__": wider}
