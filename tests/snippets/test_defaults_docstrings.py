"""What docstrings say is read in full, compared with what the layer does, and found in the file."""

from __future__ import annotations

import inspect
import re
from collections import defaultdict
from functools import cache

import pytest
import torch
from torch import nn

from snippets.defaults import CASES, Table, builder, measure
from snippets.defaults.docstrings import found, verdict
from snippets.defaults.laws import Constant, Law, Lazy, Normal, Rows, Uniform
from snippets.defaults.source import ROOT

ABOUT = re.compile(
    r"initiali[sz]|initial value|sampled from|drawn from|are set\s+to|default to all|"
    r"a manual rescaling|a weight of positive|identity|xavier|kaiming|orthogonal|gaussian",
    re.IGNORECASE,
)
"""Words that a sentence about starting values has."""
ELSEWHERE = re.compile(
    r"lazy initialization|initializes statistics|module initialization and utility|"
    r"initialized after the first call|initialized with (the )?same parameters|"
    r"manually initialize|lazily initialized"
)
"""Sentences with such words that state no parameter's values."""


@cache
def table() -> Table:
    torch.manual_seed(8)
    return measure()


def test_the_verdicts() -> None:
    said = defaultdict(set)
    for row in table():
        said[row.docstring.text].add(row.module)
    lazy = {f"LazyInstanceNorm{n}d" for n in (1, 2, 3)}
    assert said["disagrees"] == {"SyncBatchNorm", *lazy}
    whole = {row.module for row in table()} - said["agrees"] - said["disagrees"]
    assert whole == {
        *("AdaptiveLogSoftmaxWithLoss", "FractionalMaxPool2d", "FractionalMaxPool3d"),
        *("MultiheadAttention", "NLLLoss2d", "RNNBase", "RNNCellBase"),
        *("Transformer", "TransformerDecoder", "TransformerDecoderLayer"),
        *("TransformerEncoder", "TransformerEncoderLayer"),
    }
    rows = {(row.module, row.args, row.parameter): row.docstring.text for row in table()}
    assert rows["SyncBatchNorm", "64", "weight"] == "disagrees"
    assert rows["SyncBatchNorm", "64", "bias"] == "agrees"
    assert rows["BatchNorm1d", "64", "running_var"] == "silent"
    assert rows["LazyConv2d", "64, 3", "weight"] == "agrees"
    assert rows["LazyConv2d", "64, 3 # first input (2, 32, 8, 8)", "weight"] == "silent"
    assert rows["Linear", "0, 300", "bias"] == "silent"
    explicit = "affine=True, track_running_stats=True # first input (2, 64, 8, 8)"
    assert rows["LazyInstanceNorm2d", explicit, "weight"] == "agrees"


def test_the_line_named_is_in_the_class_and_says_it() -> None:
    located = 0
    for row in table():
        source = row.docstring.source
        if source is None:
            assert row.docstring.text == "silent"
            continue
        lines = (ROOT / source.file).read_text(encoding="utf-8").splitlines()
        said = " ".join(lines[source.line - 1 : source.line + 2])
        assert re.search(rf"{ABOUT.pattern}|``False``|Uninitialized|\\frac", said, re.IGNORECASE), (
            source
        )
        start = next(i for i, line in enumerate(lines) if line.startswith(f"class {row.module}("))
        assert start < source.line
        assert not any(line.startswith("class ") for line in lines[start + 1 : source.line])
        located += 1
    assert located > 250


@pytest.mark.parametrize("name", CASES)
def test_every_sentence_about_starting_values_is_read(name: str) -> None:
    doc = getattr(nn, name).__dict__.get("__doc__") or ""
    read = [range(*match.span()) for _, match in found(getattr(nn, name))]
    for match in ABOUT.finditer(doc):
        near = " ".join(doc[max(0, match.start() - 60) : match.end() + 60].split())
        if not any(match.start() in span for span in read):
            assert ELSEWHERE.search(near), near


def test_the_documented_defaults_of_arguments_that_make_a_tensor() -> None:
    makers = "affine|track_running_stats|bias|elementwise_affine|add_bias_kv|head_bias"
    wrong = set()
    for name in CASES:
        kind = getattr(nn, name)
        told = rf"\n +({makers})\b[^:]*:(?:(?!\n +[a-z]\w*: ).)*?Default:\s+``(True|False)``"
        for argument, default in re.findall(told, kind.__doc__ or "", re.DOTALL):
            real = inspect.signature(kind).parameters.get(argument)
            if real is not None and str(real.default) != default:
                wrong.add((name, argument))
    lazy = [f"LazyInstanceNorm{n}d" for n in (1, 2, 3)]
    assert wrong == {(name, a) for name in lazy for a in ("affine", "track_running_stats")}


