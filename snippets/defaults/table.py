"""The table of every default: builds each layer often, and compares what it draws with the stated law."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from snippets.defaults.cases import CASES, MORE
from snippets.defaults.classes import Built, builder
from snippets.defaults.docstrings import verdict
from snippets.defaults.laws import LEVEL, Given, Law, Lazy, Uninitialized
from snippets.defaults.markup import as_html
from snippets.defaults.row import Row
from snippets.defaults.rules import stated, tensors
from snippets.defaults.sample import Sample
from snippets.defaults.writers import writers
from snippets.uninitialized import find_uninitialized

ENOUGH = {"uniform": 640, "normal": 32_000, "rows": 32_000}
"""Values that refuse a scale 5 % off for certain; they come from as many new layers as that takes."""


class Table(list[Row]):
    """Rows with one error level for all of them together: `LEVEL`, shared out evenly (Bonferroni)."""

    @property
    def level(self) -> float:
        """The error level of a single row."""
        return LEVEL / max(1, sum(row.control is not None for row in self))

    def failures(self) -> list[Row]:
        """The rows whose law the test refuses, or whose control it accepts."""
        return [row for row in self if not row.holds(self.level)]

    def __repr__(self) -> str:
        return f"a table of {len(self)} rows"

    def _repr_html_(self) -> str:
        return as_html(self, self.level)

    def _repr_json_(self) -> list[dict[str, Any]]:
        return [row.json() for row in self]


ALL = {name: (*args, *MORE.get(name, ())) for name, args in CASES.items()}
"""Class -> all arguments that it is built with."""


def measure(cases: Mapping[str, Iterable[str]] = ALL, times: int = 1) -> Table:
    """Build every layer of `cases` (class -> arguments) with torch's random numbers, and test it.

    `times` multiplies the number of values that a test takes at least (`ENOUGH`).
    Raises `LookupError` for a parameter or buffer of which no law is stated, or that no line of
    torch's source writes. Tensors without elements have no row.
    """
    return Table(
        row for name, each in cases.items() for args in each for row in _rows(name, args, times)
    )


def _rows(name: str, args: str, times: int) -> Iterable[Row]:
    build = builder(name, args)
    built, lines = writers(build)
    held = tensors(built.module)
    kept = {
        inner: law
        for inner, law in stated(built.module).items()
        if is_lazy(tensor := held[inner][1]) or tensor.numel()
    }
    if unknown := [inner for inner, law in kept.items() if law is None or inner not in lines]:
        raise LookupError(f"nn.{name}({args}): no law or no source of {', '.join(unknown)}")
    drawn = draw(build, built, times, {inner: law for inner, law in kept.items() if law})
    for inner, law in kept.items():
        assert law is not None
        kind, tensor = held[inner]
        shape = None if is_lazy(tensor) else tuple(tensor.shape)
        sample = Sample.of([view for each in drawn[inner] for view in law.views(each)])
        p, control = compare(law, sample, drawn[inner])
        if isinstance(law, Given):
            p = float(torch.equal(tensor, built.keywords[law.formula]))
        elif isinstance(law, Uninitialized):
            p = float(inner in find_uninitialized(lambda: build().module))
        says = verdict(getattr(nn, name), built, inner, law)
        yield Row(name, args, inner, kind, shape, law, lines[inner], says, sample, p, control)


def draw(
    build: Callable[[], Built], built: Built, times: int, laws: Mapping[str, Law]
) -> dict[str, list[Tensor]]:
    """By name, the tensor of as many new layers as its test needs; unwritten memory is not read."""
    need = {
        name: max(2, -(-times * ENOUGH.get(laws[name].kind, 1) // tensor.numel()))
        for name, (_, tensor) in tensors(built.module).items()
        if name in laws and not isinstance(laws[name], Lazy | Uninitialized)
    }
    drawn: dict[str, list[Tensor]] = {name: [] for name in laws}
    for turn in range(max(need.values(), default=0)):
        new = tensors(build().module)
        for name, builds in need.items():
            if turn < builds:
                drawn[name].append(new[name][1].detach())
    return drawn


def compare(law: Law, sample: Sample, drawn: list[Tensor]) -> tuple[float | None, float | None]:
    """p-value of the law, and the larger one of its controls; None where nothing can be tested."""
    if not drawn or isinstance(law, Given):
        return None, None
    exact = all(law.holds_exactly(tensor) for tensor in drawn)
    controls = [wrong.p_value(sample) for wrong in law.off()]
    return law.p_value(sample) if exact else 0.0, max(controls, default=None)
