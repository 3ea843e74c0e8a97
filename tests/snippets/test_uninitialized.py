"""`find_uninitialized` must name every planted mistake and nothing in any stock layer."""

from __future__ import annotations

import contextlib
import inspect
import itertools
import random
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, skip_init

from snippets import uninitialized
from snippets.uninitialized import find_uninitialized

INTEGERS = (torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64)
UNSIGNED = (torch.uint16, torch.uint32, torch.uint64)
FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
EIGHT_BITS = (torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e8m0fnu)
COMPLEX = (torch.complex64, torch.complex128)
ARGUMENTS: dict[str, Any] = {
    "bias": True,
    "cutoffs": [3, 6],
    "d_model": 8,
    "decoder_layer": lambda: nn.TransformerDecoderLayer(8, 2, 16),
    "dim": 1,
    "embed_dim": 8,
    "embedding_dim": 4,
    "encoder_layer": lambda: nn.TransformerEncoderLayer(8, 2, 16),
    "groups": 2,
    "hidden_size": 6,
    "in_channels": 4,
    "in_features": 6,
    "in1_features": 3,
    "in2_features": 4,
    "input_size": 4,
    "kernel_size": 3,
    "mode": "LSTM",
    "module": nn.Identity(),
    "n_classes": 10,
    "nhead": 2,
    "norm_type": 2.0,
    "normalized_shape": [3, 4],
    "num_channels": 4,
    "num_chunks": 3,
    "num_classes": 5,
    "num_embeddings": 7,
    "num_features": 4,
    "num_groups": 2,
    "num_heads": 2,
    "num_layers": 2,
    "out_channels": 6,
    "out_features": 5,
    "output_size": 4,
    "padding": 1,
    "size": 3,
    "threshold": 0.1,
    "unflattened_size": (2, 3),
    "upscale_factor": 2,
    "downscale_factor": 2,
    "value": 0.5,
}
"""A representative value for every parameter that a stock layer requires."""
EXTRA: dict[type[nn.Module], dict[str, Any]] = {
    nn.RNN: {"input_size": 4, "hidden_size": 6, "num_layers": 2},
    nn.LSTM: {"input_size": 4, "hidden_size": 6, "num_layers": 2, "proj_size": 3},
    nn.GRU: {"input_size": 4, "hidden_size": 6, "bidirectional": True},
    nn.Transformer: {"d_model": 8, "nhead": 2, "dim_feedforward": 16, "num_encoder_layers": 1},
    nn.TransformerEncoderLayer: {"dim_feedforward": 16},
    nn.TransformerDecoderLayer: {"dim_feedforward": 16},
    nn.FractionalMaxPool2d: {"output_size": 2},
    nn.FractionalMaxPool3d: {"output_size": 2},
}
LAYERS = sorted(
    {
        layer
        for module in (nn, nn.modules)
        for _, layer in inspect.getmembers(module, inspect.isclass)
        if issubclass(layer, nn.Module)
    },
    key=lambda layer: layer.__name__,
)


def arguments_of(layer: type[nn.Module]) -> dict[str, Any]:
    """Arguments that build `layer`."""
    parameters = list(inspect.signature(layer.__init__).parameters.values())[1:]
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    required = [p.name for p in parameters if p.default is p.empty and p.kind not in kinds]
    return {name: ARGUMENTS[name] for name in required} | EXTRA.get(layer, {})


def construct(layer: type[nn.Module], arguments: dict[str, Any]) -> nn.Module:
    """Build `layer`, with inner layers made anew, silently."""
    inner = {name for name in arguments if name.endswith("_layer")}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return layer(**{n: value() if n in inner else value for n, value in arguments.items()})


def constructed(layer: type[nn.Module]) -> nn.Module:
    """The layer with representative arguments; the random numbers stay as they are."""
    with torch.random.fork_rng(devices=[]):
        return construct(layer, arguments_of(layer))


def holder(make: Callable[[], dict[str, torch.Tensor]]) -> Callable[[], nn.Module]:
    """A function that builds a module with these buffers."""

    def build() -> nn.Module:
        module = nn.Module()
        for name, tensor in make().items():
            module.register_buffer(name, tensor)
        return module

    return build


