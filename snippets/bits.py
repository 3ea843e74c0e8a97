"""Read odd floats as the bits they are: small integers, halves of addresses, or text."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import torch

FORMATS = {
    torch.float64: (torch.int64, 64, 52),
    torch.float32: (torch.int32, 32, 23),
    torch.float16: (torch.int16, 16, 10),
    torch.bfloat16: (torch.int16, 16, 7),
}
"""Integer of the same size, bits, bits after the binary point (IEEE 754; bfloat16 likewise)."""
ADDRESSES = (
    # Linux x86-64, arch/x86/mm/mmap.c and asm/elf.h: 28 random bits by default, 32 at most
    (0x7EFF, 0x7FFF, "likely", "Linux: a library, mapped memory or the stack"),
    (0x5555, 0x5656, "likely", "Linux: the program or its heap"),
    (0x6FFF, 0x7EFE, "possibly", "Linux with vm.mmap_rnd_bits=32: mapped memory"),
    (0x5657, 0x6556, "possibly", "Linux with vm.mmap_rnd_bits=32: the program; macOS: the heap"),
    # macOS, libmalloc's nano_zone_common.h (0x6 << 44, within the line above); ld leaves out 4 GiB
    (0x0001, 0x0001, "possibly", "macOS: the program or a library"),
)
"""Upper 32 bits of a 64-bit address: first, last, how sure, where such addresses are seen."""
ENOUGH = {8: 8, 16: 4, 32: 4}
"""Known characters of 8, 16 or 32 bits in a row that make text likely instead of possible."""
NUMBER = r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|inf|nan)"


@dataclass(frozen=True)
class Reading:
    """What one number's bits can mean; `low` and `high` are the first and last pattern that fit it.

    They are equal when the bits are known; `integer` is then the signed integer of the same size.
    `characters` holds the ASCII text by width in bits, lowest character first, `·` where several
    fit. `guesses` says what is likely or possible; all else is arithmetic.
    """

    dtype: torch.dtype
    low: int
    high: int
    kind: str
    integer: int | None
    address: str | None
    characters: dict[int, str]
    guesses: tuple[str, ...]

    @property
    def bits(self) -> str:
        """The bit pattern in hexadecimal, or the first and the last that fit."""
        digits = FORMATS[self.dtype][1] // 4
        return " to ".join(f"0x{end:0{digits}x}" for end in sorted({self.low, self.high}))

    def __str__(self) -> str:
        count = f"{self.high - self.low + 1:,} patterns print so"
        known = count if self.integer is None else f"the integer {self.integer:,}"
        head = f"{self.kind} {self.dtype}, bits {self.bits}, {known}".replace("torch.", "")
        return "; ".join([head, *self.guesses])


@dataclass(frozen=True)
class Memory:
    """Readings of neighbors in memory, and by width the longest text that runs over several."""

    readings: tuple[Reading, ...]
    text: dict[int, str]

    def __str__(self) -> str:
        kinds = [reading.kind for reading in self.readings]
        counts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
        found = [_text_guess(text, width) for width, text in self.text.items()]
        if addresses := sum(reading.address is not None for reading in self.readings):
            found.append(f"{addresses} could belong to an address")
        return "; ".join([counts or "no values", *found])


def decode(
    value: float | str | torch.Tensor | Sequence[float | str], dtype: torch.dtype = torch.float32
) -> Reading | Memory:
    """Read the bits of a float, of a number or a tensor as printed, or of neighbors in memory.

    A float or a string gives a `Reading`; a tensor, a list or a string with brackets a `Memory`. A
    float is rounded to `dtype`. A string stands for every pattern of `dtype` that prints so with as
    many digits (torch/_tensor_str.py; `7.` is 7 alone, `nan` every positive NaN). A tensor keeps its
    dtype. The lowest byte comes first, as on x86 and ARM.

    Raises `ValueError` for text that is not a number or that no value of `dtype` prints as, numbers
    beyond its range and meta tensors; `TypeError` for anything but floats of 16 to 64 bits.
    """
    if isinstance(value, torch.Tensor):
        dtype = value.dtype
    if dtype not in FORMATS:
        raise TypeError(f"cannot read {dtype}: pass one of {', '.join(map(str, FORMATS))}")
    if isinstance(value, str) and "[" in value:
        value = re.findall(NUMBER, value[value.index("[") : value.rfind("]")].lower())
    if isinstance(value, torch.Tensor):
        readings = tuple(_read(bits, bits, dtype) for bits in _patterns(value))
    elif isinstance(value, list | tuple):
        readings = tuple(_one(item, dtype) for item in value)
    else:
        return _one(value, dtype)
    text = {}
    for width in ENOUGH:
        runs = "".join(reading.characters.get(width, "\n") for reading in readings).split("\n")
        if len(run := max(runs, key=len)) > FORMATS[dtype][1] // width:
            text[width] = run
    return Memory(readings, text)


def _one(value: object, dtype: torch.dtype) -> Reading:
    if isinstance(value, str):
        return _read(*_printed(value, dtype), dtype)
    if not isinstance(value, float):
        raise TypeError(
            f"cannot read a value of type {type(value).__name__}: pass a float, a printed "
            "number as a string, a tensor, or a list of floats or strings"
        )
    (bits,) = _patterns(torch.tensor([value], dtype=dtype))
    if math.isfinite(value) and _kind(bits, dtype) == "infinite":
        raise ValueError(f"{value} is beyond the range of {dtype}: pass dtype=torch.float64")
    return _read(bits, bits, dtype)


def _patterns(tensor: torch.Tensor) -> list[int]:
    if tensor.is_meta:
        raise ValueError("a meta tensor holds no bits: allocate it with to_empty(device=...)")
    integer, size, _ = FORMATS[tensor.dtype]
    numbers = tensor.detach().cpu().contiguous().view(integer).flatten().tolist()
    return [number % (1 << size) for number in numbers]


def _printed(text: str, dtype: torch.dtype) -> tuple[int, int]:
    """First and last bit pattern of `dtype` that prints as `text`."""
    number = text.strip().lower()
    if not re.fullmatch(NUMBER, number):
        raise ValueError(f"{text!r} is not a number: write it as torch prints it, '1.4013e-45'")
    _, size, mantissa = FORMATS[dtype]
    sign, number = number.startswith("-") << size - 1, number.lstrip("+-")
    infinity = (1 << size - 1) - (1 << mantissa)
    if number in ("inf", "nan"):
        first, last = (infinity,) * 2 if number == "inf" else (infinity + 1, (1 << size - 1) - 1)
        return sign | first, sign | last
    wanted = Decimal(number)
    _, digits, exponent = wanted.as_tuple()
    style = f".{len(digits) - 1}e" if "e" in number else f".{-int(exponent)}f"

    def shown(bits: int) -> Decimal:
        exact = _value(bits, dtype)
        return Decimal(exact) if style == ".0f" else Decimal(format(exact, style))

    first, after = (
        find(range(infinity), wanted, key=shown) for find in (bisect_left, bisect_right)
    )
    if first == after:
        nearest = f"{_value(max(first - 1, 0), dtype)!r} and {_value(first, dtype)!r}"
        raise ValueError(f"no {dtype} prints as {text!r}, only {nearest}: pass another dtype=")
    return sign | first, sign | after - 1


def _read(low: int, high: int, dtype: torch.dtype) -> Reading:
    _, size, _ = FORMATS[dtype]
    kind = " to ".join(dict.fromkeys(_kind(end, dtype) for end in (low, high)))
    integer = None if low != high else low - (low >> size - 1 << size)
    address, guesses, upper = None, [], max(size - 32, 0)
    for first, last, sure, where in ADDRESSES:
        if size >= 32 and first <= low >> upper and high >> upper <= last:
            address = f"{'the upper half of ' * (size == 32)}an address ({where})"
            guesses = [f"{sure} {address}"]
            break
    if integer and kind == "subnormal" and 0 < integer < ADDRESSES[1][0]:
        guesses.append("possibly a size, a count or another small integer")
    characters = {}
    for width in ENOUGH:
        text = _characters(low, high, size, width) if width <= size else None
        if text and text.strip("·"):
            characters[width] = text
            guesses.append(_text_guess(text, width))
    return Reading(dtype, low, high, kind, integer, address, characters, tuple(guesses))


def _characters(low: int, high: int, size: int, width: int) -> str | None:
    """The ASCII text that a pattern of `size` bits from `low` to `high` can be, None if it cannot."""
    if (low, high) == (0, (1 << size) - 1):
        return "·" * (size // width)
    rest, fits = size - width, []
    for code in range(0x20, 0x7F):
        first, last = max(low, code << rest), min(high, (code + 1 << rest) - 1)
        if first <= last:
            below = _characters(first - (code << rest), last - (code << rest), rest, width)
            fits += [] if below is None else [below + chr(code)]
    columns = (set(column) for column in zip(*fits, strict=True))
    return "".join(column.pop() if len(column) == 1 else "·" for column in columns) or None


def _text_guess(text: str, width: int) -> str:
    sure = "likely" if len(text.replace("·", "")) >= ENOUGH[width] else "possibly"
    return f"{sure} {width}-bit characters {text!r}"


def _kind(bits: int, dtype: torch.dtype) -> str:
    _, size, mantissa = FORMATS[dtype]
    magnitude, infinity = bits % (1 << size - 1), (1 << size - 1) - (1 << mantissa)
    if magnitude >= infinity:
        return "infinite" if magnitude == infinity else "NaN"
    return "zero" if not magnitude else "subnormal" if magnitude < 1 << mantissa else "normal"


def _value(bits: int, dtype: torch.dtype) -> float:
    """The number that a positive pattern stands for, computed, so that nothing flushes it to zero."""
    _, size, mantissa = FORMATS[dtype]
    exponent, fraction = divmod(bits, 1 << mantissa)
    bias = (1 << size - mantissa - 2) - 1
    return math.ldexp(fraction + (bool(exponent) << mantissa), max(exponent, 1) - bias - mantissa)
