"""Read odd floats as the bits they are: small integers, halves of addresses, or text.

    python bits.py 4.5750e-41 1.4013e-45          some numbers, neighbors in memory
    python bits.py --dtype float64 6.9e-310       of another type
    python bits.py "tensor([4.5e-41, 0.])"        a tensor as torch printed it; - reads it from the input

Prints what the bits can mean. The exit status is 1 when they look like memory that nobody wrote (an
address or text is likely, or a number is subnormal), 2 when something cannot be read, else 0.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import overload

import torch
from torch import Tensor

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
KINDS = ("zero", "subnormal", "normal", "infinite", "NaN")
NUMBER = r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|inf(?:inity)?|nan)"
LONGEST = 1100
"""No float prints with more characters: the smallest float64 has 1,074 places."""

# How much a text is worth as evidence. -------------------------------------------------------------

LEVEL = 1e-4
"""Share of tensors whose numbers are random that are called likely text, at most."""
CHANCE = 0.05
"""The same share for text that runs over several numbers and is called possible."""
ENOUGH = {8: 8, 16: 4, 32: 4}
"""Fewest characters of 8, 16 or 32 bits that are called likely text, whatever the evidence."""
FREQUENT = {" ": 0.1, "etaoinsrhl": 0.042, "dcumfpgwybvk": 0.016, "\n\t_/.:,-=()\"'": 0.008}
"""Share that each of these characters has in text in memory; the others divide what is left."""
ODD = 0x61C8864680B583EB
"""Makes one key of the two ends of a pattern: an odd number, from the golden ratio."""
FAR = 4
"""What is nearer than this to where it was, or was to be, is foreseen by the numbers before it."""
HUGE = 0x60
"""First highest byte of a number that no weight has: from 2**65 on (float16: from 512)."""


CHARACTERS = frozenset((9, 10, *range(0x20, 0x7F)))
"""The codes of what text is made of: printable ASCII, tab and newline."""


def _scores() -> tuple[Tensor, Tensor]:
    """By byte: is it a character of text, and log2 of its share in text over its share in random bytes."""
    known = torch.zeros(256, dtype=torch.bool)
    known[list(CHARACTERS)] = True
    shares = {ord(character): share for each, share in FREQUENT.items() for character in each}
    rest = (1 - sum(shares.values())) / (int(known.sum()) - len(shares))
    scores = torch.tensor([math.log2(256 * shares.get(code, rest)) for code in range(256)])
    return known, scores.double() * known


TEXT, SCORES = _scores()


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
    """Readings of neighbors in memory, each made when it is asked for, and what they are together.

    `text` holds by width the text that runs over several numbers, where chance makes such a one in
    fewer than `CHANCE` of all tensors; a width in `likely` in fewer than `LEVEL`. `kinds` counts the
    numbers of each kind, `addresses` those that could belong to an address.
    """

    readings: Sequence[Reading]
    text: dict[int, str]
    likely: frozenset[int]
    kinds: dict[str, int]
    addresses: int

    def __str__(self) -> str:
        counts = ", ".join(f"{count:,} {kind}" for kind, count in self.kinds.items())
        found = [
            _text_guess(text, width, width in self.likely) for width, text in self.text.items()
        ]
        if self.addresses:
            found.append(f"{self.addresses:,} could belong to an address")
        return "; ".join([counts or "no values", *found])


@dataclass(frozen=True)
class _Readings(Sequence[Reading]):
    """The readings of the patterns from `low` to `high`, which are signed integers of 64 bits."""

    low: Tensor
    high: Tensor
    dtype: torch.dtype

    def __len__(self) -> int:
        return len(self.low)

    @overload
    def __getitem__(self, place: int) -> Reading: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Reading, ...]: ...
    def __getitem__(self, place: int | slice) -> Reading | tuple[Reading, ...]:
        if isinstance(place, slice):
            return tuple(self[each] for each in range(*place.indices(len(self))))
        mask = (1 << FORMATS[self.dtype][1]) - 1
        return _read(int(self.low[place]) & mask, int(self.high[place]) & mask, self.dtype)


def decode(
    value: float | str | Tensor | Sequence[float | str], dtype: torch.dtype = torch.float32
) -> Reading | Memory:
    """Read the bits of a float, of a number or a tensor as printed, or of neighbors in memory.

    A float or a string gives a `Reading`; a tensor, a list or a printed tensor a `Memory`. A float is
    rounded to `dtype`. A string stands for every pattern of `dtype` that prints so with as many digits
    (torch/_tensor_str.py; `7.` is 7 alone, `nan` every positive NaN). A tensor keeps its dtype, and a
    printed one the dtype that it names. The lowest byte comes first, as on x86 and ARM.

    A printed tensor may be of any release of torch: `tensor(...)` with a factor before the numbers,
    dots in place of numbers (no text runs across them), dtype, size, device, grad_fn and the like
    after them; after a line as `Parameter containing:`; or rows above `[torch.FloatTensor of size
    2x2]`. A list in brackets and numpy's `array(...)` are read, too.

    Numbers of which chance decides (any weights, drawn or trained, whose last digits are as good as
    random) are called likely text in at most `LEVEL` of all tensors of whatever size: the more numbers
    are searched, the more evidence is asked for. It counts bytes that are as frequent in text as
    `FREQUENT` says: those of the lower digits, those of the sign and the exponent only in numbers too
    large for any weight; a number that comes again counts once. By Ville's inequality no run of n
    numbers is 3·n/LEVEL times likelier as text than as chance in more than that share.

    Raises `ValueError` with the reason for text that is not a number or no tensor of floats, that no
    value of `dtype` prints as, for numbers beyond its range and for tensors that hold no numbers of
    their own; `TypeError` for anything but floats of 16 to 64 bits.
    """
    if isinstance(value, Tensor):
        dtype = value.dtype
    if dtype not in FORMATS:
        raise TypeError(f"cannot read {dtype}: pass one of {', '.join(map(str, FORMATS))}")
    if isinstance(value, Tensor):
        patterns = _patterns(value)
        return _memory(patterns, patterns, dtype, [])
    if isinstance(value, str) and re.search(r"[\[(]", value):
        printed = _pasted(value, dtype)
        ends = [_printed(number, printed.dtype, printed.factor) for number in printed.numbers]
        return _memory(*_both(ends, printed.dtype), printed.dtype, printed.gaps)
    if not isinstance(value, list | tuple):
        return _read(*_ends(value, dtype), dtype)
    if value and all(type(item) is float and math.isfinite(item) for item in value):
        tensor = torch.tensor(value, dtype=dtype)
        if tensor.isfinite().all():
            patterns = _patterns(tensor)
            return _memory(patterns, patterns, dtype, [])
    return _memory(*_both([_ends(item, dtype) for item in value], dtype), dtype, [])


def _ends(value: object, dtype: torch.dtype) -> tuple[int, int]:
    """First and last bit pattern of one number."""
    if isinstance(value, str):
        return _printed(value, dtype)
    if not isinstance(value, float):
        raise TypeError(
            f"cannot read a value of type {type(value).__name__}: pass a float, a printed "
            "number as a string, a tensor, or a list of floats or strings"
        )
    bits = int(_patterns(torch.tensor([value], dtype=dtype))) % (1 << FORMATS[dtype][1])
    if math.isfinite(value) and _kind(bits, dtype) == "infinite":
        raise ValueError(f"{value} is beyond the range of {dtype}: pass dtype=torch.float64")
    return bits, bits


def _both(ends: list[tuple[int, int]], dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    wrap = 1 << 64 if FORMATS[dtype][1] == 64 else 1 << 65  # as signed integers of 64 bits
    signed = [[end - (end >> 63) * wrap for end in pair] for pair in ends]
    low, high = torch.tensor(signed, dtype=torch.int64).reshape(-1, 2).T
    return low, high


def _patterns(tensor: Tensor) -> Tensor:
    """The bits of a tensor's numbers, in the order of its elements."""
    if torch.nn.parameter.is_lazy(tensor):
        raise ValueError("a lazy parameter holds no bits: run a batch through its layer first")
    if tensor.is_meta:
        raise ValueError("a meta tensor holds no bits: allocate it with to_empty(device=...)")
    if tensor.layout != torch.strided or tensor.is_nested:
        raise ValueError("the tensor is sparse or nested: pass its values(), a tensor like others")
    if not _has_memory(tensor):
        raise ValueError(
            f"a {type(tensor).__name__} with no memory of its own: freed, fake or wrapped"
        )
    integer, size, _ = FORMATS[tensor.dtype]
    whole = tensor.detach().resolve_neg().cpu().contiguous()
    return whole.view(integer).flatten().long() & (-1 if size == 64 else (1 << size) - 1)


