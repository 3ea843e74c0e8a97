"""What a layer's own docstring says of its starting values, and whether that is what the layer does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from math import isclose, prod
from typing import Any

from torch import nn

from snippets.defaults.classes import Built
from snippets.defaults.laws import Constant, Given, Law, Lazy, Normal, Rows, Uniform
from snippets.defaults.source import Source, class_node, class_source

K: dict[str, Callable[[Any], float]] = {
    r"\frac{1}{\text{in\_features}}": lambda m: 1 / m.in_features,
    r"\frac{1}{\text{in1\_features}}": lambda m: 1 / m.in1_features,
    r"\frac{1}{\text{hidden\_size}}": lambda m: 1 / m.hidden_size,
    **{
        rf"\frac{{groups}}{{C_\text{{{side}}} * {kernel}}}": lambda m, side=side: (
            m.groups / (getattr(m, f"{side}_channels") * prod(m.kernel_size))
        )
        for side in ("in", "out")
        for kernel in (
            r"\text{kernel\_size}",
            r"\prod_{i=0}^{1}\text{kernel\_size}[i]",
            r"\prod_{i=0}^{2}\text{kernel\_size}[i]",
        )
    },
}
"""The k of U(-√k, √k), as docstrings write it; a k that is not here is a `KeyError`."""


@dataclass(frozen=True)
class Phrase:
    """A form of words, the parameters it speaks of, and the law that it states for a built module.

    The words' place is the group `at`. `law` also gets the group `k`, and gives None where the words
    do not apply.
    """

    pattern: str
    names: str
    law: Callable[[Built, str], Law | None]


@dataclass(frozen=True)
class Verdict:
    """ "agrees", "silent" or "disagrees", and the line of the docstring that says so."""

    text: str
    source: Source | None = None


def _range(built: Built, k: str) -> Law | None:
    try:
        return Uniform("", K[k](built.module) ** 0.5)
    except ZeroDivisionError:  # 1/0 features states nothing
        return None


def _padding(built: Built, _: str) -> Law | None:
    row = built.module.padding_idx
    return None if row is None else Rows("", 1.0, row)


def _lazy(built: Built, _: str) -> Law | None:
    return Lazy() if built.module.has_uninitialized_params() else None


def _absent(argument: str) -> Callable[[Built, str], Law | None]:
    """The default that is told would leave the tensor out."""
    return lambda built, _: None if argument in built.keywords else Law("absent")


def _says(law: Law) -> Callable[[Built, str], Law]:
    return lambda built, _: law


_U = r":math:`\\mathcal{U}\(-\\sqrt{k}, \\sqrt{k}\)`,?\s+where\s+:math:`k = (?P<k>.*?)`(?=\s)"
_OF = r"(?: \(Tensor\))?:(?:(?!\n +\w+(?: \(Tensor\))?:).)*?"
_AS_BATCH_NORM = r"(?P<at>initialized the same way as done for batch normalization)"
_LAZILY = r"(?P<at>attributes that will be lazily initialized are `weight`"
_ONE, _ZERO = _says(Constant("", 1.0)), _says(Constant("", 0.0))
PHRASES = (
    Phrase(r"affine: [^:]*?Default:\s+(?P<at>``False``)", "weight", _absent("affine")),
    Phrase(r"affine: [^:]*?Default:\s+(?P<at>``False``)", "bias", _absent("affine")),
    Phrase(
        r"track_running_stats: [^:]*?Default:\s+(?P<at>``False``)",
        "*n*_*",
        _absent("track_running_stats"),
    ),
    Phrase(rf"\n +weight{_OF}(?P<at>{_U})", "weight", _range),
    Phrase(rf"\n +bias{_OF}(?P<at>{_U})", "bias", _range),
    Phrase(rf"(?P<at>All the weights and biases are initialized from {_U})", "*", _range),
    Phrase(r"(?P<at>\\gamma` are set\s+to 1)", "weight", _ONE),
    Phrase(
        r"(?P<at>\\gamma` are sampled from\s+:math:`\\mathcal{U}\(0, 1\))",
        "weight",
        _says(Law("U(0, 1)")),
    ),
    Phrase(r"(?P<at>\\beta` are set to 0)", "bias", _ZERO),
    Phrase(r"(?P<at>initialized to ones \(for weights\))", "weight", _ONE),
    Phrase(r"(?P<at>and zeros \(for biases\))", "bias", _ZERO),
    Phrase(r"(?P<at>The values are initialized to 1)", "weight", _ONE),
    Phrase(r"(?P<at>The values are initialized to 0)", "bias", _ZERO),
    Phrase(_AS_BATCH_NORM, "weight", _ONE),
    Phrase(_AS_BATCH_NORM, "bias", _ZERO),
    Phrase(r"(?P<at>:attr:`padding_idx` will default to all\s+zeros)", "weight", _padding),
    Phrase(
        r"(?P<at>initialized from :math:`\\mathcal{N}\(0, 1\))", "weight", _says(Normal("", 1.0))
    ),
    Phrase(
        r"(?P<at>the initial value of :math:`a`\. Default: (?P<k>[\d.]+\d))",
        "weight",
        lambda built, default: Constant("", built.keywords.get("init", float(default))),
    ),
    Phrase(r"(?P<at>a manual rescaling weight\s+given to)", "weight", _says(Given("weight"))),
    Phrase(r"(?P<at>a weight of positive examples)", "pos_weight", _says(Given("pos_weight"))),
    Phrase(r"(?P<at>`weight` and `bias` are of :class:`torch.nn.Uninitialized)", "*", _lazy),
    Phrase(_LAZILY + ")", "weight", _lazy),
    Phrase(_LAZILY + r"(?: and|,) `bias`)", "bias", _lazy),
    Phrase(_LAZILY + r"[^.]*`running_mean` and `running_var`)", "running_*", _lazy),
)
"""Every form of words about starting values in torch.nn's docstrings; the first that applies counts."""


def verdict(kind: type[nn.Module], built: Built, name: str, law: Law) -> Verdict:
    """Compare the docstring of class `kind` with the law of the parameter `name` of a built module."""
    for phrase, match in found(kind):
        if fnmatchcase(name, phrase.names):
            said = phrase.law(built, match.groupdict().get("k", ""))
            if said is not None:
                source = _place(kind, match.start("at"))
                return Verdict("agrees" if _same(said, law) else "disagrees", source)
    return Verdict("silent")


def found(kind: type[nn.Module]) -> Iterator[tuple[Phrase, re.Match[str]]]:
    """The phrases that the class's own docstring holds, in the order of `PHRASES`."""
    doc = kind.__dict__.get("__doc__") or ""
    for phrase in PHRASES:
        if match := re.search(phrase.pattern, doc, re.DOTALL):
            yield phrase, match


def _same(said: Law, law: Law) -> bool:
    def numbers(law: Law) -> list[Any]:
        return [value for name, value in vars(law).items() if name != "formula"]

    pairs = zip(numbers(said), numbers(law), strict=False)
    return said.kind == law.kind and all(isclose(a, b) for a, b in pairs)


def _place(kind: type[nn.Module], at: int) -> Source:
    """The line of the file that holds character `at` of the class's docstring."""
    doc = kind.__doc__ or ""
    before = doc[:at].splitlines()[:-1]
    line = doc.splitlines()[len(before)]
    source, node = class_source(kind), class_node(kind)
    lines = [number for number, text in enumerate(source.lines, start=1) if text == line]
    inside = [number for number in lines if node.lineno <= number <= (node.end_lineno or 0)]
    nth = before.count(line)
    return Source(source.file, inside[nth] if nth < len(inside) else node.lineno, kind.__name__)
