"""init_report: every line true, changes found, nothing copied, nothing touched, torch alone."""

from __future__ import annotations

import ast
import math
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch._subclasses import FakeTensorMode
from torch.nn.utils import prune

from snippets.defaults import ALL, builder
from snippets.defaults.laws import LEVEL
from snippets.defaults.sample import CHUNK
from snippets.init_report import FEW, Line, init_report
from snippets.report_text import groups
from tests.snippets.largest import Largest

SNIPPETS = Path(__file__).parents[2] / "snippets"


def line(model: nn.Module, name: str = "weight") -> Line:
    return next(line for line in init_report(model) if line.name == name)


def test_a_line_a_parameter_and_a_buffer_with_its_numbers() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(30, 20), nn.BatchNorm1d(20))
    report = init_report(model)
    parameters, buffers = dict(model.named_parameters()), dict(model.named_buffers())
    assert [each.name for each in report] == [*parameters, *buffers]
    for each in report:
        tensor = {**parameters, **buffers}[each.name].detach().double()
        assert each.kind == ("parameter" if each.name in parameters else "buffer")
        assert each.shape == tuple(tensor.shape)
        assert math.isclose(each.mean, tensor.mean(), abs_tol=1e-12)
        assert math.isclose(each.std, tensor.std(correction=0), abs_tol=1e-12)
        assert (each.low, each.high) == (tensor.min(), tensor.max())
    assert [each.default for each in report[:4]] == ["U(±0.1826)"] * 2 + ["1", "0"]


@pytest.mark.parametrize("seed", range(3))
def test_every_layer_of_torch_is_as_new(seed: int) -> None:
    torch.manual_seed(seed)
    for name, each in ALL.items():
        for args in each:
            for found in init_report(builder(name, args)().module):
                assert found.state != "changed", (name, args, found)
                empty = found.shape is not None and 0 in found.shape
                given = found.default.startswith("the given")
                lazy = found.default in ("lazy", "uninitialized")
                assert (found.state == "unknown") == (empty or given or lazy), (name, args, found)


@pytest.mark.parametrize("factor", [0.9, 0.95, 1.05, 1.1])
def test_a_changed_scale_is_found(factor: float) -> None:
    for seed in range(10):
        torch.manual_seed(seed)
        linear, table = nn.Linear(100, 50), nn.Embedding(600, 60, padding_idx=3)
        assert line(linear).state == line(table).state == "as new"
        with torch.no_grad():
            linear.weight.mul_(factor)
            table.weight.mul_(factor)
        assert line(linear).state == line(table).state == "changed"
        assert line(linear, "bias").state == "as new"


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_dtypes_look_as_new(dtype: torch.dtype) -> None:
    for seed in range(5):
        torch.manual_seed(seed)
        model = nn.Sequential(nn.Linear(700, 900, dtype=dtype), nn.Embedding(900, 90, dtype=dtype))
        assert {each.state for each in init_report(model)} == {"as new"}
        assert {each.flags for each in init_report(model)} == {()}
        converted = nn.Linear(700, 900).to(dtype)
        assert line(converted).state == "as new"


def test_what_is_written_by_hand_is_found() -> None:
    torch.manual_seed(0)
    norm, table, lstm = nn.LayerNorm(8), nn.Embedding(5, 40, padding_idx=1), nn.LSTM(5, 30)
    with torch.no_grad():
        norm.weight[3] = 1.0001
        table.weight[1, 0] = 1e-8
        lstm.bias_ih_l0[30:60] = 1
    assert line(norm).state == line(table).state == line(lstm, "bias_ih_l0").state == "changed"
    assert line(norm, "bias").state == line(lstm, "bias_hh_l0").state == "as new"


def test_a_few_values_are_too_few_to_tell() -> None:
    torch.manual_seed(0)
    small = nn.Linear(3, FEW - 1)
    assert line(small, "bias").state == "too few to tell"
    assert line(nn.Linear(3, FEW), "bias").state == "as new"
    assert line(nn.PReLU()).state == "as new"  # a constant needs no crowd
    with torch.no_grad():
        small.bias[0] = 9
    assert line(small, "bias").state == "changed"
    assert 2 * 0.5 ** (FEW - 1) < LEVEL < 2 * 0.5 ** (FEW - 3)


