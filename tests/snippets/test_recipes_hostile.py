"""The recipes on models that cannot be treated wholly: changed as a whole or not at all, and told why not."""

from __future__ import annotations

import copy
import math
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils import parametrizations, prune

from snippets import recipes

pytestmark = pytest.mark.filterwarnings("ignore")


class Net(nn.Module):
    """A table, a hidden layer and an output, with whatever a test puts in."""

    def __init__(self, **parts: Any) -> None:
        super().__init__()
        self.table, self.hidden, self.output = nn.Embedding(6, 4), nn.Linear(4, 4), nn.Linear(4, 6)
        for name, part in parts.items():
            setattr(self, name, part)


def expanded() -> nn.Module:
    model = Net()
    model.hidden.weight = nn.Parameter(torch.ones(4, 1).expand(4, 4))
    return model


def tied_buffers() -> nn.Module:
    model = Net(first=nn.BatchNorm1d(4), second=nn.BatchNorm1d(4))
    model.second.running_mean = model.first.running_mean
    return model


def tied() -> nn.Module:
    model = Net()
    recipes.tie(model.table, model.output)
    return model


def lazy() -> nn.Module:
    return Net(hidden=nn.LazyLinear(4))


def meta() -> nn.Module:
    with torch.device("meta"):
        return Net()


def scripted() -> nn.Module:
    return Net(hidden=torch.jit.script(nn.Linear(4, 4)))


def sparse() -> nn.Module:
    model = Net()
    model.hidden.weight = nn.Parameter(torch.eye(4).to_sparse())
    return model


def inference() -> nn.Module:
    with torch.inference_mode():
        return Net()


def quarter() -> nn.Module:
    model = Net()
    model.hidden.weight = nn.Parameter(torch.ones(4, 4).to(torch.float8_e4m3fn))
    return model


def pruned() -> nn.Module:
    return Net(hidden=prune.l1_unstructured(nn.Linear(4, 4), "weight", 3))


def old_norm() -> nn.Module:
    return Net(hidden=nn.utils.weight_norm(nn.Linear(4, 4)))


class Replaces(nn.Linear):
    """Its reset makes another Parameter."""

    def reset_parameters(self) -> None:
        """Draw a new one."""
        self.weight = nn.Parameter(torch.zeros(4, 4))
        nn.init.zeros_(self.bias)


class Raises(nn.Linear):
    """Its reset fails halfway, but not in the constructor."""

    def __init__(self) -> None:
        self.ready = False
        super().__init__(4, 4)
        self.ready = True

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value) if name == "ready" else super().__setattr__(
            name, value
        )

    def reset_parameters(self) -> None:
        """Write the weight, then raise."""
        nn.init.zeros_(self.weight)
        if self.ready:
            raise KeyError("bias")


class NeedsArgument(nn.Linear):
    """Its second reset wants an argument."""

    def _reset_parameters(self, std: float) -> None:
        nn.init.normal_(self.weight, std=std)


TREATED: dict[str, Callable[[], nn.Module]] = {
    "plain": Net,
    "tied": tied,
    "tied buffers": tied_buffers,
    "frozen": lambda: Net().requires_grad_(False),
    "half": lambda: Net().half(),
    "bfloat16": lambda: Net().bfloat16(),
    "double": lambda: Net().double(),
    "no elements": lambda: Net(hidden=nn.Linear(0, 4), empty=nn.Embedding(0, 4)),
    "complex": lambda: Net(hidden=nn.Linear(4, 4, dtype=torch.complex64)),
    "used twice": lambda: Net(output=nn.Sequential(layer := nn.Linear(4, 4), layer)),
}
REFUSED: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "expanded": (expanded, "cannot write: hidden.weight is expanded"),
    "lazy": (lazy, "cannot write: hidden.weight is lazy: run a batch first; hidden.bias is lazy"),
    "meta": (meta, "table.weight is on meta: use build_on_meta; hidden.weight is on meta"),
    "scripted": (scripted, "no reset_parameters wrote hidden.weight, hidden.bias"),
    "sparse": (sparse, "cannot write: hidden.weight is sparse"),
    "inference": (inference, "table.weight was made in inference mode"),
    "float8": (quarter, "hidden.weight is torch.float8_e4m3fn: convert it"),
    "pruned": (pruned, "no reset_parameters wrote hidden.weight_orig"),
    "old weight_norm": (old_norm, "no reset_parameters wrote hidden.weight_g, hidden.weight_v"),
    "orthogonal": (
        lambda: Net(hidden=parametrizations.orthogonal(nn.Linear(4, 4))),
        "no reset_parameters wrote hidden.parametrizations.weight.original",
    ),
    "spectral_norm": (
        lambda: Net(hidden=parametrizations.spectral_norm(nn.Linear(4, 4))),
        "no reset_parameters wrote hidden.parametrizations.weight.original",
    ),
    "replaces": (lambda: Net(hidden=Replaces(4, 4)), "gives another Parameter to hidden.weight"),
    "raises": (lambda: Net(hidden=Raises()), "reset_parameters of hidden raised: 'bias'"),
    "argument": (lambda: Net(hidden=NeedsArgument(4, 4)), "_reset_parameters of hidden raised"),
}


