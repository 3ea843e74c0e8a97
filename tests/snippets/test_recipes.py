"""Recipes that readers copy: what they write, what they keep, and what they refuse."""

from __future__ import annotations

import ast
import math
import sys
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import parametrize

from snippets import recipes


def test_the_recipes_need_torch_alone() -> None:
    tree = ast.parse(Path(recipes.__file__).read_text(encoding="utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    assert {str(name).partition(".")[0] for name in modules} - sys.stdlib_module_names == {"torch"}


@pytest.mark.parametrize("bias", [True, False])
def test_dense(bias: bool) -> None:
    torch.manual_seed(0)
    layer = recipes.Dense(400, 300, bias)
    assert abs(layer.weight.std().item() / math.sqrt(2 / 400) - 1) < 0.02
    x = torch.randn(2, 5, 400)
    torch.testing.assert_close(layer(x), F.linear(x, layer.weight, layer.bias))
    assert (layer.bias is not None and not layer.bias.any()) if bias else layer.bias is None
    assert repr(layer) == f"Dense(400, 300, bias={bias})"
    assert list(layer.state_dict()) == ["weight", "bias"][: 1 + bias]


def test_dense_takes_device_and_dtype() -> None:
    layer = recipes.Dense(3, 2, device="meta", dtype=torch.float64)
    assert all(p.is_meta and p.dtype == torch.float64 for p in layer.parameters())


STOCK = [
    nn.Linear(3, 4),
    nn.Embedding(5, 3, padding_idx=1),
    nn.Conv2d(2, 3, 3),
    nn.BatchNorm1d(3),
    nn.LayerNorm(3),
    nn.LSTM(3, 4),
    nn.MultiheadAttention(4, 2, add_bias_kv=True),
    nn.Transformer(4, 2, 1, 1, 8),
    nn.Bilinear(2, 3, 4),
    nn.PReLU(),
    nn.Linear(3, 2, dtype=torch.complex64),
]


@pytest.mark.parametrize("layer", STOCK, ids=lambda layer: type(layer).__name__)
def test_reinitialize_writes_all_of_a_stock_layer(layer: nn.Module) -> None:
    objects = list(layer.parameters())
    with torch.no_grad():
        for parameter in objects:
            parameter.fill_(7)
    recipes.reinitialize(layer)
    for parameter, kept in zip(layer.parameters(), objects, strict=True):
        assert parameter is kept
        assert not (parameter == 7).any()
        assert not (parameter != parameter).any()


def test_reinitialize_restores_the_model_when_something_is_left() -> None:
    model = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Module())
    model[2].bare = nn.Parameter(torch.ones(2))
    model[1](torch.randn(4, 2))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with pytest.raises(ValueError, match=r"wrote 2\.bare: give"):
        recipes.reinitialize(model)
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name]), name


def test_reinitialize_leaves_integers_alone() -> None:
    layer = nn.Linear(2, 2)
    layer.steps = nn.Parameter(torch.tensor([3]), requires_grad=False)
    recipes.reinitialize(layer)
    assert layer.steps.tolist() == [3]


class Tied(nn.Module):
    """A table and its output, tied, and a buffer that a test may add."""

    def __init__(self, buffer: torch.Tensor | None = None) -> None:
        super().__init__()
        self.table, self.norm, self.output = nn.Embedding(6, 4), nn.BatchNorm1d(4), nn.Linear(4, 6)
        recipes.tie(self.table, self.output)
        if buffer is not None:
            self.register_buffer("extra", buffer)


def test_build_on_meta_makes_a_whole_model() -> None:
    model = recipes.build_on_meta(Tied)
    assert model.table.weight is model.output.weight
    assert len(list(model.parameters())) == 4
    assert model.norm.num_batches_tracked.item() == 0
    for tensor in (*model.parameters(), *model.buffers()):
        assert tensor.device.type == "cpu"
        assert tensor.isfinite().all()


