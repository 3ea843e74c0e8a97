"""Diagrams of tensors, drawn from the tensors themselves: a picture that would be false is refused."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from snippets.drawing import STEP, Figure, arrow, grid, label, numbers

WIDE, LEFT, SMALL = 46, 92, 12
"""Pixels: a cell with a number, the column of names, a cell without a number."""


def row_by_row(weight: Tensor, x: Tensor, y: Tensor, caption: str) -> Figure:
    """`weight` (out, in) under `x` (in,) and beside `y` (out,): each row, times x, makes one output.

    Raises `ValueError` unless y is weight @ x.
    """
    _check(y, weight @ x, "y is not weight @ x")
    (n_out, n_in), top = weight.shape, 2 * STEP + 14
    right = LEFT + n_in * WIDE
    body = label(0, STEP + 18, f"x ({n_in},)") + label(0, top + 18, f"weight ({n_out}, {n_in})")
    body += grid(LEFT, STEP, numbers([x.tolist()]), WIDE)
    body += grid(LEFT, top, numbers(weight.tolist()), WIDE, lambda i, j: i == 0)
    body += label(right + 34 + WIDE / 2, top - 9, f"y ({n_out},)", anchor="middle")
    body += grid(right + 34, top, numbers([[v] for v in y.tolist()]), WIDE, lambda i, j: i == 0)
    for i in range(n_out):
        middle = top + (i + 0.5) * STEP
        body += arrow(right + 5, middle, right + 30, middle, i == 0)
    body += label(LEFT + n_in * WIDE / 2, 16, f"in = {n_in}", anchor="middle")
    body += label(0, top + STEP + 18, f"out = {n_out}") if n_out > 1 else ""
    sums = [
        " + ".join(f"{w}·{v}" for w, v in zip(*numbers([row, x.tolist()]), strict=True))
        for row in weight.tolist()
    ]
    made = [value for (value,) in numbers([[v] for v in y.tolist()])]
    alt = f"A weight of {n_out} rows and {n_in} columns under the input. " + " ".join(
        f"Row {i} gives {total} = {made[i]}." for i, total in enumerate(sums)
    )
    rows = [["row of weight", "row · x", "output"]]
    for i, row in enumerate(numbers(weight.tolist())):
        rows.append([f"{i}: {', '.join(row)}", sums[i], made[i]])
    size = right + 34 + WIDE + 1, top + n_out * STEP + 1
    return Figure(body, alt, f"{caption} Row 0: {sums[0]} = {made[0]}.", rows, size, True)


def picked_row(one_hot: Tensor, table: Tensor, picked: Tensor, caption: str) -> Figure:
    """`one_hot` (rows,) beside `table` (rows, columns), over `picked` (columns,), their product.

    Raises `ValueError` unless one_hot holds one 1 and zeros, and picked is one_hot @ table.
    """
    _check(picked, one_hot @ table, "picked is not one_hot @ table")
    _check(one_hot.sort().values, torch.eye(len(one_hot))[-1], "one_hot is not one 1 and zeros")
    (count, columns), chosen = table.shape, int(one_hot.argmax())
    start, foot = LEFT - 36, STEP * (count + 1) + 24
    left = start + 76

    def lit(i: int, j: int) -> bool:
        return i == chosen

    body = label(start + 20, 16, "one-hot", anchor="middle")
    body += label(left + columns * WIDE / 2, 16, f"table ({count}, {columns})", anchor="middle")
    for i in range(count):
        middle = (i + 1.5) * STEP
        body += label(0, middle + 4.5, f"row {i}")
        if i == chosen:
            body += arrow(start + 45, middle, left - 5, middle, True)
    body += grid(start, STEP, numbers([[v] for v in one_hot.tolist()]), 40, lit)
    body += grid(left, STEP, numbers(table.tolist()), WIDE, lit)
    for j in range(columns):
        middle = left + (j + 0.5) * WIDE
        body += arrow(middle, foot - 20, middle, foot - 4, True)
    body += label(0, foot + 18, "sum over rows")
    body += grid(left, foot, numbers([picked.tolist()]), WIDE, lambda i, j: True)
    shown, found = numbers(table.tolist()), ", ".join(numbers([picked.tolist()])[0])
    alt = (
        f"A one-hot vector with its 1 at {chosen} beside a table of {count} rows: 1 times row "
        f"{chosen} plus 0 times every other row is row {chosen}: {found}."
    )
    rows = [["row", "one-hot", "table"]]
    for i, value in enumerate(one_hot.tolist()):
        rows.append([str(i), f"{value:g}", ", ".join(shown[i])])
    rows.append(["sum", "", found])
    return Figure(body, alt, caption, rows, (left + columns * WIDE + 1, foot + STEP + 1), True)


def reach(layers: Mapping[str, tuple[nn.Module, tuple[int, ...]]], caption: str) -> Figure:
    """The inputs that reach one output of each layer, found by autograd: those with a gradient.

    `layers` maps a name to a layer and the shape of an input without batch: (in,) or (in, h, w).
    """
    body, top, wide, told, fans = "", 0.0, 0.0, [], []
    rows = [["layer", "inputs", "of these reach the output"]]
    for name, (layer, shape) in layers.items():
        x = torch.ones(1, *shape, requires_grad=True)
        y = layer(x)[0]
        unit = torch.zeros_like(y)
        unit[(0, *(side // 2 for side in y.shape[1:]))] = 1
        (gradient,) = torch.autograd.grad(y, x, unit)
        reached = gradient[0] != 0
        count = int(reached.sum())
        inputs, width, height = _planes(0, top + 24, reached)
        other = (unit.shape[1] if unit.dim() == 3 else 1) * SMALL
        outputs, more, _ = _planes(width + 40, top + 24 + (height - other) / 2, unit != 0)
        middle = top + 24 + height / 2
        body += label(0, top + 14, name, "ink number") + inputs + outputs
        body += arrow(width + 7, middle, width + 34, middle, True)
        fans.append((top + 14, f"fan_in = {count}"))
        wide, top = max(wide, width + more + 41), top + 24 + height + 18
        told.append(f"{name}: {count} of {x.numel()} inputs reach one output.")
        rows.append([name, str(x.numel()), str(count)])
    body += "".join(label(wide, height, fan, "ink", "end") for height, fan in fans)
    return Figure(body, " ".join(told), caption, rows, (wide, top - 16), True)


def _planes(x: float, y: float, mask: Tensor) -> tuple[str, float, float]:
    """A mask (n,) as one row, or (n, h, w) as n planes side by side; with its width and height."""
    planes = mask.reshape(1, 1, -1) if mask.dim() == 1 else mask
    shapes, start = "", x
    for plane in planes:
        blank = [[""] * plane.shape[1]] * plane.shape[0]
        shapes += grid(x, y, blank, SMALL, lambda i, j, p=plane: bool(p[i, j]), SMALL)
        x += plane.shape[1] * SMALL + 8
    return shapes, x - 8 - start, planes.shape[1] * SMALL


def looked_up(ids: Tensor, table: Tensor, caption: str) -> Figure:
    """An arrow from each id in `ids` (count,) to its row of `table` (rows, columns).

    Raises `IndexError` for an id that is no row.
    """
    shown, chosen = numbers(table.tolist()), ids.tolist()
    if not all(0 <= i < len(shown) for i in chosen):
        raise IndexError("an id below 0, or beyond the last row, has nothing to point to")
    left = 40 + 64
    height = STEP * max(len(shown), len(chosen))
    first = STEP + (height - STEP * len(chosen)) / 2
    body = label(20, 16, "ids", anchor="middle")
    body += label(
        left + table.shape[1] * WIDE / 2, 16, f"rows 0 to {len(shown) - 1}", anchor="middle"
    )
    body += grid(0, first, [[str(i)] for i in chosen], 40, lambda i, j: True)
    body += grid(left, STEP, shown, WIDE, lambda i, j: i in chosen)
    for place, i in enumerate(chosen):
        body += arrow(45, first + (place + 0.5) * STEP, left - 5, (i + 1.5) * STEP, True)
    alt = f"The ids {', '.join(map(str, chosen))} point to rows of a table. " + " ".join(
        f"Row {i}: {', '.join(row)}." for i, row in enumerate(shown)
    )
    rows = [["row", "looked up", "numbers"]]
    for i, row in enumerate(shown):
        rows.append([str(i), f"{chosen.count(i)} times", ", ".join(row)])
    size = left + table.shape[1] * WIDE + 1, STEP + height + 1
    return Figure(body, alt, caption, rows, size, True)


def _check(stated: Tensor, true: Tensor, otherwise: str) -> None:
    if stated.shape != true.shape or not torch.allclose(stated, true):
        raise ValueError(f"{otherwise}: the diagram would be false")
