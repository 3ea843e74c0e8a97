"""Diagrams of memory: which tensors share it, and the bits of a float, read from the tensors."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from snippets.drawing import ABOVE, STEP, Figure, arrow, grid, label, numbers

WIDE, BIT, HIGH = 44, 10, 20
"""Pixels: the width of a cell with a number, the width and height of one with a bit."""
LETTER, BESIDE, PITCH, TITLE, APART, BENDS = 8, 20, 34, 21, 17, 56
"""Pixels: a letter of a name, room around it, from name to name, for words over memory, between two memories,
for arrows."""
HEAD, LINE, WORDS, SPLIT = 24, 60, 22, 6
"""Pixels: the names of the fields, from float to float, the words over its bits, between fields."""
FIELDS = {"sign": (0, 1), "exponent": (1, 9), "fraction": (9, 32)}
"""Bits of a float32 from the highest down (IEEE 754): first, and the one after the last."""
SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def shared_memory(tensors: Mapping[str, Tensor], caption: str) -> Figure:
    """An arrow from each name to the memory that its tensor (size,) uses, with what is in it.

    Tensors with one address are one memory, drawn once. Raises `ValueError` if they then differ in
    size: a diagram of a slice would need more than an arrow.
    """
    places: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        places.setdefault(tensor.data_ptr(), {})[name] = tensor.detach()
    box = LETTER * max(map(len, tensors)) + BESIDE
    start, body, top, wide, told = box + BENDS, "", 0.0, 0.0, []
    rows = [["memory", "its tensors", "numbers in it"]]
    for number, names in enumerate(places.values()):
        tensor, *others = names.values()
        if any(other.shape != tensor.shape for other in others):
            raise ValueError("tensors that share memory only in part have no place in this diagram")
        values = numbers([tensor.tolist()])
        half = (len(names) * PITCH - (PITCH - STEP)) / 2
        middle = top + max(TITLE + STEP / 2, half)
        for i, name in enumerate(names):
            height = middle - half + i * PITCH
            body += grid(0, height, [[name]], box)
            body += arrow(box, height + STEP / 2, start, middle, number == 0)
        body += grid(start, middle - STEP / 2, values, WIDE, lambda i, j, n=number: n == 0)
        title = f"one memory, {len(names)} names" if others else "memory of its own"
        body += label(start, middle - STEP / 2 - ABOVE, title)
        told.append(f"{' and '.join(names)}: {title}, holding {', '.join(values[0])}.")
        rows.append([str(number + 1), ", ".join(names), ", ".join(values[0])])
        wide = max(wide, start + len(tensor) * WIDE + 1)
        top = middle + half + APART
    return Figure(body, " ".join(told), caption, rows, (wide, top - APART + 1), True)


def float_bits(values: Tensor, caption: str) -> Figure:
    """The 32 bits of each float32 in `values` (count,), by sign, exponent and fraction.

    Raises `TypeError` for another dtype.
    """
    if values.dtype != torch.float32:
        raise TypeError(f"32 bits are drawn, and these are {values.dtype}")
    told, rows = [], [["printed", "sign", "exponent", "fraction", "reads"]]
    foot, middle = HEAD - ABOVE, (_place(9) + _place(32)) / 2
    body = label(0, foot, "sign") + label(_place(9) - SPLIT, foot, "exponent", anchor="end")
    body += label(middle, foot, "fraction", anchor="middle")
    for number, integer in enumerate(values.view(torch.int32).tolist()):
        printed = str(values[number : number + 1])[8:-2]
        digits = f"{integer % 2**32:032b}"
        top = HEAD + number * LINE + WORDS
        body += label(0, top - ABOVE, printed, "ink number")
        reads = _reading(*(int(digits[first:end], 2) for first, end in FIELDS.values()))
        body += label(_place(32), top - ABOVE, reads, anchor="end")
        parts = [digits[first:end] for first, end in FIELDS.values()]
        for part, (first, _) in zip(parts, FIELDS.values(), strict=True):
            body += grid(
                *(_place(first), top, [part], BIT), lambda i, j, p=part: p[j] == "1", HIGH, False
            )
        told.append(
            f"{printed}: sign {parts[0]}, exponent {parts[1]}, fraction {parts[2]}; {reads}."
        )
        rows.append([printed, *parts, reads])
    size = _place(32) + 1, HEAD + (len(values) - 1) * LINE + WORDS + HIGH + 1
    return Figure(body, " ".join(told), caption, rows, size, True)


def _place(bit: int) -> int:
    """Where a bit stands: a gap before the exponent and one before the fraction."""
    return bit * BIT + SPLIT * ((bit > 0) + (bit > 8))


def _reading(sign: int, exponent: int, fraction: int) -> str:
    """What the three fields of a float32 stand for (IEEE 754)."""
    minus = "\N{MINUS SIGN}" * sign
    if exponent == 255:
        return "NaN: exponent all ones, fraction not 0" if fraction else f"{minus}infinity"
    if exponent == 0:
        return f"{minus}{fraction} × 2⁻¹⁴⁹"
    return f"{minus}(1 + {fraction}/2²³) × 2{str(exponent - 127).translate(SUPERSCRIPT)}"