def test_layers_that_torch_does_not_know() -> None:
    class Mine(nn.Linear):
        def reset_parameters(self) -> None:
            nn.init.zeros_(self.weight)
            nn.init.zeros_(self.bias)

    class Same(nn.Linear):
        pass

    class Bare(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.scale = nn.Parameter(torch.ones(4))

    assert (line(Mine(30, 40)).state, line(Mine(30, 40)).default) == ("unknown", "?")
    assert line(Same(30, 40)).state == "as new"
    assert line(Bare(), "scale").state == "unknown"


def test_flags() -> None:
    torch.manual_seed(0)
    encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(16, 2, 30, batch_first=True), 2)
    model = nn.ModuleDict(
        {"table": nn.Embedding(40, 16), "encoder": encoder, "norm": nn.LayerNorm(4)}
    )
    model["head"] = nn.Linear(16, 40)
    model["head"].weight = model["table"].weight
    model["head"].bias.requires_grad_(False)
    model["lazy"], model["meta"] = nn.LazyLinear(3), nn.Linear(3, 2, device="meta")
    with torch.no_grad():
        encoder.layers[0].linear1.bias[2] = math.nan
    flags = {each.name: each.flags for each in init_report(model)}
    assert flags["table.weight"] == ("tied to head.weight",)
    assert "head.weight" not in flags
    assert flags["head.bias"] == ("frozen",)
    assert flags["norm.weight"] == ("constant",)
    assert flags["lazy.weight"] == ("lazy",)
    assert flags["meta.weight"] == ("meta",)
    assert flags["encoder.layers.0.linear1.bias"] == ("NaN",)
    first = "encoder.layers.0.linear2.weight"
    assert flags["encoder.layers.1.linear2.weight"] == (f"copy of {first}",)
    assert flags[first] == flags["encoder.layers.1.linear1.bias"] == ()
    lines = {each.name: each for each in init_report(model)}
    assert math.isnan(lines["lazy.weight"].mean)
    assert (lines["lazy.weight"].shape, lines["meta.weight"].shape) == (None, (2, 3))
    assert lines["meta.weight"].default == "U(±0.5774)"


def test_equal_statistics_are_not_yet_a_copy() -> None:
    model = nn.ParameterList([torch.tensor([1.0, 2.0]), torch.tensor([2.0, 1.0])])
    assert [each.flags for each in init_report(model)] == [(), ()]


@pytest.mark.parametrize(
    ("values", "flagged"),
    [
        ([1e-41, 1.0], True),  # half of an address
        ([3e26, 1.0], True),
        ([-3e26, 1.0], True),
        ([1e-30, 1e15], False),
        ([0.0, -1.0], False),
    ],
)
def test_values_of_unwritten_memory_are_flagged(values: list[float], flagged: bool) -> None:
    model = nn.ParameterList([torch.tensor(values)])
    assert (init_report(model)[0].flags == ("maybe unwritten",)) is flagged


def test_small_float16_weights_are_not_flagged() -> None:
    assert init_report(nn.ParameterList([torch.tensor([1e-6, 1.0]).half()]))[0].flags == ()


def test_other_kinds_of_numbers() -> None:
    model = nn.Module()
    model.wave = nn.Parameter(torch.tensor([1 + 2j, 3 - 4j]))
    model.register_buffer("mask", torch.tensor([True, False]))
    model.register_buffer("nothing", torch.empty(0, 3))
    lines = {each.name: each for each in init_report(model)}
    assert (lines["wave"].low, lines["wave"].high) == (-4, 3)
    assert (lines["mask"].low, lines["mask"].high, lines["mask"].mean) == (0, 1, 0.5)
    assert math.isnan(lines["nothing"].mean)


def test_nothing_is_changed() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.LSTM(3, 4), nn.BatchNorm1d(4)).train()
    before = {name: (t.clone(), t._version) for name, t in model.state_dict().items()}
    state = torch.get_rng_state()
    init_report(model)
    assert torch.equal(torch.get_rng_state(), state)
    assert model.training
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[name][0])
        assert tensor._version == before[name][1]


