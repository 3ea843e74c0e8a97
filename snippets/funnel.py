"""A chart of the values of several sizes inside the bound that they keep: a funnel that closes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from html import escape

import torch

from snippets.axes import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, scale, y_axis
from snippets.drawing import Figure


def funnel(
    draws: Mapping[int, torch.Tensor], bound: Callable[[float], float], label: str, caption: str
) -> Figure:
    """The values drawn for each size, a tick each, over the size on a logarithmic axis, between ±bound(size).

    At most 150 values of a size are drawn, evenly picked; the table has the ends of all of them.
    Raises `ValueError` for fewer than two sizes or a size without values.
    """
    sizes = sorted(draws)
    if len(sizes) < 2 or not all(draws[size].numel() for size in sizes):
        raise ValueError("a funnel needs values for at least two sizes")
    low, high = math.log2(sizes[0]) - 0.5, math.log2(sizes[-1]) + 0.5
    ends = (math.log2(sizes[0]) - 0.25, math.log2(sizes[-1]) + 0.25)
    top = 1.02 * max(bound(2 ** ends[0]), *(draws[size].abs().max().item() for size in sizes))
    x = scale(low, high, LEFT, WIDTH - RIGHT)
    y = scale(-top, top, HEIGHT - BOTTOM, TOP)
    body, rows = "", [[label, "smallest", "largest", "bound"]]
    for size in sizes:
        values = draws[size].detach().double().flatten()
        picked = values[:: -(-values.numel() // 150)].tolist()
        middle = x(math.log2(size))
        marks = "".join(f"M{middle - 14:.0f} {y(value):.1f}h28" for value in picked)
        body += f'<path class="axis" fill="none" stroke="#8a93a0" stroke-opacity=".5" d="{marks}"/>'
        body += (
            f'<text class="quiet" fill="#5a6472" text-anchor="middle" x="{middle:.1f}" '
            f'y="{HEIGHT - BOTTOM + 22}">{size}</text>'
        )
        reached = (values.min().item(), values.max().item(), bound(size))
        rows.append([str(size), *(f"{value:.4g}" for value in reached)])
    places = [ends[0] + (ends[1] - ends[0]) * i / 60 for i in range(61)]
    for sign in (1, -1):
        points = " ".join(f"{x(at):.1f},{y(sign * bound(2**at)):.1f}" for at in places)
        body += f'<polyline class="line" fill="none" stroke="#b8400a" stroke-width="2" points="{points}"/>'
    base = HEIGHT - BOTTOM
    body += (
        f'<line class="axis" stroke="#8a93a0" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{base}" y2="{base}"/>'
        f'<text class="quiet" fill="#5a6472" text-anchor="middle" x="{(LEFT + WIDTH - RIGHT) / 2:.1f}" '
        f'y="{base + 50}">{escape(label)}</text>'
    )
    alt = f"Values over {label}, inside a funnel that closes as it grows. " + " ".join(
        f"{size}: from {smallest} to {largest}, bound ±{end}."
        for size, smallest, largest, end in rows[1:]
    )
    return Figure(y_axis(y, -top, top, "value") + body, alt, caption, rows, (WIDTH, HEIGHT))