def _has_memory(tensor: Tensor) -> bool:
    """Whether each element has a place in memory, as in no fake tensor, wrapper or freed storage."""
    try:
        storage, place = tensor.untyped_storage(), tensor.storage_offset()
        place += sum((n - 1) * step for n, step in zip(tensor.shape, tensor.stride(), strict=True))
        inside = (place + 1) * tensor.dtype.itemsize <= storage.nbytes() and storage.data_ptr()
        return not tensor.numel() or bool(inside)
    except RuntimeError:  # a NotImplementedError, too
        return False


# Printed numbers. ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Printed:
    """A pasted tensor: its numbers, the power of ten before them, places after dots, its dtype."""

    numbers: list[str]
    factor: int
    gaps: list[int]
    dtype: torch.dtype


OLD = re.compile(
    r"\[torch\.(?:cuda\.)?(?P<kind>[\w.]*)Tensor (?:of size \(?(?P<size>[\dx, ]+)\)?|with no dimension)"
    r"(?: \(GPU \d+\))?\]$"
)
OLD_NAMES = {"Float": "float32", "Double": "float64", "Half": "float16", "BFloat16": "bfloat16"}
OLD_NAMES |= {"Long": "int64", "Int": "int32", "Short": "int16", "Char": "int8", "Byte": "uint8"}
NUMPY = re.compile(r"(?:(?:np|numpy)\.)?(?:(?P<scalar>float(?:16|32|64))|array|matrix|memmap)")
NO_FLOATS = {
    "layout=torch.sparse": "a sparse tensor: paste its values(), a tensor like others",
    "quantization_scheme=": "a quantized tensor holds integers: the floats are computed from them",
}
BEFORE = re.compile(
    r"(?:(?:In \[\d+\]:|>>>)[^\n]*\n|Out\[\d+\]:|(?:Parameter|Variable|Buffer) containing:|\s)*"
)
NAME = re.compile(r"(?P<name>[A-Za-z_][\w.]*)\(\s*")
FACTOR = re.compile(r"\s*1\.?0*e(?P<power>[+-]?\d+) \*")
SLICE = re.compile(r"\(\d+ ?(?:,\d+ ?)*(?:,\.)+\) = *\n")
AFTER = re.compile(
    r",\s*(?P<key>dtype|device|grad_fn|requires_grad|size|shape|names|layout)="
    r"(?P<value>'[^']*'|<[^=]*?>(?=\s*[,)])|\([^()]*\)|[\w.]+)\s*"
)


