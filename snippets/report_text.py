"""The report of a model as text: a line for repeated layers, what is worth a look first, 100 columns."""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 100
"""Columns of the text."""
HEAD = ("name", "shape", "mean", "std", "min", "max", "its layer starts as", "looks")
URGENT = ("unwritten", "maybe unwritten", "NaN", "meta", "no memory")
ORDER = ("changed", "unknown", "too few to tell", "as new")
NUMBER = re.compile(r"\d+(?![^.])")
"""A number at the end of a part of a name, as in layers.3.weight and block3.weight."""


@dataclass(frozen=True)
class Group:
    """Lines that differ in numbers of their names alone, and what their values have in common."""

    name: str
    lines: tuple[Any, ...]

    @property
    def rank(self) -> int:
        """Smaller is more worth a look."""
        line = self.lines[0]
        if any(flag in URGENT for flag in line.flags):
            return -2
        copied = any(flag.startswith("copy of") for flag in line.flags)
        return -1 if copied else ORDER.index(line.state)

    def cells(self) -> tuple[str, ...]:
        """The texts of its columns."""
        line, count = self.lines[0], len(self.lines)
        shape = "?" if line.shape is None else str(tuple(line.shape)).replace(",)", ")")
        texts = ("" if math.isnan(number) else f"{number:.3g}" for number in self.numbers())
        name = self.name if count == 1 else f"{count} × {self.name}"
        state = "too few" if line.state == "too few to tell" else line.state
        return (name, shape, *texts, line.default, state)

    def numbers(self) -> tuple[float, float, float, float]:
        """Mean, standard deviation, least and largest value of all its tensors, which are equally large."""
        known = [line for line in self.lines if not math.isnan(line.mean)]
        if not known:
            return (math.nan,) * 4
        mean = sum(line.mean for line in known) / len(known)
        square = sum(line.std**2 + (line.mean - mean) ** 2 for line in known) / len(known)
        ends = min(line.low for line in known), max(line.high for line in known)
        return (mean, math.sqrt(square), *ends)


def groups(lines: Sequence[Any]) -> list[Group]:
    """The lines that differ in numbers of their names alone together, most worth a look first."""
    found: dict[tuple[Any, ...], list[Any]] = {}
    every: dict[str, list[set[int]]] = {}
    for line in lines:
        pattern = NUMBER.sub("*", line.name)
        flags = tuple(NUMBER.sub("*", flag.partition(" to ")[0]) for flag in line.flags)
        targets = tuple(NUMBER.sub("*", flag) for flag in line.flags)
        key = (pattern, line.kind, line.shape, line.default, line.state, flags, targets)
        found.setdefault(key, []).append(line)
        _note(every.setdefault(pattern, []), line.name)
    result = [
        Group(_common([line.name for line in each], every[key[0]]), tuple(each))
        for key, each in found.items()
    ]
    return sorted(result, key=lambda group: group.rank)


def _note(seen: list[set[int]], name: str) -> None:
    for place, number in enumerate(map(int, NUMBER.findall(name))):
        seen[place:] = seen[place:] or [set()]
        seen[place].add(number)


def _common(names: list[str], every: list[set[int]]) -> str:
    """One name for all: a number that differs is `*` where it takes all values, else {0-2,5}."""
    seen: list[set[int]] = []
    for name in names:
        _note(seen, name)
    parts = iter(
        f"{next(iter(numbers))}"
        if len(numbers) == 1
        else "*"
        if numbers == whole
        else f"{{{_ranges(sorted(numbers))}}}"
        for numbers, whole in zip(seen, every, strict=True)
    )
    return NUMBER.sub(lambda _: next(parts), names[0])


def _ranges(numbers: list[int]) -> str:
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(f"{run[0]}" if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def text(lines: Sequence[Any]) -> str:
    """The report: how many tensors and how they look, then a line a group."""
    every = groups(lines)
    cells = [HEAD, *(group.cells() for group in every)]
    others = [max(map(len, column)) for column in list(zip(*cells, strict=True))[1:]]
    room = WIDTH - sum(others) - 2 * len(others)
    first = min(max(len(row[0]) for row in cells), max(room, 2))
    shown = [_summary(lines)]
    for row, group in zip(cells, [None, *every], strict=True):
        columns = "  ".join(
            each.rjust(width) if 1 <= place <= 4 else each.ljust(width)
            for place, (each, width) in enumerate(zip(row[1:], others, strict=True))
        )
        if len(row[0]) > first:
            shown += textwrap.wrap(row[0], WIDTH, subsequent_indent="  ")
            shown.append(f"{'':{first}}  {columns}".rstrip())
        else:
            shown.append(f"{row[0]:{first}}  {columns}".rstrip())
        if group and group.lines[0].flags:
            flags = _flags(group)
            beside = f"{shown[-1]}  {flags[0].strip()}"
            shown[-1:] = (
                [beside] if len(flags) == 1 and len(beside) <= WIDTH else [shown[-1], *flags]
            )
    return "\n".join(shown)


def _flags(group: Group) -> list[str]:
    """What else is to be said of a group, indented; names there are those of its first tensor."""
    said_of: dict[str, list[str]] = {}
    for flag in group.lines[0].flags:
        tied = flag.startswith("tied to ")
        name = flag.removeprefix("tied to ")
        said_of.setdefault(f"tied to {NUMBER.sub('*', name)}" if tied else flag, []).append(name)
    said = ", ".join(_said(key, names) for key, names in said_of.items())
    if len(group.lines) > 1 and re.search(r"(to|of) \S*\d", said):
        said = f"{said} (the first of {len(group.lines)})"
    indent = " " * 4
    return textwrap.wrap(said, WIDTH, initial_indent=indent, subsequent_indent=indent)


def _said(key: str, names: list[str]) -> str:
    if not key.startswith("tied to "):
        return key
    count = f"{len(names)} × " if len(names) > 1 else ""
    return f"tied to {count}{_common(names, [set() for _ in NUMBER.findall(names[0])])}"


def _summary(lines: Sequence[Any]) -> str:
    count = sum(math.prod(line.shape) for line in lines if line.shape is not None)
    states = [*(flag for line in lines for flag in line.flags if flag in URGENT)]
    states += [line.state for line in lines]
    counts = {state: states.count(state) for state in (*URGENT, *ORDER) if state in states}
    said = ", ".join(f"{number} {state}" for state, number in counts.items())
    return f"{len(lines):,} tensors, {count:,} numbers: {said or 'nothing'}"
