"""Your own model's weights, a line each: what they are, what their layer draws, and whether they still look so.

    python init_report.py package.module:build     a function or class that constructs the module, or the module

Layers that differ in their number alone share a line, and what is worth a look comes first. The exit status
is 1 when something is unwritten (or may be), 2 when nothing could be examined, else 0.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

if __name__ == "__main__":  # run as a file: the modules that it needs are in its folder
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from snippets.defaults.laws import LEVEL, Constant, Given, Law, Normal, Uniform
from snippets.defaults.rules import stated, tensors
from snippets.defaults.sample import Sample
from snippets.report_text import text
from snippets.uninitialized import find_uninitialized, has_memory, load

FEW = 22
"""With fewer values even a uniform range half as wide could pass at `LEVEL`."""
HUGE = 2.0**63
"""Weights stay far below it; unwritten memory, read as floats, does not."""


@dataclass(frozen=True)
class Line:
    """One parameter or buffer. `state` is "as new", "changed", "too few to tell" or "unknown".

    "as new" says that the values are no evidence against the layer's own start (`LEVEL`: wrong once
    in a million parameters); it does not say that they were never touched. Statistics are NaN where
    there are no values.
    """

    name: str
    kind: str
    shape: tuple[int, ...] | None
    mean: float
    std: float
    low: float
    high: float
    default: str
    state: str
    flags: tuple[str, ...]


class Report(list[Line]):
    """The lines of a model; `print` shows them in groups, `rows()` gives each as a dictionary."""

    def rows(self) -> list[dict[str, Any]]:
        """Every line as a dictionary: name, kind, shape, mean, std, min, max, default, state, flags."""
        short = {"low": "min", "high": "max"}
        return [{short.get(key, key): value for key, value in vars(line).items()} for line in self]

    def __str__(self) -> str:
        return text(self)

    __repr__ = __str__


def init_report(model: nn.Module) -> Report:
    """A line for every parameter, then every buffer of `model`; nothing in it is changed or copied.

    Flags: "lazy" and "meta" (no values yet), "no memory" (fake or freed), "NaN" (or infinite), "maybe
    unwritten" (values that uninitialized memory has: subnormal or beyond 2**63), "constant", "frozen",
    "tied to …" (one tensor, two names), "copy of …" (another tensor, equal values).

    Of a sparse tensor the stored values are described. Raises `TypeError` for what is no module.

    Values are read in pieces, so a large model needs little memory; every finite value counts in mean,
    std, min and max, and an even selection of at most 10,000 of each tensor in the comparison of shapes.
    """
    if not isinstance(model, nn.Module):
        raise TypeError(f"cannot report on a {type(model).__name__}: pass a module, as `Net()` is")
    laws = stated(model)
    names = _every_name(model)
    seen: dict[tuple[Any, ...], list[str]] = {}
    report, every = Report(), tensors(model)
    for name, (kind, tensor) in every.items():
        flags = [f"tied to {other}" for other in names[id(tensor)] if other != name]
        if kind == "parameter" and not tensor.requires_grad:
            flags.insert(0, "frozen")
        law = laws[name]
        if is_lazy(tensor) or not has_memory(tensor):
            named = "lazy" if is_lazy(tensor) else "meta" if tensor.is_meta else "no memory"
            flags.insert(0, named)
            shape = None if is_lazy(tensor) else tuple(tensor.shape)
            empty = (math.nan,) * 4
            report.append(Line(name, kind, shape, *empty, _words(law), "unknown", tuple(flags)))
            continue
        sample = Sample.of(_values_of(tensor))
        shape = None if tensor.is_nested else tuple(tensor.shape)
        found = (shape, tensor.dtype, tensor.device, sample.total, sample.squares)
        if sample.n > 1 and sample.low < sample.high and _is_plain(tensor):
            for other in seen.setdefault(found, []):
                if torch.equal(every[other][1], tensor):
                    flags.append(f"copy of {other}")
                    break
            else:
                seen[found].append(name)
        flags += _values(tensor, sample)
        numbers = (sample.mean, sample.std, sample.low, sample.high)
        state = _state(law, tensor, sample)
        report.append(Line(name, kind, shape, *numbers, _words(law), state, tuple(flags)))
    return report


def _every_name(model: nn.Module) -> dict[int, list[str]]:
    names: dict[int, list[str]] = {}
    for part in (model.named_parameters, model.named_buffers):
        for name, tensor in part(remove_duplicate=False):
            names.setdefault(id(tensor), []).append(name)
    return names


def _is_plain(tensor: Tensor) -> bool:
    """Whether a tensor's elements lie in memory as numbers of their own."""
    return tensor.layout == torch.strided and not tensor.is_nested and not tensor.is_quantized