@pytest.fixture(autouse=True, params=["at once", "later"])
def _when_memory_is_written(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What holds for large tensors, whose writes wait until they are read, holds for small ones."""
    if request.param == "later":
        monkeypatch.setattr(uninitialized, "LARGE", 1)


@pytest.fixture(autouse=True)
def _settings_stay() -> Iterator[None]:
    """Whatever a test does, settings and random numbers are as before."""
    mode, state = torch.get_deterministic_debug_mode(), torch.get_rng_state()
    python = random.getstate()
    yield
    assert torch.get_deterministic_debug_mode() == mode
    assert torch.utils.deterministic.fill_uninitialized_memory
    assert torch.equal(torch.get_rng_state(), state)
    assert random.getstate() == python


class Block(nn.Module):
    """One of twelve layers, five of them with a mistake."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.linear = nn.Linear(8, 8)
        self.norm = nn.BatchNorm1d(8)
        self.scale = nn.Parameter(torch.randn(8))
        if number == 2:
            self.scale = nn.Parameter(torch.FloatTensor(8))
        if number == 4:
            self.linear = skip_init(nn.Linear, 8, 8, bias=False)
        if number == 6:
            with torch.no_grad():
                self.norm.weight = nn.Parameter(torch.empty(8))
                self.norm.weight[:7] = 1
        if number == 8:
            self.register_buffer("position", torch.empty(2, 8, dtype=torch.int64), persistent=False)
        if number == 10:
            self.linear = nn.Linear(8, 8, device="meta").to_empty(device="cpu")


def test_planted_mistakes_in_twelve_layers() -> None:
    """Forgotten, skipped, half written, not persistent, emptied: each is named, and nothing else."""
    wrong = [
        "2.scale",
        "4.linear.weight",
        "6.norm.weight",
        "10.linear.weight",
        "10.linear.bias",
        "8.position",
    ]
    for _ in range(3):  # memory freed by an earlier look must not hide a mistake from a later one
        assert find_uninitialized(lambda: nn.Sequential(*map(Block, range(12)))) == wrong


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.__name__)
def test_stock_layers_are_silent(layer: type[nn.Module]) -> None:
    """Every stock layer writes all it allocates (lazy ones allocate nothing yet)."""
    assert find_uninitialized(lambda: construct(layer, arguments_of(layer))) == []


HOLDERS = [layer for layer in LAYERS if constructed(layer).state_dict(keep_vars=True)]


def test_enough_stock_layers_hold_values() -> None:
    """The test above means something: more than 30 of these classes have parameters or buffers."""
    assert len(LAYERS) > 160
    assert len(HOLDERS) > 40
    assert {nn.Linear, nn.Embedding, nn.MultiheadAttention, nn.LSTM} < set(HOLDERS)


@pytest.mark.parametrize("layer", HOLDERS, ids=lambda layer: layer.__name__)
def test_stock_layers_are_silent_with_options_and_zero_sizes(layer: type[nn.Module]) -> None:
    """Each switch turned, each size and pair of sizes zero: what can be built writes all it holds."""
    base = arguments_of(layer)
    signature = inspect.signature(layer.__init__).parameters
    switches = {name: p.default for name, p in signature.items() if isinstance(p.default, bool)}
    if layer in (nn.RNN, nn.LSTM, nn.GRU):
        switches = {"bias": True, "bidirectional": base.get("bidirectional", False)}
    sizes = [name for name, value in base.items() if type(value) is int]
    changes = [{name: not default} for name, default in switches.items()]
    changes += [dict.fromkeys(names, 0) for names in itertools.product(sizes, sizes)]
    for change in changes:
        arguments = base | change
        refused = (ValueError, RuntimeError, ZeroDivisionError, AssertionError)
        with torch.random.fork_rng(devices=[]), contextlib.suppress(*refused):
            construct(layer, arguments)
            assert_silent(layer, arguments)


def assert_silent(layer: type[nn.Module], arguments: dict[str, Any]) -> None:
    """Fail in a way that is not taken for a constructor's refusal."""
    if names := find_uninitialized(lambda: construct(layer, arguments)):
        pytest.fail(f"{layer.__name__}({arguments}) leaves {names} unwritten")


@pytest.mark.parametrize(
    "dtype", [*INTEGERS, *UNSIGNED, *FLOATS, *EIGHT_BITS, *COMPLEX, torch.bool]
)
def test_every_dtype(dtype: torch.dtype) -> None:
    """Unwritten memory of any type is seen, values that look like the fill are not mistaken for it."""
    torch.set_deterministic_debug_mode("error")
    fill = torch.empty(1, dtype=dtype).view(torch.uint8).tolist()
    torch.set_deterministic_debug_mode("default")

    def make() -> dict[str, torch.Tensor]:
        like_fill = torch.frombuffer(bytearray(fill * 3), dtype=dtype).clone()
        zeros = torch.frombuffer(bytearray([0] * len(fill) * 3), dtype=dtype).clone()
        partly = torch.empty(4, dtype=dtype)
        partly[:3] = zeros
        return {
            "empty": torch.empty(2, 3, dtype=dtype),
            "partly": partly,
            "scalar": torch.empty((), dtype=dtype),
            "like_fill": like_fill,
            "zeros": zeros,
            "nothing": torch.empty(0, 3, dtype=dtype),
        }

    assert find_uninitialized(holder(make)) == ["empty", "partly", "scalar"]


