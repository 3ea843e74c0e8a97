"""The table of defaults: complete, true, exact in what it tells programs; soak tries other seeds and shapes."""

from __future__ import annotations

import inspect
import json
import math
import warnings
from collections import Counter
from functools import cache
from typing import Any

import pytest
import torch
from bs4 import BeautifulSoup
from torch import nn

from snippets.defaults import (
    ALL,
    CASES,
    HOLDERS,
    Table,
    builder,
    measure,
    owns_nothing,
    public_classes,
)
from snippets.defaults.classes import REQUIRED
from snippets.defaults.laws import (
    LEVEL,
)
from snippets.defaults.markup import HEADS
from snippets.defaults.rules import RULES, tensors
from snippets.uninitialized import find_uninitialized

SHAPES = {
    "Linear": ("1, 700", "3000, 9", "7, 7"),
    "LazyLinear": ("9 # first input (1, 2, 333)",),
    "Bilinear": ("1, 70, 6", "300, 2, 9"),
    "Conv1d": ("6, 9, 1", "300, 4, 7, groups=2"),
    "Conv2d": ("3, 8, 11", "16, 16, 3, groups=16", "8, 4, (1, 9)"),
    "Conv3d": ("2, 5, 3", "12, 6, (1, 2, 3), groups=3"),
    "ConvTranspose1d": ("6, 9, 1", "4, 300, 7, groups=2"),
    "ConvTranspose2d": ("3, 8, 11", "16, 16, 3, groups=16", "8, 4, (1, 9)"),
    "ConvTranspose3d": ("2, 5, 3", "12, 6, (1, 2, 3), groups=3"),
    "LazyConv2d": ("6, (2, 3), groups=2 # first input (1, 8, 9, 9)",),
    "LazyConvTranspose1d": ("6, 3, groups=2 # first input (1, 8, 9)",),
    "BatchNorm2d": ("1",),
    "LayerNorm": ("(2, 3, 4)",),
    "RMSNorm": ("7",),
    "RNN": ("1, 5", "300, 90, num_layers=3"),
    "LSTM": ("1, 5", "300, 30", "9, 40, num_layers=2, bidirectional=True, proj_size=7"),
    "GRU": ("1, 5", "300, 30"),
    "RNNCell": ("1, 300",),
    "LSTMCell": ("300, 9",),
    "GRUCell": ("300, 9",),
    "MultiheadAttention": ("6, 3", "96, 1", "30, 5, kdim=7, add_bias_kv=True", "30, 5, vdim=200"),
    "TransformerEncoderLayer": ("24, 3, 200",),
    "TransformerDecoderLayer": ("24, 3, 7",),
    "Transformer": ("24, 3, 2, 2, 50",),
    "AdaptiveLogSoftmaxWithLoss": ("100, 60, [5, 20, 40], div_value=3.0",),
    "Embedding": ("3, 2000", "5, 30, padding_idx=2"),
    "EmbeddingBag": ("3, 2000",),
    "PReLU": ("7, init=-2.5",),
}
NEUTRAL: dict[str, Any] = {
    **dict.fromkeys(("stride", "dilation", "output_padding"), 2),
    **{"padding": 1, "padding_mode": "circular", "eps": 0.1, "momentum": 0.3, "dropout": 0.0},
    **{"max_norm": 1.0, "norm_type": 1.0, "scale_grad_by_freq": True, "sparse": True},
    **{"mode": "sum", "include_last_offset": True, "batch_first": True, "norm_first": True},
    **{"add_zero_attn": True, "layer_norm_eps": 0.1, "activation": "gelu"},
    **{"enable_nested_tensor": False, "mask_check": False, "process_group": None, "_freeze": True},
    **{"reduction": "sum", "ignore_index": 0, "label_smoothing": 0.1, "size_average": None},
    **{"reduce": None, "p": 2, "margin": 0.5, "options": None, "return_indices": True},
    **{"output_ratio": None, "device": "cpu", "nonlinearity": "relu"},
}
"""Arguments that change no starting value, and another value for each."""
IMPOSSIBLE = {
    ("mode", "RNNBase"),  # the kind of network, which must be given
    *(("output_ratio", f"FractionalMaxPool{n}d") for n in (2, 3)),  # it or output_size
    *(("padding_mode", f"{lazy}ConvTranspose{n}d") for lazy in ("", "Lazy") for n in (1, 2, 3)),
}
SIZES = {
    *("in_features", "out_features", "in1_features", "in2_features", "in_channels", "out_channels"),
    *("num_features", "num_channels", "num_groups", "normalized_shape", "num_embeddings", "vdim"),
    *("embedding_dim", "input_size", "hidden_size", "num_chunks", "embed_dim", "num_heads", "kdim"),
    *("d_model", "nhead", "dim_feedforward", "n_classes", "cutoffs", "num_classes", "num_layers"),
    *("num_encoder_layers", "num_decoder_layers", "num_parameters", "kernel_size", "output_size"),
}
"""Arguments that are sizes: `CASES` and `SHAPES` vary them."""