def test_a_large_model_is_not_copied() -> None:
    model = nn.Sequential(nn.Linear(3000, 2000), nn.Embedding(30_000, 200, padding_idx=29_000))
    model[0].weight = nn.Parameter(model[0].weight.detach().T.contiguous().T)
    with Largest(model.parameters()) as largest:
        report = init_report(model)
    assert {each.state for each in report} == {"as new"}
    assert largest.bytes <= 8 * CHUNK


def test_text_and_rows() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(8, 9), nn.Embedding(7, 6, padding_idx=2), nn.LazyLinear(2))
    model.append(nn.MultiheadAttention(16, 2, add_bias_kv=True)).append(nn.BCELoss(torch.ones(2)))
    report = init_report(model)
    text = str(report).splitlines()
    assert repr(report) == str(report)
    assert text[0].startswith(f"{len(report)} tensors, ")
    assert " ".join(text[1].split()) == "name shape mean std min max its layer starts as looks"
    assert any(row.startswith("0.weight  ") and "U(±0.3536)" in row for row in text)
    assert all(row == row.rstrip() for row in text)
    defaults = {each.name: each.default for each in report}
    assert defaults["1.weight"] == "N(0, 1), row 2 zero"
    assert defaults["3.bias_k"] == "N(0, 0.25²)"
    assert (defaults["2.weight"], defaults["4.weight"]) == ("lazy", "the given weight")
    keys = ["name", "kind", "shape", "mean", "std", "min", "max", "default", "state", "flags"]
    assert [list(row) for row in report.rows()] == [keys] * len(report)
    assert report.rows()[0]["min"] == report[0].low


def test_what_a_reader_takes_home_needs_torch_alone(tmp_path: Path) -> None:
    home = tmp_path / "snippets"
    shutil.copytree(SNIPPETS / "defaults", home / "defaults")
    for name in ("__init__", "init_report", "report_text", "uninitialized"):
        shutil.copy(SNIPPETS / f"{name}.py", home)
    for path in home.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert name.partition(".")[0] in {"torch", "snippets", *sys.stdlib_module_names}, (
                    path
                )
    code = "from torch import nn; from snippets.init_report import init_report; "
    code += "print(init_report(nn.Linear(30, 40)))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.count("  as new") == 2


class Mixed(nn.Module):
    """A tensor for each thing that the report can say."""

    def __init__(self) -> None:
        super().__init__()
        self.one = nn.Parameter(torch.tensor([1.0]), requires_grad=False)
        self.pair = nn.Parameter(torch.tensor([1.0, 2.0]))
        self.same = nn.Parameter(torch.tensor([1.0, 2.0]))
        self.also = self.two = nn.Parameter(torch.tensor([-2.5, -2.5]), requires_grad=False)
        self.norm = nn.LayerNorm(3)
        self.lazy = nn.LazyLinear(3, bias=False)
        self.meta = nn.Linear(2, 1, bias=False, device="meta").requires_grad_(False)
        self.register_buffer("tiny", torch.tensor([1e-40, 1.0]))
        self.register_buffer("edge", torch.tensor([torch.finfo(torch.float32).tiny, 2.0**63]))


PRINTED = """\
10 tensors, 19 numbers: 1 maybe unwritten, 1 meta, 8 unknown, 2 as new
name         shape       mean       std       min       max  its layer starts as  looks
meta.weight  (1, 2)                                          U(±0.7071)           unknown
    meta, frozen
tiny         (2)          0.5       0.5     1e-40         1  ?                    unknown
    maybe unwritten
same         (2)          1.5       0.5         1         2  ?                    unknown
    copy of pair
one          (1)            1         0         1         1  ?                    unknown  frozen
pair         (2)          1.5       0.5         1         2  ?                    unknown
also         (2)         -2.5         0      -2.5      -2.5  ?                    unknown
    frozen, tied to two, constant
lazy.weight  ?                                               lazy                 unknown  lazy
edge         (2)     4.61e+18  4.61e+18  1.18e-38  9.22e+18  ?                    unknown
norm.weight  (3)            1         0         1         1  1                    as new  constant
norm.bias    (3)            0         0         0         0  0                    as new  constant"""