def state(model: nn.Module) -> list[tuple[str, int, Any, bool]]:
    """Names, objects and values of all that a model holds."""
    found = []
    for part in (model.named_parameters, model.named_buffers):
        for name, tensor in part(remove_duplicate=False):
            no_values = nn.parameter.is_lazy(tensor) or tensor.is_meta
            values = None if no_values else tensor.detach().to_dense().cpu()
            values = None if values is None else str(values.tolist() if values.numel() else [])
            found.append((name, id(tensor), values, tensor.requires_grad))
    return found


@pytest.mark.parametrize("name", TREATED)
def test_reinitialize_writes_all(name: str) -> None:
    model = TREATED[name]()
    objects = [(place, id(tensor)) for place, tensor in model.named_parameters()]
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(7)
        for buffer in model.buffers():
            buffer.fill_(7)
    recipes.reinitialize(model)
    assert [(place, id(tensor)) for place, tensor in model.named_parameters()] == objects
    for tensor in (*model.parameters(), *model.buffers()):
        assert not (tensor == 7).any()
        assert not (tensor != tensor).any()


@pytest.mark.parametrize("name", REFUSED)
def test_reinitialize_refuses_and_changes_nothing(name: str) -> None:
    make, reason = REFUSED[name]
    model = make()
    model.norm = nn.BatchNorm1d(4)
    if name != "meta":
        model.norm(torch.randn(8, 4))
    before = state(model)
    with pytest.raises(ValueError, match=r".") as error:
        recipes.reinitialize(model)
    assert reason in str(error.value)
    assert state(model) == before


@pytest.mark.parametrize("name", TREATED)
def test_init_transformer_writes_what_it_can(name: str) -> None:
    model = TREATED[name]()
    assert recipes.init_transformer(model, 2) == []
    assert not model.hidden.bias.any()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("expanded", "cannot write: hidden.weight is expanded"),
        ("lazy", "hidden.weight is lazy"),
        ("sparse", "hidden.weight is sparse"),
        ("inference", "made in inference mode"),
        ("float8", "hidden.weight is torch.float8_e4m3fn: convert it"),
        ("pruned", "hidden is computed"),
        ("old weight_norm", "hidden is computed"),
        ("orthogonal", "hidden is computed or a buffer, no Parameter: parametrize afterwards"),
    ],
)
def test_init_transformer_refuses_and_changes_nothing(name: str, reason: str) -> None:
    model = REFUSED[name][0]()
    before = state(model)
    with pytest.raises(ValueError, match=r".") as error:
        recipes.init_transformer(model, 2)
    assert reason in str(error.value)
    assert state(model) == before
    with pytest.raises(ValueError, match="0 blocks"):
        recipes.init_transformer(Net(), 0)


class Conv1D(nn.Module):
    """A layer that only looks like Linear: its weight is (in, out)."""

    def __init__(self) -> None:
        super().__init__()
        self.weight, self.bias = nn.Parameter(torch.ones(3, 5)), nn.Parameter(torch.ones(5))


def test_init_transformer_names_what_it_leaves() -> None:
    model = Net(c_proj=Conv1D(), hidden=torch.jit.script(nn.Linear(4, 4)))
    with pytest.warns(UserWarning, match=r"left hidden\.weight, c_proj\.weight as they were"):
        assert recipes.init_transformer(model, 2) == ["hidden.weight", "c_proj.weight"]
    assert (model.c_proj.weight == 1).all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = nn.ModuleDict({"c_proj": Conv1D(), "other": Conv1D()})
        torch.manual_seed(0)
        assert recipes.init_transformer(model, 2, 1.0, ("c_proj",), also=(Conv1D,)) == []
    assert model["c_proj"].weight.std() < model["other"].weight.std()
    assert not model["c_proj"].bias.any()
    with pytest.warns(UserWarning, match="left weight"):
        assert recipes.init_transformer(nn.Linear(2, 2, device="meta"), 1) == ["weight"]