@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor")
def test_every_way_to_allocate() -> None:
    """Whatever function allocates, what it does not write is seen."""
    ones = torch.ones(3)

    def make() -> dict[str, torch.Tensor]:
        imaginary = torch.empty(3, dtype=torch.complex64)
        imaginary.real = 0
        wanted = {
            "tensor": torch.Tensor(2),
            "long": torch.LongTensor(2),
            "new": ones.new(2),
            "new_empty": ones.new_empty(2),
            "new_strided": ones.new_empty_strided((2, 2), (1, 2)),
            "like": torch.empty_like(ones),
            "strided": torch.empty_strided((2, 2), (1, 2)),
            "permuted": torch.empty_permuted((2, 2), (1, 0)),
            "view": torch.empty(3, 4).T[1:],
            "grown": torch.zeros(2).resize_(5),
            "grown_as": torch.zeros(2).resize_as_(ones),
            "out": torch.empty(5, out=torch.zeros(2)),
            "derived": torch.empty(3) * 2,
            "imaginary": imaginary,
            "device": torch.empty(3, device="meta"),
        }
        written = {
            "conjugate": torch.ones(3, dtype=torch.complex64).conj(),
            "kept": torch.zeros(4).resize_(0).resize_(4),
            "sparse": torch.eye(3).to_sparse(),
            "sparse_grown": torch.eye(3).to_sparse().resize_as_(torch.eye(3).to_sparse()),
            "quantized": torch.quantize_per_tensor(ones, 0.1, 0, torch.qint8),
            "nowhere": torch.empty(0, device="meta"),
        }
        return wanted | written

    assert find_uninitialized(holder(make)) == list(make())[:15]


def test_random_buffers_raise_no_alarm() -> None:
    """True, 255 and a Python random number are drawn equally both times."""

    def make() -> dict[str, torch.Tensor]:
        return {
            "mask": torch.rand(1000) < 0.5,
            "bytes": torch.randint(0, 256, (10_000,), dtype=torch.uint8),
            "python": torch.tensor([random.random() < 0.5 for _ in range(100)]),
        }

    assert find_uninitialized(holder(make)) == []


def test_shared_tensor_has_one_name() -> None:
    """A tied weight is named once, by its first name."""

    def build() -> nn.Module:
        model = nn.Sequential(nn.Embedding(5, 3), nn.Linear(3, 5, bias=False))
        model[1].weight = model[0].weight = nn.Parameter(torch.empty(5, 3))
        return model

    assert find_uninitialized(build) == ["0.weight"]


def test_meta_and_lazy() -> None:
    """What is on meta is named; what is lazy only if its first batch leaves it unwritten."""
    assert find_uninitialized(lambda: nn.Linear(2, 2, device="meta")) == ["weight", "bias"]
    with torch.device("meta"):
        assert find_uninitialized(lambda: nn.Linear(2, 2)) == ["weight", "bias"]

    class Forgetful(nn.modules.lazy.LazyModuleMixin, nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.weight = nn.UninitializedParameter()

        def initialize_parameters(self, x: torch.Tensor) -> None:
            self.weight.materialize((x.shape[-1], 3))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x @ self.weight

    def after_a_batch(layer: nn.Module) -> nn.Module:
        layer(torch.ones(2, 4))
        return layer

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert find_uninitialized(Forgetful) == []
        assert find_uninitialized(lambda: after_a_batch(Forgetful())) == ["weight"]
        assert find_uninitialized(lambda: after_a_batch(nn.LazyLinear(3))) == []


@pytest.mark.parametrize("wrap", ["orthogonal", "spectral_norm", "weight_norm"])
def test_parametrizations_are_silent(wrap: str) -> None:
    """torch's own parametrizations write what they register."""
    parametrize = getattr(parametrizations, wrap)
    assert find_uninitialized(lambda: parametrize(nn.Linear(4, 4))) == []


@pytest.mark.parametrize("mode", [0, 1, 2])
@pytest.mark.parametrize("fill", [True, False])
def test_settings_are_restored(mode: int, fill: bool) -> None:
    """Every setting of the caller comes back, also when the constructor raises; the find is the same."""

    def failing() -> nn.Module:
        torch.rand(3)
        random.random()
        raise OSError("no weights here")

    deterministic: Any = torch.utils.deterministic
    torch.set_deterministic_debug_mode(mode)
    deterministic.fill_uninitialized_memory = fill
    try:
        assert find_uninitialized(lambda: skip_init(nn.Linear, 2, 2)) == ["weight", "bias"]
        assert find_uninitialized(lambda: nn.Linear(2, 2)) == []
        with pytest.raises(OSError, match="no weights here"):
            find_uninitialized(failing)
        assert torch.get_deterministic_debug_mode() == mode
        assert deterministic.fill_uninitialized_memory is fill
        assert torch.are_deterministic_algorithms_enabled() is (mode > 0)
        assert torch.is_deterministic_algorithms_warn_only_enabled() is (mode == 1)
    finally:
        torch.set_deterministic_debug_mode("default")
        deterministic.fill_uninitialized_memory = True


def test_wrong_arguments_say_what_to_do() -> None:
    """Neither a module that exists already nor one built once can be examined."""
    layer = nn.Identity()
    for wrong, kind in ((layer, "Identity"), (None, "NoneType"), (3, "int")):
        with pytest.raises(
            TypeError, match=rf"cannot build from a value of type {kind}: pass a function that"
        ):
            find_uninitialized(wrong)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"returned a Tensor, not a module: return the nn.Module"):
        find_uninitialized(lambda: torch.zeros(2))  # type: ignore[arg-type,return-value]
    with pytest.raises(ValueError, match=r"returned one module twice: construct it inside"):
        find_uninitialized(lambda: layer)
    sizes = [2, 3]
    with pytest.raises(ValueError, match=r"two different modules, they differ in weight$"):
        find_uninitialized(lambda: nn.Linear(2, sizes.pop(), bias=False))


