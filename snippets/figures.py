"""Curves as small SVG figures that follow the page's colors and carry their data as text and as a table."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape

from snippets.axes import (
    BOTTOM,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    scale,
    x_axis,
    y_axis,
)
from snippets.drawing import Figure

DASHES = ("none", "7 4", "2 4", "10 4 2 4", "14 5")


def lines(
    x_values: Sequence[float],
    series: Mapping[str, Sequence[float]],
    x_label: str,
    y_label: str,
    caption: str,
    log: bool = False,
) -> Figure:
    """One line a series, told apart by dash and by a label at its end; `log` for a logarithmic y axis.

    Raises `ValueError` when a series has another length than `x_values`, or, with `log`, a value
    that is not positive.
    """
    for name, ys in series.items():
        if len(ys) != len(x_values):
            raise ValueError(f"series {name!r} has {len(ys)} values for {len(x_values)} places")
        if log and min(ys) <= 0:
            raise ValueError(f"series {name!r} has a value that no logarithmic axis can show")
    everything = [value for ys in series.values() for value in ys]
    measure: Callable[[float], float] = math.log10 if log else float
    low, high = measure(min(everything)), measure(max(everything))
    if log:
        low, high = math.floor(low), math.ceil(high)
    if low == high:
        low, high = low - 1, high + 1
    end = WIDTH - RIGHT - 16 - 11 * max(len(name) for name in series)
    x = scale(x_values[0], x_values[-1], LEFT, end)
    y = scale(low, high, HEIGHT - BOTTOM, TOP)
    body, ends = "", []
    for i, (name, ys) in enumerate(series.items()):
        path = " ".join(
            f"{x(a):.1f},{y(measure(b)):.1f}" for a, b in zip(x_values, ys, strict=True)
        )
        body += (
            f'<polyline class="line series-{i}" fill="none" stroke="#1c2430" stroke-width="2" '
            f'stroke-dasharray="{DASHES[i % len(DASHES)]}" points="{path}"/>'
        )
        ends.append((y(measure(ys[-1])), i, name))
    at = -math.inf
    for wanted, i, name in sorted(ends):  # labels that would overlap move down
        at = max(wanted, at + 24)
        body += (
            f'<path class="axis" fill="none" stroke="#8a93a0" d="M{end + 4} {wanted:.1f}L{end + 16} {at:.1f}"/>'
            f'<text class="ink series-{i}" x="{end + 20}" y="{at + 5:.1f}">{escape(name)}</text>'
        )
    axes = x_axis(x, x_values[0], x_values[-1], x_label) + y_axis(y, low, high, y_label, log)
    alt = f"{y_label} against {x_label} from {x_values[0]:g} to {x_values[-1]:g}. " + " ".join(
        f"{name}: from {ys[0]:.3g} to {ys[-1]:.3g}." for name, ys in series.items()
    )
    rows = [[x_label, *series]]
    for i, place in enumerate(x_values):
        rows.append([f"{place:g}", *(f"{ys[i]:.4g}" for ys in series.values())])
    return Figure(axes + body, alt, caption, rows, (WIDTH, HEIGHT))
