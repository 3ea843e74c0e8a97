"""What every function of torch.nn.init fills a tensor with: its law, its formula, its mean and its spread."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

import torch
from torch import Tensor, nn

from snippets.axes import WIDTH
from snippets.drawing import Figure

Moments = Callable[[Sequence[int]], tuple[float, float]]
"""Shape of a weight -> mean and standard deviation of its entries."""
Density = Callable[[float], float]
"""Value -> probability density there."""


@dataclass(frozen=True)
class Rule:
    """One function of nn.init: `arguments` are the ones it requires, all others keep their defaults.

    `density` is that of an entry divided by its standard deviation, zeros left out; None where
    nothing is drawn. That of `orthogonal_` is the limit for large matrices.
    """

    draws: str
    formula: str
    moments: Moments
    density: Density | None = None
    arguments: Mapping[str, float] = field(default_factory=dict)


def fans(shape: Sequence[int]) -> tuple[int, int]:
    """fan_in and fan_out of a weight of shape (out, in, *kernel), as in nn.init's private helper."""
    kernel = math.prod(shape[2:])
    return shape[1] * kernel, shape[0] * kernel


def fill(name: str, tensor: Tensor) -> Tensor:
    """Call the function of nn.init of that name, with the arguments of its rule, on `tensor`."""
    return getattr(nn.init, name)(tensor, **RULES[name].arguments)


def _longer(shape: Sequence[int]) -> int:
    return max(shape[0], math.prod(shape[1:]))


def _ones(share: float) -> tuple[float, float]:
    """Mean and standard deviation where this share of the entries is 1 and the others are 0."""
    return share, math.sqrt(share - share**2)


def _bell(x: float) -> float:
    return math.exp(-(x**2) / 2) / math.sqrt(2 * math.pi)


def _flat(x: float) -> float:
    return (abs(x) <= math.sqrt(3)) / math.sqrt(12)


_CUT_AT_2 = math.sqrt(1 - 4 * math.exp(-2) / math.sqrt(2 * math.pi) / math.erf(math.sqrt(2)))
"""Standard deviation of N(0, 1) cut at ±2: √(1 - 2·2·φ(2)/(Φ(2) - Φ(-2)))."""

RULES: Mapping[str, Rule] = {
    "uniform_": Rule(
        "U(0, 1)",
        "std = 1/√12",
        lambda shape: (0.5, math.sqrt(1 / 12)),
        lambda x: (0 <= x <= math.sqrt(12)) / math.sqrt(12),
    ),
    "normal_": Rule("N(0, 1)", "std = 1", lambda shape: (0.0, 1.0), _bell),
    "trunc_normal_": Rule(
        "N(0, 1) cut at ±2",
        "std = 0.8796",
        lambda shape: (0.0, _CUT_AT_2),
        lambda x: (
            (abs(x * _CUT_AT_2) <= 2) * _CUT_AT_2 * _bell(x * _CUT_AT_2) / math.erf(math.sqrt(2))
        ),
    ),
    "constant_": Rule("0.3 everywhere", "", lambda shape: (0.3, 0.0), None, {"val": 0.3}),
    "ones_": Rule("1 everywhere", "", lambda shape: (1.0, 0.0)),
    "zeros_": Rule("0 everywhere", "", lambda shape: (0.0, 0.0)),
    "eye_": Rule("1 on the diagonal", "", lambda shape: _ones(1 / _longer(shape))),
    "dirac_": Rule(
        "1 at kernel centers", "", lambda shape: _ones(min(shape[:2]) / math.prod(shape))
    ),
    "xavier_uniform_": Rule(
        "U(−b, b)",
        "b = √(6/(in + out))",
        lambda shape: (0.0, math.sqrt(2 / sum(fans(shape)))),
        _flat,
    ),
    "xavier_normal_": Rule(
        "N(0, std²)",
        "std = √(2/(in + out))",
        lambda shape: (0.0, math.sqrt(2 / sum(fans(shape)))),
        _bell,
    ),
    "kaiming_uniform_": Rule(
        "U(−b, b)", "b = √(6/in)", lambda shape: (0.0, math.sqrt(2 / fans(shape)[0])), _flat
    ),
    "kaiming_normal_": Rule(
        "N(0, std²)", "std = √(2/in)", lambda shape: (0.0, math.sqrt(2 / fans(shape)[0])), _bell
    ),
    "orthogonal_": Rule(
        "orthonormal rows",
        "std = 1/√max(in, out)",
        lambda shape: (0.0, _longer(shape) ** -0.5),
        _bell,
    ),
    "sparse_": Rule(
        "N(0, 0.01²), 10 % zero",
        "std = 0.01·√0.9",
        lambda shape: (0.0, 0.01 * math.sqrt(1 - math.ceil(0.1 * shape[0]) / shape[0])),
        lambda x: 0.9**1.5 * _bell(x * 0.9**0.5),
        {"sparsity": 0.1},
    ),
}
"""Name -> rule, for every function of torch.nn.init that fills a tensor (source: torch/nn/init.py)."""