def after_nan(make: Callable[[], torch.Tensor]) -> Callable[[], dict[str, torch.Tensor]]:
    """What `make` makes where freed memory holds what the first look fills memory with."""

    def made() -> dict[str, torch.Tensor]:
        scratch = [torch.full((5,), torch.nan) for _ in range(50)]
        del scratch
        return {"tensor": make()}

    return made


def test_memory_that_a_tensor_grows_into_is_seen_whatever_it_held() -> None:
    """The second look fills it too, and leaves what the tensor had."""
    grown = after_nan(lambda: torch.zeros(2).resize_(5))
    assert find_uninitialized(holder(grown)) == ["tensor"]

    def written() -> torch.Tensor:
        tensor = torch.full((2,), torch.nan).resize_(5)
        tensor[2:] = 0
        return tensor

    assert find_uninitialized(holder(after_nan(written))) == []


@pytest.mark.parametrize("large", [1, uninitialized.LARGE])
@pytest.mark.parametrize("fill", [uninitialized.FIRST, uninitialized.SECOND])
@pytest.mark.parametrize("dtype", [*INTEGERS, *FLOATS])
def test_a_look_fills_every_byte_whatever_it_held(
    dtype: torch.dtype, fill: Any, large: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even one byte, and all that a tensor grows into, but nothing that it had."""
    monkeypatch.setattr(uninitialized, "LARGE", large)
    had = 0 if fill is uninitialized.FIRST else 5  # what is not the fill
    with uninitialized._Lazily(fill):
        single, grown = torch.empty(1, dtype=dtype), torch.full((2,), had, dtype=dtype).resize_(5)
        single, grown = single + 0, grown + 0  # read, so that nothing waits
    assert fill.held_by(single).tolist() == [True]
    assert fill.held_by(grown).tolist() == [False, False, True, True, True]


def test_what_cannot_be_examined_hides_nothing_behind_it() -> None:
    """A sparse tensor is passed over, the one after it is not."""

    def make() -> dict[str, torch.Tensor]:
        return {"sparse": torch.eye(3).to_sparse(), "after": torch.empty(3)}

    assert find_uninitialized(holder(make)) == ["after"]


def test_refusals_word_by_word() -> None:
    """Each says what was wrong and what to do."""
    sizes, layer = [2, 3], nn.Identity()
    refused: list[tuple[Any, str]] = [
        (
            3,
            "cannot build from a value of type int: pass a function that constructs the module, such as "
            "`lambda: Net()`",
        ),
        (
            lambda: None,
            "the function returned a NoneType, not a module: return the nn.Module that it constructs",
        ),
        (lambda: layer, "the function returned one module twice: construct it inside"),
        (
            lambda: nn.Linear(2, sizes.pop()),
            "the function built two different modules, they differ in bias, weight",
        ),
    ]
    for build, message in refused:
        with pytest.raises((TypeError, ValueError)) as error:
            find_uninitialized(build)
        assert str(error.value) == message