def _pasted(text: str, dtype: torch.dtype) -> _Printed:
    """The numbers of a printed tensor; `ValueError` with the reason when it holds no floats to read."""
    for sign, why in NO_FLOATS.items():
        if sign in text:
            raise ValueError(why)
    body = text.strip()
    body = body[BEFORE.match(body).end() :]  # type: ignore[union-attr]
    size: list[int] | None = None
    kind, whole = "", False
    if old := OLD.search(body):
        kind = OLD_NAMES.get(old["kind"], old["kind"] + "Tensor")
        size = [int(side) for side in re.findall(r"\d+", old["size"] or "0")]
        body = SLICE.sub("\n", body[: old.start()])
        if "Columns" in body:
            raise ValueError("printed in blocks of columns: join their rows, then paste a list")
    elif name := NAME.match(body):
        body, kwargs = _call(body[name.end() :])
        whole = "dtype" not in kwargs
        kind = kwargs.get("dtype") or _implied(name["name"])
        if sides := kwargs.get("size") or kwargs.get("shape"):
            size = [int(side) for side in re.findall(r"\d+", sides)]
        if not body.strip():
            raise ValueError(f"{_short(text)} holds no numbers")
    dtype = _dtype(kind.strip("'")) if kind else dtype
    power = FACTOR.match(body)
    if power:
        body = body[power.end() :]
    numbers: list[str] = []
    gaps: list[int] = []
    body = body.strip()
    if not old and re.search(r"[\[(]", body) and _closed(body, 0) != len(body):
        raise ValueError(f"{_short(text)} is not one tensor: paste it alone, as torch printed it")
    for token in re.sub(r"[\[\](),]", " ", body).lower().split():
        if token in ("...", "⋮", "⋱"):
            gaps.append(len(numbers))
        elif re.fullmatch(NUMBER, token):
            numbers.append(token)
        elif token in ("true", "false"):
            raise ValueError("a tensor of bool holds no floats of 16 to 64 bits")
        elif token.endswith("j"):
            raise ValueError("complex numbers: print torch.view_as_real(tensor), its parts")
        else:
            raise ValueError(f"{_short(token)} in a printed tensor is not a number")
    _check_whole(body, dots=bool(gaps))
    if whole and numbers and not re.search(r"[.ein]", "".join(numbers)):
        raise ValueError("a tensor of integers: floats print with a point, an exponent or nan")
    if not numbers and (gaps or (size and math.prod(size))):
        raise ValueError("the printed tensor holds no numbers, as one on device meta does")
    if size is not None and not gaps and len(numbers) != math.prod(size):
        raise ValueError(f"{len(numbers)} numbers are printed, and the size says {math.prod(size)}")
    return _Printed(numbers, int(power["power"]) if power else 0, gaps, dtype)


