"""The lines of torch that write, and a fingerprint of the code that every row was derived from."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
import torch
from torch import nn

from snippets.defaults import CASES, Table, builder, measure
from snippets.defaults.source import ROOT, TREE, Source, class_node, class_source
from snippets.defaults.writers import writers

WRITES = ("init.", "_(", "fill_", "zero_", "Uninitialized", "register_buffer", "materialize")
WRITES += ("torch.tensor(",)
FINGERPRINTS = {
    "Linear": "bf500dc574483ad4",
    "LazyLinear": "1c1d19065018bd70",
    "Bilinear": "beef6a70421c4a6a",
    "Conv1d": "41ffc77f83b1482f",
    "Conv2d": "696df8ded110d5b2",
    "Conv3d": "9433bb135e141ba8",
    "ConvTranspose1d": "a7b882299b669474",
    "ConvTranspose2d": "6cd1b46ebca81f2e",
    "ConvTranspose3d": "7226994809923349",
    "LazyConv1d": "72dbe9c0103b5b96",
    "LazyConv2d": "4c9c66664e871b3b",
    "LazyConv3d": "3d89eb6ab3b5f32d",
    "LazyConvTranspose1d": "5633dbd823c0bc6c",
    "LazyConvTranspose2d": "cda805ec771f7494",
    "LazyConvTranspose3d": "29019f5c2cd265f4",
    "BatchNorm1d": "6297a8b67caf2148",
    "BatchNorm2d": "6297a8b67caf2148",
    "BatchNorm3d": "6297a8b67caf2148",
    "LazyBatchNorm1d": "32e70f5c69584ac9",
    "LazyBatchNorm2d": "32e70f5c69584ac9",
    "LazyBatchNorm3d": "32e70f5c69584ac9",
    "SyncBatchNorm": "c7eba654fbacf181",
    "InstanceNorm1d": "d08924e66cbe5643",
    "InstanceNorm2d": "d08924e66cbe5643",
    "InstanceNorm3d": "d08924e66cbe5643",
    "LazyInstanceNorm1d": "cc19af12a4f41924",
    "LazyInstanceNorm2d": "cc19af12a4f41924",
    "LazyInstanceNorm3d": "cc19af12a4f41924",
    "GroupNorm": "d86d093abca4529c",
    "LayerNorm": "00be74bf874a2148",
    "RMSNorm": "cbb212d90c683fb1",
    "RNN": "e34fecd2dae5413b",
    "LSTM": "dbb9156dfc602ca8",
    "GRU": "c9854c1591f3002f",
    "RNNBase": "0275ab596b8f07e2",
    "RNNCell": "c7ff84d5d5ed8bdc",
    "LSTMCell": "0d40327fc943fe34",
    "GRUCell": "e3f591ab206a1d82",
    "RNNCellBase": "d734b47209a1f1d0",
    "MultiheadAttention": "b4327d7ffd32c38d",
    "TransformerEncoderLayer": "1290cc3c97dada00",
    "TransformerDecoderLayer": "ca5857331f9ff112",
    "TransformerEncoder": "85d0b6d7de422ff4",
    "TransformerDecoder": "5a3b7043cc864785",
    "Transformer": "b72307eea3656eef",
    "AdaptiveLogSoftmaxWithLoss": "fd7c36c010f130b1",
    "LinearCrossEntropyLoss": "24a7679acf8a0297",
    "Embedding": "691b50f8cc377c90",
    "EmbeddingBag": "7fbb0752c094e938",
    "PReLU": "94fcfd22205425d3",
    "CrossEntropyLoss": "1dbd2817188db1de",
    "NLLLoss": "7477d4d5128bb0d3",
    "NLLLoss2d": "f13bbed2905b2d4e",
    "MultiMarginLoss": "30647c26843b947b",
    "MultiLabelSoftMarginLoss": "ebbf465bd8d44a6f",
    "BCELoss": "ebbf465bd8d44a6f",
    "BCEWithLogitsLoss": "612c9a4232ec820b",
    "FractionalMaxPool2d": "3225834a91e2c02d",
    "FractionalMaxPool3d": "d64c5fc84a471e65",
    "init": "54d0a69bf5856223",
}
"""Class of torch.nn -> hash of the code that its rows were derived from (torch 2.13.0)."""


@cache
def table() -> Table:
    torch.manual_seed(9)
    return measure()


def test_a_class_is_found_in_its_file_and_a_line_on_github() -> None:
    text, node = class_source(nn.Linear), class_node(nn.Linear)
    assert text.file == "torch/nn/modules/linear.py"
    assert text.lines[node.lineno - 1] == "class Linear(Module):"
    line = Source(text.file, 117, "Linear.reset_parameters")
    assert line.url == f"{TREE}/torch/nn/modules/linear.py#L117"
    assert re.fullmatch(r"https://github.com/pytorch/pytorch/blob/v2\.\d+\.\d+", TREE)


def test_the_line_named_writes_and_is_in_the_function_named() -> None:
    for row in table():
        lines = (ROOT / row.source.file).read_text(encoding="utf-8").splitlines()
        assert any(word in lines[row.source.line - 1] for word in WRITES), row
        function = _function(row.source.file, row.source.function)
        text, start = inspect.getsourcelines(function)
        assert start <= row.source.line < start + len(text), row
        assert row.source.url == f"{TREE}/{row.source.file}#L{row.source.line}"


@pytest.mark.parametrize(
    ("name", "args", "parameter", "function"),
    [
        ("Linear", "3, 2", "weight", "Linear.reset_parameters"),
        ("MultiheadAttention", "4, 2", "out_proj.weight", "Linear.reset_parameters"),
        ("MultiheadAttention", "4, 2", "out_proj.bias", "MultiheadAttention._reset_parameters"),
        ("Embedding", "3, 2, padding_idx=0", "weight", "Embedding.reset_parameters"),
        ("BatchNorm1d", "3", "running_var", "_NormBase.reset_running_stats"),
        ("CrossEntropyLoss", "torch.ones(3)", "weight", "_WeightedLoss.__init__"),
        ("LazyLinear", "3", "weight", "LazyLinear.__init__"),
        ("Sequential", "nn.ReLU(), nn.LazyLinear(3)", "1.weight", "LazyLinear.__init__"),
        ("Linear", "3, 2, device='meta'", "weight", "Linear.__init__"),
        ("LazyLinear", "3 # first input (1, 2)", "weight", "Linear.reset_parameters"),
        ("LazyLinear", "3 # first input (1, 0)", "bias", "LazyLinear.initialize_parameters"),
        (
            "TransformerEncoder",
            "nn.TransformerEncoderLayer(4, 2, 6), 2",
            "layers.1.linear1.weight",
            "Linear.reset_parameters",
        ),
        (
            "Transformer",
            "4, 2, 1, 1, 6",
            "encoder.layers.0.linear1.weight",
            "Transformer._reset_parameters",
        ),
        (
            "Transformer",
            "4, 2, 1, 1, 6",
            "encoder.layers.0.linear1.bias",
            "Linear.reset_parameters",
        ),
    ],
)
def test_the_last_to_write_is_named(name: str, args: str, parameter: str, function: str) -> None:
    _, lines = writers(builder(name, args))
    source = lines[parameter]
    assert source.function == function
    text, start = inspect.getsourcelines(_function(source.file, function))
    assert source.file.startswith("torch/nn/modules/")
    assert start < source.line < start + len(text)


@pytest.mark.parametrize(
    ("name", "args"), [("LSTM", "3, 4"), ("Linear", "3, 4, dtype=torch.float64")]
)
def test_watching_changes_no_value(name: str, args: str) -> None:
    torch.manual_seed(3)
    watched, _ = writers(builder(name, args))
    torch.manual_seed(3)
    alone = builder(name, args)().module
    torch.testing.assert_close(watched.module.state_dict(), alone.state_dict(), rtol=0, atol=0)


def _function(file: str, qualified: str) -> Any:
    found: Any = importlib.import_module(file.removesuffix(".py").replace("/", "."))
    for name in qualified.split("."):
        found = getattr(found, name)
    return found


def _sources(name: str) -> dict[str, Callable[..., Any]]:
    """What determines the rows of a class: who writes them, its constructors and its resets."""
    found = {
        row.source.function: _function(row.source.file, row.source.function)
        for row in table()
        if row.module == name
    }
    for base in getattr(nn, name).__mro__:
        if base not in (nn.Module, object):
            for method in (
                "__init__",
                "reset_parameters",
                "_reset_parameters",
                "initialize_parameters",
            ):
                if inspect.isfunction(function := base.__dict__.get(method)):
                    found[f"{base.__name__}.{method}"] = function
    return dict(sorted(found.items()))


def fingerprint(functions: dict[str, Callable[..., Any]]) -> str:
    """Hash of the text of these functions."""
    text = "".join(inspect.getsource(function) for function in functions.values())
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _init() -> dict[str, Callable[..., Any]]:
    names = ("uniform_", "normal_", "constant_", "ones_", "zeros_", "xavier_uniform_")
    names += ("xavier_normal_", "kaiming_uniform_", "calculate_gain", "_calculate_correct_fan")
    names += ("_calculate_fan_in_and_fan_out", "_no_grad_uniform_", "_no_grad_normal_")
    names += ("_no_grad_fill_", "_no_grad_zero_")
    return {name: getattr(nn.init, name) for name in names}


@pytest.mark.parametrize("name", [*CASES, "init"])
def test_the_source_is_the_one_that_the_law_was_derived_from(name: str) -> None:
    functions = _init() if name == "init" else _sources(name)
    assert fingerprint(functions) == FINGERPRINTS[name], (
        f"the source of nn.{name} has changed: read {', '.join(functions)}, derive its laws again "
        f"(snippets/defaults/rules.py), then put {fingerprint(functions)!r} here"
    )


def test_a_changed_reset_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def reset_parameters(self: nn.Linear) -> None:
        nn.init.ones_(self.weight)

    before = fingerprint(_sources("Linear"))
    assert before == FINGERPRINTS["Linear"]
    monkeypatch.setattr(nn.Linear, "reset_parameters", reset_parameters)
    assert fingerprint(_sources("Linear")) != before