@cache
def table() -> Table:
    torch.manual_seed(7)
    return measure()


@pytest.fixture(autouse=True)
def quiet() -> Any:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Initializing zero-element tensors")
        yield


def test_every_public_class_is_accounted_for() -> None:
    for name, kind in public_classes().items():
        assert name in CASES or name in HOLDERS or owns_nothing(kind), f"nn.{name} is new"
        assert not (name in CASES and name in HOLDERS)
    assert {row.module for row in table()} == CASES.keys()
    assert len(public_classes()) == 163


def test_a_class_that_makes_a_tensor_does_not_own_nothing() -> None:
    for name in CASES.keys() - {"TransformerEncoder", "TransformerDecoder"}:  # they copy a layer
        assert not owns_nothing(getattr(nn, name)), name


def test_a_class_that_cannot_be_built_is_named() -> None:
    class Odd(nn.Module):
        def __init__(self, unheard_of: int) -> None:
            super().__init__()

    with pytest.raises(KeyError, match="unheard_of"):
        owns_nothing(Odd)
    assert "unheard_of" not in REQUIRED


def test_holders_are_born_empty() -> None:
    for name, args in HOLDERS.items():
        assert not tensors(builder(name, args)().module), name


def test_the_error_level_is_shared_by_all_random_rows() -> None:
    random = [row for row in table() if row.control is not None]
    assert math.isclose(table().level * len(random), LEVEL)
    assert {row.law.kind for row in random} == {"uniform", "normal", "rows"}
    for row in table():
        assert (row.p is None) == (row.law.kind == "lazy")
        if row.control is None and row.p is not None:
            assert row.p == 1, row


@pytest.mark.parametrize("factor", [0.95, 1.05])
def test_a_law_5_percent_off_fails(monkeypatch: pytest.MonkeyPatch, factor: float) -> None:
    for kind, rule in list(RULES.items()):
        if kind in (nn.Linear, nn.Embedding):

            def off(module: Any, rule: Any = rule) -> dict[str, Any]:
                laws = {}
                for name, law in rule(module).items():
                    field = {"uniform": "bound", "normal": "std", "rows": "std"}.get(law.kind, "")
                    new = {field: factor * getattr(law, field)} if field else {}
                    laws[name] = type(law)(**{**vars(law), **new})
                return laws

            monkeypatch.setitem(RULES, kind, off)
    torch.manual_seed(0)
    wrong = measure({name: CASES[name][:2] for name in ("Linear", "Embedding", "RNN")})
    assert {row.module for row in wrong.failures()} == {"Linear", "Embedding"}
    random = [row for row in wrong if row.module != "RNN"]
    assert [repr(row) for row in wrong.failures()] == [repr(row) for row in random]
    assert "p = 0" in wrong._repr_html_()


def test_a_constant_that_is_another_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RULES, nn.PReLU, RULES[nn.LayerNorm])
    wrong = measure({"PReLU": ("",)})
    assert [repr(row) for row in wrong.failures()] == ["nn.PReLU().weight"]
    assert "<td>refused</td>" in wrong._repr_html_()


def test_a_parameter_without_a_law_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(RULES, nn.PReLU)
    with pytest.raises(LookupError, match=r"nn\.PReLU\(3\): no law or no source of weight"):
        measure({"PReLU": ("3",)})