def _implied(name: str) -> str:
    """The dtype that a constructor gives its numbers, nothing for that of the caller's."""
    if numpy := NUMPY.fullmatch(name):
        return numpy["scalar"] or "float64"
    last = name.rpartition(".")[2]
    if last != "tensor" and not last[:1].isupper():  # a subclass of Tensor prints its own name
        raise ValueError(f"{name}(...) is no tensor as printed: paste its numbers in brackets")
    return OLD_NAMES.get(last.removesuffix("Tensor"), "")


def _dtype(kind: str) -> torch.dtype:
    """What is printed as `kind`, as in torch.float64, np.float64, 'float64' and (Python's) float."""
    last = "float64" if kind == "float" else kind.rpartition(".")[2]
    found = vars(torch).get(last)
    if isinstance(found, torch.dtype) and found in FORMATS:
        return found
    raise ValueError(f"a tensor of {last} holds no floats of 16 to 64 bits that can be read")


def _check_whole(body: str, dots: bool) -> None:
    """Raise if the numbers in brackets are no array: of one depth, equal rows, parted in one way."""
    rows = {len(row.replace(",", " ").split()) for row in re.findall(r"\[([^][]*)\]", body)}
    if (len(rows) > 1 and not dots) or re.search(r"[\[(,]\s*,", body):
        raise ValueError(
            "rows of different lengths, or two commas: a number is missing in the paste"
        )
    depth, depths = 0, set()
    for each in re.findall(r"[\[\]()]|[^\s,\[\]()]+", body):
        depth += (each in "[(") - (each in "])")
        if each[-1] not in "[]()" and each != "...":
            depths.add(depth)
    if len(depths) > 1:
        raise ValueError("numbers and rows side by side: a bracket is missing in the paste")
    parted = re.search(r"[^\s,\[(]\s+[^\s,\])]|[\])]\s*[\[(]", body)  # without a comma
    thousands = re.search(r"(?<![\d.])\d{1,3},\d{3}(?!\d)", body) and re.search(r", ", body)
    if "," in body and (parted or thousands):
        raise ValueError("some numbers are parted by commas, some are not: is one cut in two?")


