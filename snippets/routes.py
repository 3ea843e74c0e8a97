"""The same numbers by three routes: a product with a Parameter, a Linear, a lookup in an Embedding."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from snippets.drawing import STEP, Figure, arrow, grid, heading, label, numbers

WIDE, GAP, FALL = 26, 32, 20
"""Pixels: the width of a cell, between two routes, and of an arrow down."""


def three_routes(place: int, weight: Tensor, results: Sequence[Tensor], caption: str) -> Figure:
    """What `x @ W`, Linear and Embedding read of `weight` (in, out) for a one-hot x, and what they give.

    `results` are theirs, (out,) each; `place` is where x has its 1. Raises `ValueError` unless each
    result is that row of the weight.
    """
    if not all(torch.allclose(result, weight[place]) for result in results):
        raise ValueError("a result is not that row of the weight: the diagram would be false")
    names = ("x @ W", "layer(x)", f"table({place})")
    stored = (weight, weight.T, weight)
    body, left, foot = "", 0.0, (2 + len(weight)) * STEP + FALL
    for number, (name, held, result) in enumerate(zip(names, stored, results, strict=True)):
        width, wide = held.shape[1] * WIDE, len(result) * WIDE
        middle, transposed = left + width / 2, number == 1
        body += label(middle, STEP / 2, name, "ink number", "middle")
        body += heading(middle, 2 * STEP, "({}, {})".format(*held.shape))
        body += grid(
            left,
            2 * STEP,
            numbers(held.tolist()),
            WIDE,
            lambda i, j, transposed=transposed: (j if transposed else i) == place,
        )
        body += arrow(middle, (2 + len(held)) * STEP, middle, foot, True)
        shown = numbers([result.tolist()])
        body += grid(middle - wide / 2, foot, shown, WIDE, lambda i, j: True)
        left += width + GAP
    row = ", ".join(numbers([weight[place].tolist()])[0])
    alt = (
        f"For a one-hot x with its 1 at place {place}, x @ W reads row {place} of W, Linear reads column "
        f"{place} of its weight, which is W transposed, and Embedding looks up row {place}: all give {row}."
    )
    rows = [["route", "reads", "gives"]]
    for name, what, result in zip(names, ("row", "column", "row"), results, strict=True):
        rows.append([name, f"{what} {place}", ", ".join(numbers([result.tolist()])[0])])
    return Figure(body, alt, caption, rows, (left - GAP + 1, foot + STEP + 1), True)