def test_unwritten_memory_is_named_where_it_is() -> None:
    stated_so = {repr(row) for row in table() if row.law.kind == "uninitialized"}
    found = set()
    for name, each in ALL.items():
        for args in each:
            build = builder(name, args)
            unwritten = find_uninitialized(lambda build=build: build().module)
            found |= {f"nn.{name}({args}).{parameter}" for parameter in unwritten}
    assert found == stated_so
    assert len(found) == 7


ZERO = {
    "Linear": ("0, 5", "5, 0"),
    "Bilinear": ("5, 0, 5", "5, 5, 0"),
    "Conv1d": ("0, 5, 3", "5, 0, 3", "5, 5, 0"),
    "ConvTranspose2d": ("0, 5, 3", "5, 0, 3", "5, 5, 0"),
    "RNNCell": ("0, 5", "5, 0"),
    "MultiheadAttention": ("8, 2, kdim=0", "8, 2, vdim=0, add_bias_kv=True"),
    "TransformerEncoderLayer": ("8, 2, 0",),
    "Transformer": ("8, 2, 1, 1, 0",),
    "AdaptiveLogSoftmaxWithLoss": ("4, 100, [10, 20]",),
    "LinearCrossEntropyLoss": ("0, 5, bias=True",),
    "BatchNorm1d": ("0",),
    "LayerNorm": ("(0, 3)",),
    "Embedding": ("0, 5", "5, 0, padding_idx=0"),
    "PReLU": ("0",),
    "LazyLinear": ("0 # first input (2, 5)",),
    "LazyBatchNorm1d": ("# first input (2, 0, 4)",),
}


@pytest.mark.parametrize("name", ZERO)
def test_no_other_layer_with_a_size_of_zero_leaves_memory_unwritten(name: str) -> None:
    for args in ZERO[name]:
        assert find_uninitialized(lambda args=args: builder(name, args)().module) == [], args
    torch.manual_seed(5)
    assert measure({name: ZERO[name]}).failures() == []


def _arguments(name: str) -> set[str]:
    """The arguments of a class; those of RNNBase where it only passes them on."""
    parameters = inspect.signature(getattr(nn, name)).parameters.values()
    if any(argument.kind is argument.VAR_POSITIONAL for argument in parameters):
        base = getattr(nn, name).__mro__[1]
        return set(inspect.signature(base).parameters) - {"mode"}
    return {argument.name for argument in parameters}


VARIED = {
    *("bias", "groups", "affine", "track_running_stats", "elementwise_affine", "bidirectional"),
    *("proj_size", "add_bias_kv", "custom_encoder", "custom_decoder", "norm"),
    *("encoder_layer", "decoder_layer", "div_value", "head_bias", "padding_idx", "init", "weight"),
    *("pos_weight", "_random_samples", "mode", "_weight", "dtype"),
}
"""Arguments that change the start; each stands in a case of some class with it, or below."""


def test_every_argument_is_varied_or_changes_nothing() -> None:
    every = set().union(*map(_arguments, CASES))
    unheard = every - VARIED - SIZES - NEUTRAL.keys()
    assert not unheard, f"new arguments: {unheard}"
    cases = " ".join(args for each in (*ALL.values(), *SHAPES.values()) for args in each)
    named = {
        "encoder_layer",
        "decoder_layer",
        "norm",
        "mode",
        "_weight",
        "dtype",
        "elementwise_affine",
    }
    for argument in VARIED - named:
        assert f"{argument}=" in cases, argument


@pytest.mark.parametrize("argument", NEUTRAL)
def test_a_neutral_argument_changes_no_value(argument: str) -> None:
    tried = 0
    for name, (first, *_) in CASES.items():
        if argument not in _arguments(name) or (argument, name) in IMPOSSIBLE:
            continue
        args, _, after = first.partition("# ")
        extra = f"{argument}={NEUTRAL[argument]!r}"
        changed = ", ".join(filter(None, [args.strip(), extra])) + (f" # {after}" if after else "")
        found = []
        for each in (first, changed):
            torch.manual_seed(9)
            found.append({n: t for n, (_, t) in tensors(builder(name, each)().module).items()})
        assert found[0].keys() == found[1].keys()
        for inner, tensor in found[0].items():
            if not nn.parameter.is_lazy(tensor):
                torch.testing.assert_close(tensor, found[1][inner], rtol=0, atol=0)
        tried += 1
    assert tried or argument == "output_ratio"