def _call(text: str) -> tuple[str, dict[str, str]]:
    """What follows `tensor(`: its numbers, and the arguments after them by name."""
    end = re.match(r"[^\[\]]*?(?=,\s*[a-z_]+=|\)\s*$)", text)
    if bracket := re.match(r"[^\[\]=]*\[", text):
        end = re.compile(".*", re.S).match(text, 0, _closed(text, bracket.end() - 1))
    if end is None or "=" in end[0]:
        raise ValueError(f"{_short(text)} is not one tensor of numbers: paste one, as printed")
    found, rest = {}, text[end.end() :].strip()
    while argument := AFTER.match(rest):
        found[argument["key"]] = argument["value"]
        rest = rest[argument.end() :]
    if not re.fullmatch(r"\)[,;.\s]*", rest):
        raise ValueError(f"{_short(rest)} after the numbers of a printed tensor is not understood")
    return end[0], found


def _closed(text: str, start: int) -> int:
    """Where the bracket that opens at `start` has closed, or 0."""
    ends: list[str] = []
    for place in range(start, len(text)):
        if text[place] in "[(":
            ends.append("]" if text[place] == "[" else ")")
        elif text[place] in "])" and (not ends or ends.pop() != text[place]):
            return 0
        if not ends:
            return place + 1
    return 0


def _short(text: str) -> str:
    return repr(text if len(text) < 40 else text[:36] + " ...")


@lru_cache(maxsize=1 << 16)
def _printed(text: str, dtype: torch.dtype, factor: int = 0) -> tuple[int, int]:
    """First and last bit pattern of `dtype` that prints as `text`, times 10**factor."""
    number = text.strip().lower()
    if len(number) > LONGEST or not re.fullmatch(NUMBER, number):
        raise ValueError(
            f"{_short(text)} is not a number: write it as torch prints it, '1.4013e-45'"
        )
    _, size, mantissa = FORMATS[dtype]
    sign, number = number.startswith("-") << size - 1, number.lstrip("+-").replace("inity", "")
    infinity = (1 << size - 1) - (1 << mantissa)
    if number in ("inf", "nan"):
        first, last = (infinity,) * 2 if number == "inf" else (infinity + 1, (1 << size - 1) - 1)
        return sign | first, sign | last
    power = re.search(r"e(.*)", number)
    if max(abs(int(power[1])) if power else 0, abs(factor)) > LONGEST:
        raise ValueError(f"{_short(text)} is beyond the range of every float")
    sign_of, digits, exponent = Decimal(number).as_tuple()
    exponent = int(exponent) + factor
    wanted = Decimal((sign_of, digits, exponent))
    style = f".{len(digits) - 1}e" if "e" in number else f".{max(-exponent, 0)}f"

    def shown(bits: int) -> Decimal:
        exact = _value(bits, dtype)
        if factor > 0 and exponent > 0:
            return Decimal(round(exact, -exponent))
        return Decimal(exact) if style == ".0f" and not factor else Decimal(format(exact, style))

    half = Decimal((0, (5,), exponent - 1))  # of the last digit
    first, after = (
        _border(_pattern(float(wanted + side), dtype), infinity, reached)
        for side, reached in (
            (-half, lambda bits: shown(bits) >= wanted),
            (half, lambda bits: shown(bits) > wanted),
        )
    )
    if first == after and (short := _shortest(wanted, len(digits), dtype)):
        first, after = short, short + 1
    if first == after:
        ends = (_value(bits, dtype) for bits in (max(first - 1, 0), first))
        nearest = " and ".join(map(repr, ends))
        raise ValueError(f"no {dtype} prints as {text!r}, only {nearest}: pass another dtype=")
    return sign | first, sign | after - 1