def test_a_range_that_is_not_known_is_not_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    odd = (nn.Linear.__doc__ or "").replace(r"k = \frac{1}", r"k = \frac{2}")
    monkeypatch.setattr(nn.Linear, "__doc__", odd)
    with pytest.raises(KeyError, match="frac"):
        verdict(nn.Linear, builder("Linear", "4, 3")(), "weight", Uniform("", 0.5))


def test_a_wrong_number_disagrees() -> None:
    built = builder("Linear", "4, 3")()
    assert verdict(nn.Linear, built, "weight", Uniform("", 0.5)).text == "agrees"
    assert verdict(nn.Linear, built, "weight", Uniform("", 0.51)).text == "disagrees"
    assert verdict(nn.Linear, built, "weight", Constant("", 0.5)).text == "disagrees"
    default = builder("PReLU", "")()
    assert verdict(nn.PReLU, default, "weight", Constant("init", 0.25)).text == "agrees"
    assert verdict(nn.PReLU, default, "weight", Constant("init", 0.3)).text == "disagrees"


TOLD = [
    ("Linear", "4, 3", "weight", Uniform("", 0.5), "agrees", r"\mathcal{U}(-\sqrt{k}, \sqrt{k})"),
    ("Linear", "0, 3", "bias", Uniform("", 0.5), "silent", None),
    ("Embedding", "5, 3", "weight", Normal("", 1.0), "agrees", r"\mathcal{N}(0, 1)"),
    ("Embedding", "5, 3, padding_idx=2", "weight", Rows("", 1.0, 2), "agrees", "padding_idx"),
    ("Embedding", "5, 3, padding_idx=2", "weight", Rows("", 1.0, 1), "disagrees", "padding_idx"),
    ("Embedding", "5, 3, padding_idx=2", "weight", Rows("", 2.0, 2), "disagrees", "padding_idx"),
    ("LazyLinear", "3", "weight", Lazy(), "agrees", "Uninitialized"),
    ("LazyConv1d", "4, 3 # first input (1, 2, 8)", "weight", Uniform("", 1.0), "silent", None),
    ("LazyConv1d", "4, 3", "weight", Lazy(), "agrees", "lazily initialized"),
    ("LazyInstanceNorm1d", "", "weight", Lazy(), "disagrees", "``False``"),
    (
        "LazyInstanceNorm1d",
        "affine=True # first input (2, 3, 4)",
        "weight",
        Constant("", 1.0),
        "agrees",
        "the same way as",
    ),
    ("LazyInstanceNorm1d", "affine=False", "running_mean", Lazy(), "disagrees", "``False``"),
    ("SyncBatchNorm", "4", "weight", Constant("", 1.0), "disagrees", "are sampled from"),
    ("SyncBatchNorm", "4", "bias", Constant("", 0.0), "agrees", r"\beta` are set to 0"),
    ("LSTM", "4, 4", "bias_hh_l0", Uniform("", 0.5), "agrees", "All the weights and biases"),
    ("Sequential", "", "weight", Constant("", 0.0), "silent", None),
]


@pytest.mark.parametrize(("name", "args", "parameter", "law", "text", "words"), TOLD)
def test_what_is_said_where(
    name: str, args: str, parameter: str, law: Law, text: str, words: str | None
) -> None:
    said = verdict(getattr(nn, name), builder(name, args)(), parameter, law)
    assert said.text == text
    assert (said.source is None) == (words is None)
    if said.source and words:
        lines = (ROOT / said.source.file).read_text(encoding="utf-8").splitlines()
        assert words in lines[said.source.line - 1]
        assert said.source.function == name


def test_words_that_are_not_in_the_file_are_placed_at_the_class(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(nn.PReLU, "__doc__", nn.BatchNorm1d.__doc__)
    said = verdict(nn.PReLU, builder("PReLU", "")(), "weight", Constant("", 1.0))
    assert said.text == "agrees"
    assert said.source is not None
    lines = (ROOT / said.source.file).read_text(encoding="utf-8").splitlines()
    assert lines[said.source.line - 1].startswith("class PReLU")
