"""The axes of a chart: its size, its scales, and their labels, in SVG."""

from __future__ import annotations

import math
from collections.abc import Callable
from html import escape

WIDTH, HEIGHT = 640, 296
LEFT, RIGHT, TOP, BOTTOM = 92, 16, 14, 60
"""Room for letters of 22 units, the size on a phone, where the page's style enlarges those of 13."""


def scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    """Value -> place, evenly from `start` to `end`."""
    return lambda value: start + (value - low) / (high - low) * (end - start)


def ticks(low: float, high: float) -> list[float]:
    """Two to five round numbers within [low, high]."""
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [step * i for i in range(first, math.floor(high / step + 1e-9) + 1)]


def x_axis(x: Callable[[float], float], low: float, high: float, label: str) -> str:
    """The line at the foot of a chart, its round numbers, and its label below them."""
    base = HEIGHT - BOTTOM
    marks = "".join(
        f'<text class="quiet" fill="#5a6472" text-anchor="middle" x="{x(value):.1f}" '
        f'y="{base + 22}">{number(value)}</text>'
        for value in ticks(low, high)
    )
    return (
        f'<line class="axis" stroke="#8a93a0" x1="{x(low):.1f}" x2="{x(high):.1f}" '
        f'y1="{base}" y2="{base}"/>{marks}<text class="quiet" fill="#5a6472" text-anchor="middle" '
        f'x="{x((low + high) / 2):.1f}" y="{base + 50}">{escape(label)}</text>'
    )


def y_axis(
    y: Callable[[float], float], low: float, high: float, label: str, log: bool = False
) -> str:
    """The numbers at the left of a chart, and its label, turned; with `log` they are powers of ten."""
    marks = ""
    for value in ticks(low, high):
        if log and value != round(value):
            continue
        text = f"1e{value:.0f}" if log else number(value)
        marks += (
            f'<text class="quiet" fill="#5a6472" text-anchor="end" x="{LEFT - 8}" '
            f'y="{y(value) + 4:.1f}">{text}</text>'
        )
    middle = f"translate(18 {(TOP + HEIGHT - BOTTOM) / 2:.0f}) rotate(-90)"
    return marks + (
        f'<text class="quiet" fill="#5a6472" text-anchor="middle" transform="{middle}">'
        f"{escape(label)}</text>"
    )


def number(value: float) -> str:
    """Four digits, with a true minus sign."""
    return f"{value:.4g}".replace("-", "\N{MINUS SIGN}")