def _shortest(number: Decimal, digits: int, dtype: torch.dtype) -> int:
    """The power of two for which Python and numpy write `number`, which is not its nearest, or 0.

    They write the fewest digits that read back; above a power of two more numbers do than below.
    """
    near = int(_patterns(torch.tensor([float(number)], dtype=dtype)))
    value = _value(near, dtype)
    rounded = [float(format(value, f".{max(digits - less, 0)}e")) for less in (1, 2)]
    others = near not in _patterns(torch.tensor(rounded, dtype=dtype))  # as they read back
    least = others or Decimal(repr(value)) == number
    return near if near % (1 << FORMATS[dtype][2]) == 0 and least else 0


def _border(start: int, end: int, reached: Callable[[int], bool]) -> int:
    """The first of the integers below `end` from which on `reached` is true, looked for around `start`."""
    low = high = min(start, end)
    step = 1
    while low and reached(low - 1):
        low, step = max(low - step, 0), 2 * step
    step = 1
    while high < end and not reached(high):
        high, step = min(high + step, end), 2 * step
    return bisect_left(range(end), True, low, high, key=reached)


# Readings. -----------------------------------------------------------------------------------------


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
        if text := _whole_text(low, high, size, width):
            characters[width] = text
            ends = torch.tensor([[end - (end >> 63 << 64)] for end in (low, high)])
            evidence = _worth(_codes_of([text]), *ends, torch.tensor([0]), size, width).item()
            guesses.append(_text_guess(text, width, _is_likely(text, width, evidence, 1)))
    return Reading(dtype, low, high, kind, integer, address, characters, tuple(guesses))


def _whole_text(low: int, high: int, size: int, width: int) -> str:
    """The text that a whole number is, with at least one character known; else nothing."""
    text = _characters(low, high, size, width) if width <= size else None
    return text if text and text.strip("·") else ""