COLUMNS, PANEL_HEIGHT, TITLE, MARKS = 3, 160, 24, 38


def panels(
    samples: Mapping[str, tuple[Tensor, Density]],
    low: float,
    high: float,
    caption: str,
    bins: int = 27,
) -> Figure:
    """Up to six small histograms over [low, high], each with its stated density and a scale of its own.

    `samples` maps a title to values of any shape and their stated density. The first and the last
    bar also hold what lies beyond the range. Raises `ValueError` for an empty range, no bins, no
    panel or more than six, or a panel without values.
    """
    if not low < high or bins < 1 or not 1 <= len(samples) <= 2 * COLUMNS:
        raise ValueError("panels need low < high, at least one bin and one to six histograms")
    step = (high - low) / bins
    body, rows = "", [["from", "to"]]
    rows += [[f"{low + i * step:.3g}", f"{low + (i + 1) * step:.3g}"] for i in range(bins)]
    for place, (title, (values, density)) in enumerate(samples.items()):
        if values.numel() == 0:
            raise ValueError(f"the panel {title!r} has no values")
        flat = values.detach().double().flatten().clamp(low, high)
        heights = (torch.histc(flat, bins, low, high) / (flat.numel() * step)).tolist()
        points = [low + i * step / 4 for i in range(4 * bins + 1)]
        body += _panel(place, title, heights, [(point, density(point)) for point in points])
        stated = [density(low + (i + 0.5) * step) for i in range(bins)]
        rows[0] += [title, "stated"]
        for row, height, said in zip(rows[1:], heights, stated, strict=True):
            row += [f"{height:.3g}", f"{said:.3g}"]
    counts = ", ".join(
        f"{name} ({values.numel():,} values)" for name, (values, _) in samples.items()
    )
    alt = f"Histograms from {low:g} to {high:g}, each with its stated density as a line: {counts}."
    return Figure(body, alt, caption, rows, (WIDTH, 2 * PANEL_HEIGHT))


def _panel(
    place: int, title: str, heights: Sequence[float], curve: Sequence[tuple[float, float]]
) -> str:
    left, width = place % COLUMNS * WIDTH / COLUMNS + 6, WIDTH / COLUMNS - 12
    top = place // COLUMNS * PANEL_HEIGHT + TITLE
    base = top + PANEL_HEIGHT - TITLE - MARKS
    scale = (base - top - 4) / max(*heights, *(value for _, value in curve))
    low, high = curve[0][0], curve[-1][0]
    bar = width / len(heights)
    bars = "".join(
        f'<rect class="bar" fill="#c9d1dc" x="{left + i * bar + 0.5:.1f}" width="{bar - 1:.1f}" '
        f'y="{base - height * scale:.1f}" height="{height * scale:.1f}"/>'
        for i, height in enumerate(heights)
        if height
    )
    path = " ".join(
        f"{left + (point - low) / (high - low) * width:.1f},{base - value * scale:.1f}"
        for point, value in curve
    )
    marks = "".join(
        f'<text class="quiet" fill="#5a6472" text-anchor="{anchor}" x="{left + share * width:.1f}" '
        f'y="{base + 20:.1f}">{low + share * (high - low):.3g}</text>'.replace(">-", ">−")
        for share, anchor in ((0, "start"), (0.5, "middle"), (1, "end"))
    )
    return (
        f'<text class="ink" x="{left:.1f}" y="{top - 5}">{escape(title)}</text>{bars}'
        f'<line class="axis" stroke="#8a93a0" x1="{left:.1f}" x2="{left + width:.1f}" y1="{base}" '
        f'y2="{base}"/><polyline class="line" fill="none" stroke="#b8400a" stroke-width="1.5" '
        f'points="{path}"/>{marks}'
    )