def test_the_report_word_by_word() -> None:
    """What `print` shows, column by column; numbers stand right, words left."""
    report = init_report(Mixed())
    assert str(report).splitlines() == PRINTED.splitlines()
    kinds = {line.name: line.kind for line in report}
    assert kinds["meta.weight"] == kinds["lazy.weight"] == "parameter"
    assert kinds["tiny"] == "buffer"


def test_equal_constants_are_no_copies_and_a_padding_row_is_no_draw() -> None:
    """Every fresh norm holds ones; a third of zeros would not be normal, but one row is meant to be."""
    norms = init_report(nn.Sequential(nn.LayerNorm(3), nn.LayerNorm(3)))
    assert {line.flags for line in norms} == {("constant",)}
    torch.manual_seed(0)
    (line,) = init_report(nn.Embedding(3, 4000, padding_idx=0))
    assert line.state == "as new"


class Block(nn.Module):
    """A layer of a deep model."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.a_projection_with_a_long_name = nn.Linear(width, 4 * width)
        self.norm = nn.LayerNorm(width)


class Deep(nn.Module):
    """Layers in layers, one of them changed, one name too long for a column."""

    def __init__(self, layers: int = 40) -> None:
        super().__init__()
        self.table = nn.Embedding(300, 16)
        self.encoder_with_a_long_name = nn.ModuleList(Block(16) for _ in range(layers))
        self.output = nn.Linear(16, 300, bias=False)
        self.output.weight = self.table.weight


def changed_deep() -> Deep:
    torch.manual_seed(0)
    model = Deep()
    layers = model.encoder_with_a_long_name
    with torch.no_grad():
        for place in (3, 4, 17):
            layers[place].a_projection_with_a_long_name.weight.mul_(0.5)
        layers[30].norm.weight[0] = math.nan
    return model


def test_repeated_layers_share_a_line_and_what_is_odd_comes_first() -> None:
    report = init_report(changed_deep())
    printed = str(report).splitlines()
    assert len(report) == 161
    assert len(printed) < 20
    assert max(map(len, printed)) <= 100
    assert printed[0] == "161 tensors, 49,600 numbers: 1 NaN, 4 changed, 157 as new"
    assert printed[2].startswith("encoder_with_a_long_name.30.norm.weight")
    long = "encoder_with_a_long_name.{}.a_projection_with_a_long_name.weight"
    place = printed.index("3 × " + long.format("{3-4,17}"))
    assert place < 6
    assert "changed" in printed[place + 1]
    assert "37 × " + long.format("{0-2,5-16,18-39}") in printed
    bias = long.format("*").replace("weight", "bias")
    assert f"40 × {bias}" in printed
    assert sum("tied to output.weight" in row for row in printed) == 1


def test_a_group_has_the_numbers_of_all_its_tensors() -> None:
    """Checked against all the values at once."""
    report = init_report(changed_deep())
    for group in groups(report):
        model = changed_deep()
        named = {**dict(model.named_parameters()), **dict(model.named_buffers())}
        values = torch.cat([named[each.name].detach().double().flatten() for each in group.lines])
        values = values[values.isfinite()]
        wanted = values.mean(), values.std(correction=0), values.min(), values.max()
        for found, number in zip(group.numbers(), wanted, strict=True):
            assert math.isclose(found, number, rel_tol=1e-9, abs_tol=1e-12)
    assert sum(len(group.lines) for group in groups(report)) == len(report)


def test_names_and_flags_of_any_length_stay_within_the_columns() -> None:
    model = nn.ModuleDict({"x" * 150: nn.Linear(2, 2), "shared": nn.ModuleList()})
    twin = nn.Linear(2, 2)
    model["shared"].extend(nn.Sequential(twin) for _ in range(30))
    conv = nn.Conv3d(200, 300, (10, 11, 12), device="meta")
    model["conv"] = nn.ModuleList([conv, nn.Embedding(100_000, 1000, 5, device="meta")])
    printed = str(init_report(model)).splitlines()
    assert max(map(len, printed)) <= 100
    assert sum("tied to 29 × shared.{1-29}.0." in row for row in printed) == 2
    assert str(init_report(nn.Identity())).startswith("0 tensors, 0 numbers: nothing")


def test_a_tied_group_says_whose_names_it_shows() -> None:
    model = nn.ModuleDict({"a": nn.ModuleList(nn.Linear(9, 9) for _ in range(3))})
    model["b"] = nn.ModuleList(model["a"])
    assert "tied to b.0.weight (the first of 3)" in str(init_report(model))


ODD: dict[str, tuple[Callable[[], torch.Tensor], tuple[int, ...] | None, float]] = {
    "sparse": (lambda: torch.eye(3).mul(2).to_sparse(), (3, 3), 2),
    "sparse rows": (lambda: torch.eye(3).mul(2).to_sparse_csr(), (3, 3), 2),
    "nested": (lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]), None, 1),
    "quantized": (lambda: torch.quantize_per_tensor(torch.ones(3), 0.5, 0, torch.qint8), (3,), 1),
    "float8": (lambda: torch.ones(4).to(torch.float8_e4m3fn), (4,), 1),
    "float4": (
        lambda: torch.zeros(4, dtype=torch.uint8).view(torch.float4_e2m1fn_x2),
        (4,),
        math.nan,
    ),
    "unsigned": (lambda: torch.tensor([2**63], dtype=torch.uint64), (1,), 2.0**63),
    "expanded": (lambda: torch.ones(1).expand(5), (5,), 1),
}


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", ODD)
def test_tensors_of_every_kind_have_their_line(name: str) -> None:
    make, shape, mean = ODD[name]
    net = nn.Linear(30, 30)
    net.register_buffer("odd", make())
    net.register_buffer("same", make())  # compared with it, as equal as it can be
    lines = {line.name: line for line in init_report(net)}
    assert (lines["odd"].shape, lines["odd"].state) == (shape, "unknown")
    assert lines["odd"].mean == mean or math.isnan(mean)
    assert lines["weight"].state == "as new"
    assert "odd" in str(init_report(net))


@pytest.mark.filterwarnings("ignore")
def test_freed_and_fake_weights_have_no_memory() -> None:
    """Reading the first would end the process."""
    freed = nn.Linear(3, 2)
    freed.weight.untyped_storage().resize_(0)
    with FakeTensorMode():
        fake = nn.Linear(3, 2)
    assert [line.flags for line in init_report(freed)] == [("no memory",), ()]
    assert [line.flags for line in init_report(fake)] == [("no memory",)] * 2
    assert "2 no memory" in str(init_report(fake))


def test_what_a_layer_holds_besides_its_own_starts_as_nobody_says() -> None:
    """A mask, a norm, a vector of another's making, and what a subclass adds."""
    net = nn.ModuleDict({
        "pruned": prune.random_unstructured(nn.Linear(30, 30), "weight", 0.5),
        "norm": nn.utils.weight_norm(nn.Conv1d(30, 30, 3)),
        "spectral": nn.utils.spectral_norm(nn.Linear(30, 30)),
        "lstm": nn.utils.weight_norm(nn.LSTM(30, 30), "weight_hh_l0"),
        "adapted": nn.Linear(30, 30),
    })  # fmt: skip
    net["adapted"].down = nn.Parameter(torch.ones(30))
    lines = {line.name: line for line in init_report(net)}
    unknown = {name for name, line in lines.items() if line.state == "unknown"}
    assert unknown == {
        "pruned.weight_mask", "norm.weight_g", "norm.weight_v", "spectral.weight_u",
        "spectral.weight_v", "lstm.weight_hh_l0_g", "lstm.weight_hh_l0_v", "adapted.down",
    }  # fmt: skip
    assert {line.state for line in lines.values()} == {"unknown", "as new"}
    assert lines["pruned.weight_orig"].default == "U(±0.1826)"


def test_numbers_at_the_end_of_a_name_are_grouped_and_others_are_not() -> None:
    torch.manual_seed(0)
    layers = {f"block{i}": nn.Linear(30, 30) for i in range(12)} | {"conv2d": nn.Linear(30, 30)}
    rows = str(init_report(nn.ModuleDict(layers))).splitlines()
    assert [row.split("  ")[0] for row in rows[2:]] == [
        "12 × block*.weight", "12 × block*.bias", "conv2d.weight", "conv2d.bias",
    ]  # fmt: skip


@pytest.mark.parametrize("wrong", [None, nn.Linear, torch.ones(2)])
def test_what_is_no_module_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"cannot report on a .*: pass a module"):
        init_report(wrong)