@pytest.mark.parametrize("first", ["table", "output"])
def test_a_tied_linear_gets_the_draw_of_its_embedding(first: str) -> None:
    class Ordered(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            layers = {"table": nn.Embedding(400, 300, padding_idx=0), "output": nn.Linear(300, 400)}
            for name in sorted(layers, key=lambda name: name != first):
                self.add_module(name, layers[name])
            recipes.tie(self.table, self.output)

    model = recipes.build_on_meta(Ordered)
    assert next(model.named_children())[0] == first
    for _ in range(2):
        assert not model.table.weight[0].any()
        assert abs(model.table.weight.std() - 1) < 0.02
        assert model.output.weight is model.table.weight
        assert model.output.bias.any()
        nn.init.zeros_(model.table.weight)
        recipes.reinitialize(model)


def test_what_a_module_writes_over_its_layers_stays() -> None:
    class Over(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = nn.Embedding(5, 3)
            self.own = self.table.weight

        def reset_parameters(self) -> None:
            nn.init.constant_(self.own, 0.5)

    model = Over()
    recipes.reinitialize(model)
    assert (model.table.weight == 0.5).all()


def test_the_initialization_of_a_model_runs_last() -> None:
    seen: list[bool] = []

    def init(model: nn.Module) -> None:
        seen.append(bool((model.norm.weight == 1).all()))
        nn.init.constant_(model.norm.weight, 3.0)

    model = recipes.build_on_meta(Tied, init=init)
    assert seen == [True]
    assert (model.norm.weight == 3).all()


@pytest.mark.parametrize(
    "layer",
    [nn.Linear(300, 200), nn.Conv1d(30, 60, 10), nn.Conv2d(12, 50, 5), nn.Conv3d(6, 50, 4)],
    ids=lambda layer: type(layer).__name__,
)
def test_he_init(layer: nn.Module) -> None:
    recipes.he_init(layer)
    fan_in = layer.weight[0].numel()
    assert abs(layer.weight.std() / (2 / fan_in) ** 0.5 - 1) < 0.03
    assert not layer.bias.any()
    recipes.he_init(nn.Linear(2, 2, bias=False))


def test_init_transformer_writes_what_it_says_and_nothing_else() -> None:
    torch.manual_seed(0)
    layer = nn.TransformerDecoderLayer(64, 4, 256)
    model = nn.ModuleDict(
        {
            "table": nn.Embedding(300, 64, padding_idx=3),
            "decoder": nn.TransformerDecoder(layer, 2, norm=nn.LayerNorm(64)),
            "conv": nn.Conv1d(64, 64, 1),
        }
    )
    for parameter in model.parameters():
        nn.init.constant_(parameter, 7.0)
    recipes.init_transformer(model, 2, std=0.1)
    for name, parameter in model.named_parameters():
        if "norm" in name or name.startswith("conv"):
            assert (parameter == 7).all(), name
        elif parameter.dim() == 1:
            assert not parameter.any(), name
        else:
            std = 0.05 if name.endswith(("out_proj.weight", "linear2.weight")) else 0.1
            assert abs(parameter.std() / std - 1) < 0.05, name
            assert abs(parameter.mean()) < 0.05 * std * 3, name
    assert not model["table"].weight[3].any()
    assert model["table"].weight[2].all()


@pytest.mark.parametrize("first", ["table", "output"])
def test_init_transformer_zeroes_the_padding_row_of_a_tied_table(first: str) -> None:
    layers = {"table": nn.Embedding(10, 4, padding_idx=3), "output": nn.Linear(4, 10)}
    recipes.tie(layers["table"], layers["output"])
    order = sorted(layers, key=lambda name: name != first)
    model = nn.ModuleDict({name: layers[name] for name in order})
    nn.init.ones_(model["table"].weight)
    recipes.init_transformer(model, 2)
    assert model["table"].weight.any(1).tolist() == [row != 3 for row in range(10)]


def test_init_transformer_draws_the_keys_that_attention_appends() -> None:
    attention = nn.MultiheadAttention(400, 2, add_bias_kv=True)
    recipes.init_transformer(attention, 1)
    for appended in (attention.bias_k, attention.bias_v):
        assert abs(appended.std() / 0.02 - 1) < 0.2
    assert not attention.in_proj_bias.any()


def test_init_transformer_takes_002_unless_told() -> None:
    layer = nn.Linear(300, 300)
    recipes.init_transformer(layer, 1)
    assert abs(layer.weight.std() / 0.02 - 1) < 0.03


class Bare(nn.Module):
    """A Parameter and a buffer that no layer's reset writes."""

    def __init__(self) -> None:
        super().__init__()
        self.token, self.layer = nn.Parameter(torch.ones(1, 4)), nn.Linear(4, 2)
        self.register_buffer("angles", torch.arange(3), persistent=False)


def test_what_init_writes_counts_as_written() -> None:
    def init(model: nn.Module) -> None:
        nn.init.zeros_(model.token)
        model.angles = torch.arange(3)

    model = recipes.build_on_meta(Bare, init=init)
    assert model.token.tolist() == [[0] * 4]
    assert model.angles.tolist() == [0, 1, 2]
    for given in (None, lambda model: nn.init.zeros_(model.layer.bias)):
        with pytest.raises(ValueError, match=r"wrote token, angles: give"):
            recipes.build_on_meta(Bare, init=given)


@pytest.mark.parametrize("dtype", [torch.float32, torch.int64, torch.bool])
def test_build_on_meta_names_a_buffer_that_nobody_writes(dtype: torch.dtype) -> None:
    with pytest.raises(ValueError, match="wrote extra: give"):
        recipes.build_on_meta(lambda: Tied(torch.zeros(3, dtype=dtype)))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_initialize_in_float32(dtype: torch.dtype) -> None:
    parameter = nn.Parameter(torch.zeros(30, 40, dtype=dtype))
    torch.manual_seed(0)
    returned = recipes.initialize_in_float32(parameter, nn.init.normal_, std=0.5)
    torch.manual_seed(0)
    assert returned is parameter
    assert torch.equal(parameter, nn.init.normal_(torch.empty(30, 40), std=0.5).to(dtype))


def test_initialize_in_float32_whatever_the_default_dtype_is() -> None:
    parameter = nn.Parameter(torch.zeros(4, 4, dtype=torch.bfloat16))
    seen: list[torch.dtype] = []

    def init(values: torch.Tensor) -> torch.Tensor:
        seen.append(values.dtype)
        return nn.init.orthogonal_(values)

    torch.set_default_dtype(torch.bfloat16)
    try:
        recipes.initialize_in_float32(parameter, init)
    finally:
        torch.set_default_dtype(torch.float32)
    assert seen == [torch.float32]
    assert parameter.any()


def test_load_embedding() -> None:
    vectors = torch.ones(4, 3, dtype=torch.float64)
    frozen, trained = recipes.load_embedding(vectors), recipes.load_embedding(vectors, False, -1)
    assert not frozen.weight.requires_grad
    assert trained.weight.requires_grad
    assert frozen.weight.tolist() == vectors.tolist()
    assert trained.weight.tolist() == [[1.0] * 3] * 3 + [[0.0] * 3]
    assert trained.padding_idx == 3
    nn.init.zeros_(frozen.weight)
    assert (vectors == 1).all()
    same = torch.ones(2, 2)
    nn.init.zeros_(recipes.load_embedding(same).weight)
    assert (same == 1).all()
    with pytest.raises(AssertionError, match="2-dimensional"):
        recipes.load_embedding(torch.ones(3))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("trained", [True, False])
def test_grow_keeps_all_but_the_number_of_rows(dtype: torch.dtype, trained: bool) -> None:
    options = {"padding_idx": 2, "max_norm": 9.0, "scale_grad_by_freq": True, "sparse": True}
    table = nn.Embedding(6, 4, dtype=dtype, **options).requires_grad_(trained)
    old, said = table.weight.detach().clone(), repr(table)
    recipes.grow(table, 9)
    assert repr(table) == said.replace("Embedding(6", "Embedding(9")
    assert torch.equal(table.weight[:6], old)
    assert torch.equal(table.weight[6:], old.mean(0).repeat(3, 1))
    assert table.weight.requires_grad == trained
    assert table.weight.is_leaf
    assert table.weight.dtype == dtype
    nn.init.zeros_(table.weight)
    assert old.any()


def test_grow_stays_on_its_device_and_may_keep_the_size() -> None:
    table = nn.Embedding(6, 4, device="meta")
    recipes.grow(table, 6)
    assert table.weight.shape == (6, 4)
    assert table.weight.is_meta
    recipes.grow(table, 7)
    assert table.weight.shape == (7, 4)
    with pytest.raises(ValueError, match=r"^cannot grow Embedding\(7, 4\) to 6 rows$"):
        recipes.grow(table, 6)
    assert table.num_embeddings == 7


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("bias", [True, False])
def test_grow_takes_the_output_along(tied: bool, bias: bool) -> None:
    torch.manual_seed(0)
    table, output, x = nn.Embedding(6, 4), nn.Linear(4, 6, bias), torch.randn(5, 4)
    if tied:
        recipes.tie(table, output)
    before = output(x)
    recipes.grow(table, 8, output)
    assert (output.weight is table.weight) == tied
    assert output.out_features == 8
    assert (output.bias is not None) == bias
    torch.testing.assert_close(output(x)[:, :6], before)
    torch.testing.assert_close(output(x)[:, 6:], before.mean(1, keepdim=True).expand(-1, 2))


def test_grow_refuses_an_output_with_more_rows_and_changes_nothing() -> None:
    table, output = nn.Embedding(4, 3), nn.Linear(3, 9)
    weights = table.weight, output.weight
    with pytest.raises(ValueError, match=r"^cannot grow Linear\(in.*\) to 6 rows$"):
        recipes.grow(table, 6, output)
    assert table.weight is weights[0]
    assert output.weight is weights[1]
    assert (table.num_embeddings, output.out_features) == (4, 9)


def test_tie() -> None:
    table, output = nn.Embedding(5, 3), nn.Linear(3, 5)
    recipes.tie(table, output)
    assert output.weight is table.weight
    with pytest.raises(ValueError, match="must map 3 features to 5"):
        recipes.tie(table, nn.Linear(5, 3))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("bias", [True, False])
def test_conversions(dtype: torch.dtype, bias: bool) -> None:
    torch.manual_seed(0)
    matrix, x = torch.randn(5, 3, dtype=dtype), torch.randn(4, 5, dtype=dtype)
    added = torch.randn(3, dtype=dtype) if bias else None
    layer = recipes.linear_from_matrix(matrix, added)
    assert (layer.in_features, layer.out_features) == (5, 3)
    assert layer.weight.requires_grad
    torch.testing.assert_close(layer(x), x @ matrix + (added if bias else 0))
    back, back_bias = recipes.matrix_from_linear(layer)
    assert torch.equal(back, matrix)
    assert torch.equal(back_bias, added) if bias else back_bias is None
    table, ids = recipes.embedding_from_linear(layer), torch.tensor([4, 0, 4])
    one_hot = F.one_hot(ids, 5).to(dtype)
    assert table.weight.requires_grad
    torch.testing.assert_close(table(ids), layer(one_hot))
    torch.testing.assert_close(recipes.linear_from_embedding(table)(one_hot), table(ids))
    nn.init.zeros_(layer.weight)
    assert back.any()
    assert table.weight.any()


def test_conversions_share_no_memory_for_a_single_row_or_column() -> None:
    """A transpose of one row or column is contiguous already."""
    for sizes in ((1, 3), (3, 1), (1, 1)):
        layer = nn.Linear(*sizes, bias=False)
        matrix, _ = recipes.matrix_from_linear(layer)
        table = recipes.embedding_from_linear(layer)
        nn.init.constant_(layer.weight, 7)
        assert not (matrix == 7).any()
        assert not (table.weight == 7).any()


def test_all_received_gradients() -> None:
    model = nn.ModuleDict({"used": nn.Linear(2, 2), "table": nn.Embedding(4, 2, sparse=True)})
    model["used"](model["table"](torch.tensor([1, 1]))).sum().backward()
    recipes.assert_all_received_gradients(model)
    model["frozen"] = nn.Linear(2, 2).requires_grad_(False)
    recipes.assert_all_received_gradients(model)
    model["unused"] = nn.Linear(2, 2, bias=False)
    with pytest.raises(AssertionError, match=r"^unused\.weight received no gradient$"):
        recipes.assert_all_received_gradients(model)


def test_missing_gradients_are_named_under_python_o() -> None:
    source, names = Path(recipes.__file__).read_text(encoding="utf-8"), {"__name__": "optimized"}
    exec(compile(source, "recipes", "exec", optimize=1), names)
    with pytest.raises(AssertionError, match=r"^weight received no gradient; bias received no"):
        names["assert_all_received_gradients"](nn.Linear(2, 2))


def test_gradients_of_zeros_and_infinities_are_named() -> None:
    layer = nn.Linear(2, 2)
    layer.weight.grad, layer.bias.grad = torch.zeros(2, 2), torch.tensor([1.0, math.inf])
    with pytest.raises(
        AssertionError, match=r"weight received a gradient of zeros; bias .* finite"
    ):
        recipes.assert_all_received_gradients(layer)
    with pytest.raises(AssertionError, match=r"^bias received a gradient that is not finite$"):
        recipes.assert_all_received_gradients(layer, allow_zero=True)


def test_dense_adds_its_bias_and_has_one_unless_told_otherwise() -> None:
    layer = recipes.Dense(3, 2)
    with torch.no_grad():
        layer.bias.copy_(torch.tensor([1.0, -2.0]))
    x = torch.randn(5, 3)
    torch.testing.assert_close(layer(x), x @ layer.weight.T + layer.bias)
    assert repr(layer) == "Dense(3, 2, bias=True)"


class TwoNames(nn.Module):
    """One parameter under two names of one module."""

    def __init__(self) -> None:
        super().__init__()
        self.first = self.second = nn.Parameter(torch.empty(3))

    def reset_parameters(self) -> None:
        """Write the parameter."""
        nn.init.ones_(self.first)


def test_two_names_of_one_module_stay_tied_on_the_way_from_meta() -> None:
    model = recipes.build_on_meta(TwoNames)
    assert model.first is model.second
    assert model.second.tolist() == [1, 1, 1]


def test_every_tensor_that_nobody_wrote_is_named_and_a_bool_buffer_always() -> None:
    class Left(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.Parameter(torch.empty(2))
            self.register_buffer("mask", torch.empty(2, dtype=torch.bool))

        def reset_parameters(self) -> None:
            self.mask.fill_(True)

    message = r"^no reset_parameters wrote weight, mask: give its module one$"
    with pytest.raises(ValueError, match=message):
        recipes.build_on_meta(Left)


@pytest.mark.parametrize("dtype", [torch.float16, torch.float64])
def test_vectors_of_any_dtype_are_loaded_in_float32(dtype: torch.dtype) -> None:
    vectors = torch.randn(4, 3).to(dtype)
    table = recipes.load_embedding(vectors)
    assert table.weight.dtype == torch.float32
    assert torch.equal(table.weight, vectors.float())


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_positive_goes_there_and_back(dtype: torch.dtype) -> None:
    values = torch.tensor([1e-4, 0.01, 0.5, 1, 30, 100], dtype=dtype)
    free = recipes.Positive().right_inverse(values)
    assert free[0] < -9
    assert free[-1] == 100
    torch.testing.assert_close(recipes.Positive()(free), values)


@pytest.mark.parametrize("value", [0.0, -0.1, math.nan])
def test_positive_refuses_another_start_and_leaves_the_layer_whole(value: float) -> None:
    layer = nn.Linear(2, 2)
    weight = layer.weight
    with torch.no_grad():
        weight.abs_()[0, 1] = value
    with pytest.raises(
        ValueError,
        match=r"^Positive needs a start above 0, such as nn.init.uniform_\(w, 0.01, 0.1\)$",
    ):
        parametrize.register_parametrization(layer, "weight", recipes.Positive())
    assert type(layer) is nn.Linear
    assert layer.weight is weight


@pytest.mark.parametrize("mask", [torch.tensor([[1, 0, 1]]), torch.eye(3) > 0])
def test_masked_reads_zeros_whatever_is_stored(mask: torch.Tensor) -> None:
    layer = nn.Linear(3, 3)
    parametrize.register_parametrization(layer, "weight", recipes.Masked(mask))
    hidden = ~mask.bool().expand(3, 3)
    layer.weight = torch.full((3, 3), math.inf)
    assert (layer.weight[hidden] == 0).all()
    assert (layer.weight[~hidden] == math.inf).all()
    assert layer.parametrizations.weight[0].mask.dtype == torch.bool
    assert "parametrizations.weight.0.mask" in layer.state_dict()


def test_masked_keeps_the_dtype_and_refuses_a_shape_that_does_not_fit() -> None:
    layer = nn.Linear(3, 2, dtype=torch.bfloat16)
    with pytest.raises(RuntimeError, match="must match the size"):
        parametrize.register_parametrization(layer, "weight", recipes.Masked(torch.ones(4)))
    parametrize.register_parametrization(layer, "weight", recipes.Masked(torch.ones(3)))
    assert layer.weight.dtype == torch.bfloat16
