"""Diagrams of tensors, drawn from the tensors themselves: a picture that would be false is refused."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from snippets.drawing import ABOVE, GAP, STEP, Figure, arrow, beside, grid, heading, label, numbers

WIDE, NARROW, SMALL = 46, 40, 12
"""Pixels: the width of a cell with a number, with an index or a bit, and without a number."""
LEFT, NAMES = 92, 56
"""Pixels: the column of long names, and of short ones."""
UNDER, FALL, BENDS, TITLE, PLANES, LAYERS = 14, 24, 64, 24, 8, 18
"""Pixels: rooms between cells, for a heading, an arrow down, arrows with bends, the name of a layer; and
between planes, and layers."""


def row_by_row(weight: Tensor, x: Tensor, y: Tensor, caption: str) -> Figure:
    """`weight` (out, in) under `x` (in,) and beside `y` (out,): each row, times x, makes one output.

    Raises `ValueError` unless y is weight @ x.
    """
    _check(y, weight @ x, "y is not weight @ x")
    (n_out, n_in), top = weight.shape, 2 * STEP + UNDER
    right = LEFT + n_in * WIDE
    left = right + GAP
    body = beside(STEP, f"x ({n_in},)") + beside(top, f"weight ({n_out}, {n_in})")
    body += grid(LEFT, STEP, numbers([x.tolist()]), WIDE)
    body += grid(LEFT, top, numbers(weight.tolist()), WIDE, lambda i, j: i == 0)
    body += heading(left + WIDE / 2, top, f"y ({n_out},)")
    body += grid(left, top, numbers([[v] for v in y.tolist()]), WIDE, lambda i, j: i == 0)
    for i in range(n_out):
        middle = top + (i + 0.5) * STEP
        body += arrow(right, middle, left, middle, i == 0)
    body += heading(LEFT + n_in * WIDE / 2, STEP, f"in = {n_in}")
    if n_out > 1:
        body += beside(top + STEP, f"out = {n_out}")
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
    size = left + WIDE + 1, top + n_out * STEP + 1
    return Figure(body, alt, f"{caption} Row 0: {sums[0]} = {made[0]}.", rows, size, True)


def picked_row(one_hot: Tensor, table: Tensor, picked: Tensor, caption: str) -> Figure:
    """`one_hot` (rows,) beside `table` (rows, columns), over `picked` (columns,), their product.

    Raises `ValueError` unless one_hot holds one 1 and zeros, and picked is one_hot @ table.
    """
    _check(picked, one_hot @ table, "picked is not one_hot @ table")
    _check(one_hot.sort().values, torch.eye(len(one_hot))[-1], "one_hot is not one 1 and zeros")
    (count, columns), chosen = table.shape, int(one_hot.argmax())
    left, foot = NAMES + NARROW + GAP, STEP * (count + 1) + FALL

    def lit(i: int, j: int) -> bool:
        return i == chosen

    body = heading(NAMES + NARROW / 2, STEP, "one-hot")
    body += heading(left + columns * WIDE / 2, STEP, f"table ({count}, {columns})")
    for i in range(count):
        body += beside((i + 1) * STEP, f"row {i}")
    middle = (chosen + 1.5) * STEP
    body += arrow(NAMES + NARROW, middle, left, middle, True)
    body += grid(NAMES, STEP, numbers([[v] for v in one_hot.tolist()]), NARROW, lit)
    body += grid(left, STEP, numbers(table.tolist()), WIDE, lit)
    for j in range(columns):
        middle = left + (j + 0.5) * WIDE
        body += arrow(middle, foot - FALL, middle, foot, True)
    body += beside(foot, "sum over rows")
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
        inputs, width, height = _planes(0, top + TITLE, reached)
        other = (unit.shape[1] if unit.dim() == 3 else 1) * SMALL
        outputs, more, _ = _planes(width + GAP, top + TITLE + (height - other) / 2, unit != 0)
        middle, foot = top + TITLE + height / 2, top + TITLE - ABOVE
        body += label(0, foot, name, "ink number") + inputs + outputs
        body += arrow(width, middle, width + GAP, middle, True)
        fans.append((foot, f"fan_in = {count}"))
        wide, top = max(wide, width + GAP + more + 1), top + TITLE + height + LAYERS
        told.append(f"{name}: {count} of {x.numel()} inputs reach one output.")
        rows.append([name, str(x.numel()), str(count)])
    body += "".join(label(wide, height, fan, "ink", "end") for height, fan in fans)
    return Figure(body, " ".join(told), caption, rows, (wide, top - LAYERS + 1), True)


def _planes(x: float, y: float, mask: Tensor) -> tuple[str, float, float]:
    """A mask (n,) as one row, or (n, h, w) as n planes side by side; with its width and height."""
    planes = mask.reshape(1, 1, -1) if mask.dim() == 1 else mask
    shapes, start = "", x
    for plane in planes:
        blank = [[""] * plane.shape[1]] * plane.shape[0]
        shapes += grid(x, y, blank, SMALL, lambda i, j, p=plane: bool(p[i, j]), SMALL)
        x += plane.shape[1] * SMALL + PLANES
    return shapes, x - PLANES - start, planes.shape[1] * SMALL


def looked_up(ids: Tensor, table: Tensor, caption: str) -> Figure:
    """An arrow from each id in `ids` (count,) to its row of `table` (rows, columns).

    Raises `IndexError` for an id that is no row.
    """
    shown, chosen = numbers(table.tolist()), ids.tolist()
    if not all(0 <= i < len(shown) for i in chosen):
        raise IndexError("an id below 0, or beyond the last row, has nothing to point to")
    left = NARROW + BENDS
    height = STEP * max(len(shown), len(chosen))
    first = STEP + (height - STEP * len(chosen)) / 2
    body = heading(NARROW / 2, STEP, "ids")
    body += heading(left + table.shape[1] * WIDE / 2, STEP, f"rows 0 to {len(shown) - 1}")
    body += grid(0, first, [[str(i)] for i in chosen], NARROW, lambda i, j: True)
    body += grid(left, STEP, shown, WIDE, lambda i, j: i in chosen)
    for place, i in enumerate(chosen):
        body += arrow(NARROW, first + (place + 0.5) * STEP, left, (i + 1.5) * STEP, True)
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