@pytest.mark.parametrize("name", ["orthogonal", "lazy", "expanded", "sparse", "old weight_norm"])
def test_he_init_leaves_a_layer_wholly_or_writes_it_wholly(name: str) -> None:
    model = REFUSED[name][0]()
    before = [each for each in state(model) if each[0].startswith("hidden")]
    with pytest.warns(UserWarning, match="he_init left"):
        model.apply(recipes.he_init)
    assert [each for each in state(model) if each[0].startswith("hidden")] == before
    assert not model.output.bias.any()


GROWN: dict[str, Callable[[], tuple[nn.Module, nn.Module | None]]] = {
    "an output that is parametrized": lambda: (
        nn.Embedding(4, 3),
        parametrizations.weight_norm(nn.Linear(3, 4)),
    ),
    "a table that is parametrized": lambda: (
        parametrizations.weight_norm(nn.Embedding(4, 3)),
        nn.Linear(3, 4),
    ),
    "an output of another size": lambda: (nn.Embedding(4, 3), nn.Linear(3, 40)),
    "no rows": lambda: (nn.Embedding(0, 3), None),
    "no rows in the output": lambda: (nn.Embedding(4, 3), nn.Linear(3, 0)),
    "lazy": lambda: (nn.Embedding(4, 3), nn.LazyLinear(4)),
    "scripted": lambda: (nn.Embedding(4, 3), torch.jit.script(nn.Linear(3, 4))),
    "scripted table": lambda: (torch.jit.script(nn.Embedding(4, 3)), None),
    "old weight_norm": lambda: (nn.Embedding(4, 3), nn.utils.weight_norm(nn.Linear(3, 4))),
    "bytes": lambda: (
        nn.Embedding(4, 3, _weight=torch.ones(4, 3).to(torch.float8_e5m2), _freeze=True),
        None,
    ),
    "a buffer": lambda: (nn.Embedding(4, 3), weight_as_buffer()),
}


def weight_as_buffer() -> nn.Linear:
    layer = nn.Linear(3, 4)
    weight = layer.weight.detach()
    del layer.weight
    layer.register_buffer("weight", weight)
    return layer


@pytest.mark.parametrize("name", GROWN)
def test_grow_and_tie_refuse_and_change_nothing(name: str) -> None:
    table, output = GROWN[name]()
    model = nn.ModuleList([each for each in (table, output) if each is not None])
    before, said = state(model), repr(model)
    with pytest.raises(ValueError, match=r"the weight of|cannot grow"):
        recipes.grow(table, 6, output)  # type: ignore[arg-type]
    assert (state(model), repr(model)) == (before, said)
    if output is not None:
        with pytest.raises(ValueError, match=r"the weight of|cannot tie"):
            recipes.tie(table, output)  # type: ignore[arg-type]
        assert (state(model), repr(model)) == (before, said)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.complex64])
def test_grow_and_tie_in_other_dtypes(dtype: torch.dtype) -> None:
    table, output = nn.Embedding(4, 3, dtype=dtype), nn.Linear(3, 4, dtype=dtype)
    recipes.tie(table, output)
    mean = table.weight.detach().mean(0)
    recipes.grow(table, 6, output)
    assert output.weight is table.weight
    assert torch.equal(table.weight[5], mean)
    with pytest.raises(ValueError, match=r"convert one layer first"):
        recipes.tie(table, nn.Linear(3, 6))


def test_an_expanded_table_grows_and_is_not_tied() -> None:
    table = nn.Embedding(4, 3)
    table.weight = nn.Parameter(torch.ones(1, 3).expand(4, 3))
    with pytest.raises(ValueError, match="is expanded"):
        recipes.tie(table, nn.Linear(3, 4))
    recipes.grow(table, 6)
    assert table.weight.is_contiguous()
    assert table.weight.tolist() == [[1.0] * 3] * 6


class Plain(nn.Module):
    """Tensors that are neither parameter nor buffer, and what shares memory."""

    def __init__(self, plain: bool = False, shared: bool = False, views: bool = False) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 3)
        if plain:
            self.angles = torch.arange(3.0)
            self.tables = {"sines": [torch.ones(2)]}
        if shared:
            self.first, self.second = nn.BatchNorm1d(3), nn.BatchNorm1d(3)
            self.second.running_mean = self.first.running_mean
            self.second.num_batches_tracked = self.first.num_batches_tracked
        if views:
            self.register_buffer("part", self.layer.weight.detach()[0])