def _values_of(tensor: Tensor) -> list[Tensor]:
    """The real numbers that a tensor holds: of a sparse one what it stores, of float4 none that can be read."""
    tensor = tensor.detach()
    if tensor.is_nested:
        return [part for each in tensor.unbind() for part in _values_of(each)]
    if tensor.is_quantized:
        return [tensor.dequantize()]
    if tensor.layout != torch.strided:
        return _values_of(
            tensor._values() if tensor.layout == torch.sparse_coo else tensor.values()
        )
    if "float4" in str(tensor.dtype):  # by its name: older releases of torch lack it
        return []
    return [torch.view_as_real(tensor.resolve_conj()) if tensor.is_complex() else tensor]


def _values(tensor: Tensor, sample: Sample) -> list[str]:
    flags = []
    if sample.bad:
        flags.append("NaN")
    if sample.n > 1 and not sample.bad and sample.low == sample.high:
        flags.append("constant")
    if tensor.is_floating_point() and sample.n:
        tiny = torch.finfo(tensor.dtype).tiny
        subnormal = (sample.drawn != 0) & (sample.drawn.abs() < tiny)
        odd = bool(subnormal.any()) and tiny < 1e-30  # small weights are subnormal in float16
        if odd or (sample.n and max(-sample.low, sample.high) > HUGE):
            flags.append("maybe unwritten")
    return flags


def _state(law: Law | None, tensor: Tensor, sample: Sample) -> str:
    known = isinstance(law, Uniform | Normal | Constant) and _is_plain(tensor)
    if not known or not sample.n:
        return "unknown"
    views = law.views(tensor.detach())
    if len(views) > 1:
        sample = Sample.of(views)
    if not law.holds_exactly(tensor) or law.p_value(sample) <= LEVEL:
        return "changed"
    return "too few to tell" if law.off() and sample.n < FEW else "as new"


def _words(law: Law | None) -> str:
    if isinstance(law, Uniform):
        return f"U(±{law.bound:.4g})"
    if isinstance(law, Normal):
        zero = f", row {law.index} zero" if law.kind == "rows" else ""
        return ("N(0, 1)" if law.std == 1 else f"N(0, {law.std:.4g}²)") + zero
    if isinstance(law, Constant):
        return f"{law.value:g}"
    if isinstance(law, Given):
        return f"the given {law.formula}"
    return "?" if law is None else law.kind


def main(arguments: Sequence[str] | None = None) -> int:
    """The program: prints the report of what `package.module:build` names; see the text above."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("build", metavar="package.module:build", help="what constructs the module")
    name = parser.parse_args(arguments).build
    try:
        found = load(name)
        built = isinstance(found, nn.Module)
        unwritten = [] if built else find_uninitialized(found)
        report = init_report(found if built else found())
    except (Exception, SystemExit) as error:  # the builder is not ours: it may raise anything
        print(f"init_report.py: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    named = Report(_with_certainty(line, line.name in unwritten) for line in report)
    print(named)
    return int(any({"unwritten", "maybe unwritten", "meta"} & {*line.flags} for line in named))


def _with_certainty(line: Line, unwritten: bool) -> Line:
    """The line, if nobody wrote its tensor with that said of it, and no more guessed."""
    flags = tuple(flag for flag in line.flags if flag != "maybe unwritten")
    return replace(line, flags=("unwritten", *flags)) if unwritten else line


if __name__ == "__main__":
    sys.exit(main())