def _characters(low: int, high: int, size: int, width: int) -> str | None:
    """The ASCII text that a pattern of `size` bits from `low` to `high` can be, None if it cannot."""
    if (low, high) == (0, (1 << size) - 1):
        return "·" * (size // width)
    rest, fits = size - width, []
    for code in range(low >> rest, min(high >> rest, 0x7E) + 1):
        if code in CHARACTERS:
            start = code << rest
            first, last = max(low - start, 0), min(high - start, (1 << rest) - 1)
            below = _characters(first, last, rest, width)
            fits += [] if below is None else [below + chr(code)]
    columns = (set(column) for column in zip(*fits, strict=True))
    return "".join(column.pop() if len(column) == 1 else "·" for column in columns) or None


def _text_guess(text: str, width: int, likely: bool) -> str:
    return f"{'likely' if likely else 'possibly'} {width}-bit characters {text!r}"


def _is_likely(text: str, width: int, evidence: float, n: int) -> bool:
    known = len(text) - text.count("·")
    return known >= ENOUGH[width] and evidence >= math.log2(len(ENOUGH) * n / LEVEL)


def _kind(bits: int, dtype: torch.dtype) -> str:
    return KINDS[int(_kinds(torch.tensor(bits - (bits >> 63 << 64)), dtype))]


def _value(bits: int, dtype: torch.dtype) -> float:
    """The number that a positive pattern stands for, computed, so that nothing flushes it to zero."""
    _, size, mantissa = FORMATS[dtype]
    if bits >= (1 << size - 1) - (1 << mantissa):
        return math.inf
    exponent, fraction = divmod(bits, 1 << mantissa)
    bias = (1 << size - mantissa - 2) - 1
    return math.ldexp(fraction + (bool(exponent) << mantissa), max(exponent, 1) - bias - mantissa)


def _pattern(number: float, dtype: torch.dtype) -> int:
    """The pattern of the largest number that is not above `number`, or 0."""
    _, size, mantissa = FORMATS[dtype]
    infinity, bias = (1 << size - 1) - (1 << mantissa), (1 << size - mantissa - 2) - 1
    if number <= 0 or math.isinf(number):
        return infinity if number > 0 else 0
    exponent = max(math.frexp(number)[1] + bias - 1, 1)
    fraction = int(math.ldexp(number, mantissa + bias - exponent)) if exponent < 1 << 11 else 0
    return min((exponent - 1 << mantissa) + fraction, infinity)


# Many numbers at once. -----------------------------------------------------------------------------


def _memory(low: Tensor, high: Tensor, dtype: torch.dtype, gaps: list[int]) -> Memory:
    _, size, _ = FORMATS[dtype]
    pairs = _kinds(low, dtype) * len(KINDS) + _kinds(high, dtype)
    kinds, first = {}, {}
    for pair in pairs.unique().tolist():
        places = pairs == pair
        name = " to ".join(dict.fromkeys(KINDS[each] for each in divmod(pair, len(KINDS))))
        kinds[name], first[name] = int(places.sum()), int(places.int().argmax())
    upper = max(size - 32, 0)
    below, above = low >> upper, high >> upper
    fits = [(first <= below) & (above <= last) for first, last, *_ in ADDRESSES]
    addresses = int(torch.stack(fits).any(0).sum()) if size >= 32 else 0
    text, likely = {}, set()
    for width in ENOUGH:
        found, evidence = _best_text(low, high, size, width, gaps)
        if len(found) > size // width and evidence >= math.log2(len(ENOUGH) * len(low) / CHANCE):
            text[width] = found
            if _is_likely(found, width, evidence, len(low)):
                likely.add(width)
    return Memory(
        _Readings(low, high, dtype),
        text,
        frozenset(likely),
        {name: kinds[name] for name in sorted(kinds, key=first.__getitem__)},
        addresses,
    )


def _kinds(patterns: Tensor, dtype: torch.dtype) -> Tensor:
    """The place in `KINDS` of each pattern."""
    _, size, mantissa = FORMATS[dtype]
    magnitude = patterns & ((1 << size - 1) - 1)
    infinity = (1 << size - 1) - (1 << mantissa)
    borders = (magnitude > 0, magnitude >= 1 << mantissa, magnitude >= infinity)
    return sum(border.long() for border in (*borders, magnitude > infinity))  # type: ignore[return-value]


def _best_text(
    low: Tensor, high: Tensor, size: int, width: int, gaps: list[int]
) -> tuple[str, float]:
    """Of the runs of numbers that are text as a whole the one with most evidence, and that in bits."""
    if width > size:
        return "", 0.0
    codes = _codes(low, size, width)
    for place in (low != high).nonzero().flatten().tolist():
        mask = (1 << size) - 1
        text = _whole_text(int(low[place]) & mask, int(high[place]) & mask, size, width)
        codes[place] = _codes_of([text])[0] if text else 0
    places = (codes > 0).all(1).nonzero().flatten()
    if not len(places):
        return "", 0.0
    codes = codes[places]
    worth = _worth(codes, low, high, places, size, width)
    breaks = torch.zeros(len(low) + 1, dtype=torch.int64)
    breaks[gaps] = 1
    run = (places - torch.arange(len(places))) + breaks.cumsum(0)[places] * len(low)
    run = run.unique_consecutive(return_inverse=True)[1]
    # the best stretch of each run: its sum up to here, less the least sum before
    ends = worth.cumsum(0) - run * (worth.abs().sum() + 1)
    gain = ends - (ends - worth).cummin(0).values
    best = int(gain.argmax())
    shown = codes[run == run[best]].flatten().tolist()
    return "".join("·" if code == 1 else chr(code) for code in shown), gain[best].item()


def _codes(patterns: Tensor, size: int, width: int) -> Tensor:
    """For each pattern its characters of `width` bits, lowest first; 0 where there is none."""
    fields = [patterns >> shift & (1 << width) - 1 for shift in range(0, size, width)]
    codes = torch.stack(fields, 1)
    return torch.where(TEXT[codes.clamp(max=255)] & (codes < 256), codes, 0)


def _codes_of(texts: list[str]) -> Tensor:
    return torch.tensor([[1 if c == "·" else ord(c) for c in text] for text in texts])


def _worth(
    codes: Tensor, low: Tensor, high: Tensor, places: Tensor, size: int, width: int
) -> Tensor:
    """Evidence in bits for text, against chance, of the numbers at `places` with these characters.

    Chance makes the bytes below the two highest as good as random; a byte of a character counts there
    if the one above it is far from that of the number before, as it is unless all lie close together.
    The two highest hold the exponent, of which weights have few: they count only in numbers too large
    for a weight, the highest one where none of its size has come before; in 16 bits the lower byte
    counts in such numbers, and in those too small for a weight. A number that has come before, or
    that lies on the line through the two before it, counts for nothing.
    """
    step, random = width // 8, max(size // 8 - 2, 0)
    score = SCORES[codes]
    worth = torch.zeros(len(codes), dtype=torch.float64)
    for byte in range(0, random, step):
        above = low >> 8 * (byte + 1) & 255
        far = torch.ones(len(low), dtype=torch.bool)
        if width == 8:
            far[1:] = (above[1:] - above[:-1]).abs() >= FAR
        zeros = min(step, random - byte) - 1  # of a wider character
        worth += far[places] * (score[:, byte // step] + 8 * zeros * (codes[:, byte // step] > 1))
    if width == 8:
        huge = codes[:, -1] >= HUGE
        worth += huge * (score[:, -2] + score[:, -1] * _first(codes[:, -1] >> 3))
    elif size == 16:
        worth += score[:, 0]
    bend = torch.full_like(low, FAR)
    bend[2:] = (low[2:] - 2 * low[1:-1] + low[:-2]).abs()
    return worth * (bend[places] >= FAR) * _first((low + (high - low) * ODD)[places])


def _first(keys: Tensor) -> Tensor:
    """Where each key comes for the first time."""
    order = keys.sort(stable=True)
    new = torch.ones(len(keys), dtype=torch.bool)
    new[1:] = order.values[1:] != order.values[:-1]
    return torch.zeros_like(new).scatter(0, order.indices, new)


def main(arguments: Sequence[str] | None = None) -> int:
    """The program: prints what the values given to it can mean; see the text above."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "values", nargs="+", metavar="VALUE", help="a number, a printed tensor, or -"
    )
    names = [str(dtype).removeprefix("torch.") for dtype in FORMATS]
    parser.add_argument("--dtype", choices=names, default="float32", help="of numbers (float32)")
    given = list(sys.argv[1:] if arguments is None else arguments)
    # a space before it, so that a negative number is no option
    options = parser.parse_args(
        [f" {each}" if re.match(r"-[\d.in]", each) else each for each in given]
    )
    dtype = getattr(torch, options.dtype)
    try:
        values = [sys.stdin.read() if value == "-" else value for value in options.values]
        found = [decode(value, dtype) for value in values]
        if len(found) > 1 and all(isinstance(each, Reading) for each in found):
            found.append(decode(values, dtype))
    except ValueError as error:
        print(f"bits.py: {error}", file=sys.stderr)
        return 2
    odd = False
    for value, each in zip([*values, "together"], found, strict=False):
        print(f"{value.strip()}: {each}" if isinstance(each, Reading) else each)
        kinds = each.kinds if isinstance(each, Memory) else {each.kind: 1}
        odd |= "likely" in str(each) or "subnormal" in kinds
    return int(odd)


if __name__ == "__main__":
    sys.exit(main())