def test_build_on_meta_names_plain_attributes_until_init_makes_them() -> None:
    with pytest.raises(ValueError, match=r"angles is still on meta; tables is still on meta$"):
        recipes.build_on_meta(lambda: Plain(plain=True))

    def init(model: nn.Module) -> None:
        model.angles = torch.arange(3.0)
        model.tables = {"sines": [torch.ones(2)]}

    model = recipes.build_on_meta(lambda: Plain(plain=True), init=init)
    assert model.angles.tolist() == [0, 1, 2]


def test_build_on_meta_keeps_shared_buffers_together() -> None:
    model = recipes.build_on_meta(lambda: Plain(shared=True))
    assert model.second.running_mean is model.first.running_mean
    model.first(torch.ones(4, 3))
    assert model.second.num_batches_tracked.item() == 1
    assert torch.equal(model.second.running_mean, model.first.running_mean)


def test_build_on_meta_names_views_that_come_apart() -> None:
    def init(model: nn.Module) -> None:
        model.part.zero_()

    with pytest.raises(ValueError, match=r"layer\.weight, part no longer share their memory"):
        recipes.build_on_meta(lambda: Plain(views=True), init=init)

    def join(model: nn.Module) -> None:
        model.part = model.layer.weight.detach()[0]

    model = recipes.build_on_meta(lambda: Plain(views=True), init=join)
    assert model.part.data_ptr() == model.layer.weight.data_ptr()


def test_build_on_meta_keeps_values_that_are_not_on_meta() -> None:
    class Given(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layer = nn.Linear(3, 3)
            self.register_buffer("mask", torch.ones(3, dtype=torch.bool, device="cpu"))
            self.weight = nn.Parameter(torch.full((2,), 5.0, device="cpu"), requires_grad=False)
            self.layer.bias.no_decay = True

    model = recipes.build_on_meta(Given)
    assert model.mask.all()
    assert model.weight.tolist() == [5, 5]
    assert not model.weight.requires_grad
    assert model.layer.bias.no_decay


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.MultiheadAttention(8, 2),
        lambda: nn.MultiheadAttention(8, 2, kdim=4, vdim=6, add_bias_kv=True),
        lambda: nn.TransformerEncoderLayer(8, 2, 16),
        lambda: nn.TransformerDecoderLayer(8, 2, 16),
        lambda: nn.Transformer(8, 2, 1, 1, 16),
        lambda: nn.LSTM(4, 5, 2, bidirectional=True),
        lambda: nn.Linear(3, 3, dtype=torch.complex64),
        lambda: nn.Embedding(5, 3, padding_idx=1),
        lambda: Net().half(),
    ],
)
def test_build_on_meta_writes_all_of_what_has_parts(make: Callable[[], nn.Module]) -> None:
    model = recipes.build_on_meta(make)
    for name, tensor in (*model.named_parameters(), *model.named_buffers()):
        assert not tensor.is_meta, name
        assert not (tensor != tensor).any(), name
    if isinstance(model, nn.LSTM):
        model(torch.ones(2, 3, 4))


@pytest.mark.parametrize("make", [lambda: nn.LazyLinear(3), lambda: Net(hidden=nn.LazyLinear(4))])
def test_build_on_meta_refuses_lazy_layers(make: Callable[[], nn.Module]) -> None:
    with pytest.raises(ValueError, match=r"^lazy on meta: .*weight"):
        recipes.build_on_meta(make)


def test_what_is_scripted_as_a_whole_or_no_module_is_refused_untouched() -> None:
    model = torch.jit.script(nn.Linear(3, 4))
    before = model.weight.clone()
    with pytest.raises(ValueError, match=r"a RecursiveScriptModule is no plain module"):
        recipes.reinitialize(model)
    assert torch.equal(model.weight, before)
    for build in (lambda: torch.jit.script(nn.Linear(3, 4)), lambda: None):
        with pytest.raises(ValueError, match=r"is no plain module"):
            recipes.build_on_meta(build)


