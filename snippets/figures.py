"""Small SVG figures that follow the page's colors and carry their data as text and as a table."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape
from itertools import pairwise

import torch

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


def histogram(
    values: torch.Tensor,
    density: Callable[[float], float],
    low: float,
    high: float,
    caption: str,
    bins: int = 40,
) -> Figure:
    """Histogram of `values` (any shape) over [low, high], as a density, against the stated one.

    Raises `ValueError` for an empty range, no bins or no values, and when values lie outside
    [low, high]: a histogram that hides values would be a lie.
    """
    flat = values.detach().double().flatten()
    if not low < high or bins < 1 or flat.numel() == 0:
        raise ValueError("a histogram needs values, low < high and at least one bin")
    outside = int(((flat < low) | (flat > high)).sum())
    if outside:
        raise ValueError(f"{outside} values lie outside [{low}, {high}]: widen the range")
    step = (high - low) / bins
    counts = torch.histc(flat, bins, low, high)
    heights = (counts / (flat.numel() * step)).tolist()
    points = _with_jumps(density, [low + (high - low) * i / 100 for i in range(101)])
    curve = [density(point) for point in points]
    top = max(*heights, *curve) * 1.08
    x, y = scale(low, high, LEFT, WIDTH - RIGHT), scale(0, top, HEIGHT - BOTTOM, TOP)
    bars = "".join(
        f'<rect class="bar" fill="#c9d1dc" x="{x(low + i * step) + 0.5:.1f}" y="{y(height):.1f}" '
        f'width="{(x(high) - x(low)) / bins - 1:.1f}" height="{y(0) - y(height):.1f}"/>'
        for i, height in enumerate(heights)
    )
    path = " ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in zip(points, curve, strict=True))
    line = f'<polyline class="line" fill="none" stroke="#b8400a" stroke-width="2" points="{path}"/>'
    axes = x_axis(x, low, high, "value") + y_axis(y, 0, top, "density")
    alt = (
        f"Histogram of {flat.numel():,} values from {flat.min():.4g} to {flat.max():.4g} in {bins} "
        f"bars; the bars are between {min(heights):.3g} and {max(heights):.3g} high, and the stated "
        f"density, drawn as a line, is between {min(curve):.3g} and {max(curve):.3g}."
    )
    rows = [["from", "to", "values", "density", "stated"]]
    for i, (count, height) in enumerate(zip(counts.tolist(), heights, strict=True)):
        start, end = (round(low + j * step, 12) + 0.0 for j in (i, i + 1))
        stated = density(start + step / 2)
        rows.append(
            [f"{start:.4g}", f"{end:.4g}", f"{count:.0f}", f"{height:.4g}", f"{stated:.4g}"]
        )
    return Figure(axes + bars + line, alt, caption, rows, (WIDTH, HEIGHT))


def _with_jumps(density: Callable[[float], float], points: list[float]) -> list[float]:
    """The points, and the two sides of each place between them where the density jumps."""
    tall, found = max(map(density, points)), []
    for low, high in pairwise(points):
        if abs(density(low) - density(high)) > tall / 2:
            for _ in range(40):
                middle = (low + high) / 2
                near = abs(density(middle) - density(low)) < abs(density(middle) - density(high))
                low, high = (middle, high) if near else (low, middle)
            found += [low, high]
    return sorted([*points, *found])


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