def test_elementwise_affine_and_a_given_weight_leave_nothing_to_chance() -> None:
    assert not tensors(nn.LayerNorm(3, elementwise_affine=False))
    assert not tensors(nn.RMSNorm(3, elementwise_affine=False))
    assert not tensors(nn.GroupNorm(1, 3, affine=False))
    given = torch.randn(5, 3)
    assert nn.Embedding(5, 3, _weight=given).weight.data_ptr() == given.data_ptr()


def _arguments_of(name: str, args: str) -> dict[str, Any]:
    """The arguments of a call, defaults included."""
    names = {"capture": lambda *given, **named: (given, named), "nn": nn, "torch": torch}
    given, named = eval(f"capture({args}\n)", names)
    bound = inspect.signature(getattr(nn, name)).bind(*given, **named)
    bound.apply_defaults()
    return bound.arguments


def test_a_formula_computes_the_number_from_the_arguments() -> None:
    checked = Counter()
    for row in table():
        if row.law.kind in ("given", "lazy", "uninitialized"):
            continue
        known = _arguments_of(row.module, row.args) | vars(builder(row.module, row.args)().module)
        if "Transformer" in row.module:  # of its layers
            known |= {"d_model": 64, "dim_feedforward": 128, "in_features": 64}
            known |= dict(zip(("fan_out", "fan_in"), row.shape or (), strict=False))
        value = eval(row.law.formula, {"sqrt": math.sqrt, "prod": math.prod}, known)
        number = {"uniform": "bound", "constant": "value"}.get(row.law.kind, "std")
        assert math.isclose(value, getattr(row.law, number)), row
        checked[row.law.kind] += 1
    assert checked["uniform"] > 250
    assert checked["constant"] > 150


def test_rows_for_programs() -> None:
    rows = json.loads(json.dumps(table()._repr_json_()))
    assert len(rows) == len(table())
    keys = {"module", "args", "parameter", "kind", "shape", "distribution", "formula"}
    keys |= {"source", "docstring", "test"}
    seen = {(row["module"], row["args"], row["parameter"]) for row in rows}
    assert len(seen) == len(rows)
    for row in rows:
        assert row.keys() == keys
        assert row["kind"] in ("parameter", "buffer")
        assert row["docstring"] in ("agrees", "silent", "disagrees")
        assert row["source"].keys() == {"file", "line", "function"}
        assert row["test"].keys() == {"n", "p_value", "control_p_value"}
        built = builder(row["module"], row["args"])().module
        kind, tensor = tensors(built)[row["parameter"]]
        assert row["kind"] == kind
        shape = None if nn.parameter.is_lazy(tensor) else list(tensor.shape)
        assert row["shape"] == shape
        assert (row["test"]["n"] == 0) == (row["distribution"]["kind"] == "lazy")


def test_html_has_a_row_a_parameter_and_needs_no_script() -> None:
    html = table()._repr_html_()
    soup = BeautifulSoup(html, "html.parser")
    assert soup.find("script") is None
    assert [head.text for head in soup.select("thead th[scope=col]")] == list(HEADS)
    rows = soup.select("tbody tr")
    visible = [row for row in table() if row.shown]
    assert {row.module for row in visible} == CASES.keys()
    assert {row.docstring.text for row in visible} == {"agrees", "silent", "disagrees"}
    for row, shown in zip(visible, rows, strict=True):
        layer, parameter, starts, shape, drawn, test, docstring, source, *numbers = shown.find_all(
            ["th", "td"], recursive=False
        )
        assert layer.text.startswith(f"{row.module}(")
        assert parameter.text == row.parameter + " buffer" * (row.kind == "buffer")
        assert shape.text == (
            "none yet" if row.shape is None else " × ".join(map(str, row.shape)) or "one value"
        )
        assert starts.text
        assert (drawn.svg is not None) == (row.sample.n > 0)
        assert (test.text == "none") == (row.p is None)
        assert docstring.text == row.docstring.text
        assert source.a["href"].endswith(f"/{row.source.file}#L{row.source.line}")
        assert all(bool(number.text) == (row.sample.n > 0) for number in numbers)
        assert len(numbers) == 4
    assert repr(table()) == f"a table of {len(table())} rows"
    assert f"{len(rows)} rows; defaults.json has {len(table()) - len(rows)} more" in html