@pytest.mark.parametrize("norm_type", [1.0, 2.0])
@pytest.mark.parametrize("device", ["cpu", "meta"])
def test_linear_from_embedding_keeps_to_max_norm(norm_type: float, device: str) -> None:
    torch.manual_seed(0)
    table = nn.Embedding(5, 3, max_norm=1.0, norm_type=norm_type, device=device)
    before = table.weight.detach().clone()
    layer = recipes.linear_from_embedding(table)
    if device == "cpu":
        assert torch.equal(table.weight, before)
        ids = torch.arange(5)
        torch.testing.assert_close(layer(F.one_hot(ids, 5).float()), table(ids))
        assert not torch.equal(table.weight, before)


def test_conversions_refuse_what_would_be_misread() -> None:
    for wrong, reason in (
        ((torch.ones(3),), r"not \[\(3,\)\]"),
        ((torch.ones(3, 4), torch.ones(1)), r"not \[\(3, 4\), \(1,\)\]"),
        ((torch.ones(3, 4).long(),), r"the matrix is torch.strided, torch.int64"),
        ((torch.eye(3).to_sparse(),), r"the matrix is torch.sparse_coo"),
        ((torch.ones(3, 4), torch.ones(4, device="meta")), r"the bias is on meta"),
    ):
        with pytest.raises(ValueError, match=reason):
            recipes.linear_from_matrix(*wrong)
    empty = recipes.linear_from_matrix(torch.ones(0, 4))
    assert empty(torch.ones(2, 0)).tolist() == [[0.0] * 4] * 2
    expanded_one = recipes.linear_from_matrix(torch.ones(1, 3).expand(4, 3), torch.ones(3))
    assert expanded_one(torch.ones(4)).tolist() == [5.0] * 3


def test_vectors_that_would_be_misread() -> None:
    quantized = torch.quantize_per_tensor(torch.ones(3, 2), 0.1, 0, torch.qint8)
    for wrong in (torch.eye(3).to_sparse(), torch.ones(3, 2, dtype=torch.complex64), quantized):
        with pytest.raises(ValueError, match="sparse, complex or quantized"):
            recipes.load_embedding(wrong)
    table = recipes.load_embedding(torch.ones(1, 3).expand(4, 3), padding_idx=0)
    assert table.weight.tolist() == [[0.0] * 3] + [[1.0] * 3] * 3


@pytest.mark.parametrize("name", ["expanded", "lazy", "meta", "sparse", "inference", "float8"])
def test_initialize_in_float32_refuses_what_holds_no_values(name: str) -> None:
    weight = REFUSED[name][0]().hidden.weight
    with pytest.raises(ValueError, match=r"the parameter (is|was)"):
        recipes.initialize_in_float32(weight, nn.init.orthogonal_)


def test_initialize_in_float32_refuses_a_computed_or_complex_weight() -> None:
    layer = parametrizations.orthogonal(nn.Linear(3, 3))
    for weight in (layer.weight, nn.Parameter(torch.ones(2, 2, dtype=torch.complex64))):
        with pytest.raises(ValueError, match="computed or complex"):
            recipes.initialize_in_float32(weight, nn.init.normal_)


def test_a_weight_without_elements_needs_no_gradient() -> None:
    model = nn.Sequential(nn.Linear(0, 3), nn.Linear(3, 2))
    model(torch.ones(4, 0)).sum().backward()
    recipes.assert_all_received_gradients(nn.Sequential(model[1]), allow_zero=True)
    assert model[0].weight.grad.numel() == 0
    recipes.assert_all_received_gradients(model, allow_zero=True)
    with torch.device("meta"):
        model = nn.Linear(3, 2)
        model(torch.ones(4, 3)).sum().backward()
    with pytest.raises(AssertionError, match="weight is on meta, where gradients have no values"):
        recipes.assert_all_received_gradients(model)
    with pytest.raises(AssertionError, match="weight received no gradient"):
        recipes.assert_all_received_gradients(nn.LazyLinear(3))


def test_positive_on_meta_and_complex() -> None:
    layer = nn.Linear(2, 2, device="meta")
    nn.utils.parametrize.register_parametrization(layer, "weight", recipes.Positive())
    assert layer.weight.is_meta
    with pytest.raises(ValueError, match="Positive needs a start above 0"):
        nn.utils.parametrize.register_parametrization(
            nn.Linear(2, 2, dtype=torch.complex64), "weight", recipes.Positive()
        )


def test_a_copy_of_a_model_is_treated_as_the_model() -> None:
    """Deep copies keep ties, and the recipes keep them too."""
    model = copy.deepcopy(tied())
    recipes.reinitialize(model)
    assert model.output.weight is model.table.weight
    assert math.isfinite(model.table.weight.sum().item())
    values: list[Tensor] = list(model.parameters())
    assert len(values) == 4
