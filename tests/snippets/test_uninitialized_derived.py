"""What `find_uninitialized` makes of copies, of other layouts, of chance, and of large models."""

from __future__ import annotations

import copy
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch._subclasses import FakeTensorMode

from snippets import uninitialized
from snippets.uninitialized import find_uninitialized


@pytest.fixture(params=["at once", "later"])
def _when(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "later":
        monkeypatch.setattr(uninitialized, "LARGE", 1)


pytestmark = pytest.mark.usefixtures("_when")


def find(make: Callable[[], Tensor]) -> bool:
    """Whether the buffer that `make` makes is named."""

    def build() -> nn.Module:
        module = nn.Module()
        module.register_buffer("buffer", make())
        return module

    return find_uninitialized(build) == ["buffer"]


def freed(tensor: Tensor) -> Tensor:
    tensor.untyped_storage().resize_(0)
    return tensor


def fake() -> Tensor:
    with FakeTensorMode():
        return torch.ones(4)


def in_a_thread(make: Callable[[], Tensor]) -> Tensor:
    made: list[Tensor] = []
    thread = threading.Thread(target=lambda: made.append(make()))
    thread.start()
    thread.join()
    return made[0]


def written_in_a_thread(tensor: Tensor) -> Tensor:
    return in_a_thread(lambda: tensor.fill_(1))


def read_in_a_thread(tensor: Tensor) -> Tensor:
    assert in_a_thread(lambda: tensor == 2).all()
    return tensor


def loaded_by_threads() -> Tensor:
    tensor = torch.empty(4, 300)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda row: row.copy_(torch.ones(300)), tensor))
    return tensor


def from_its_numbers(tensor: Tensor) -> Tensor:
    """What these read goes past the dispatcher."""
    numbers = [tensor[0], *tensor[1:]]
    for made in (torch.tensor(numbers), torch.Tensor(numbers), tensor.new_tensor(numbers)):
        assert made.tolist() == [2] * 4
    return tensor


DERIVED: dict[str, Callable[[], Tensor]] = {
    "integers as floats": lambda: torch.empty(4, dtype=torch.int64).float(),
    "floats as integers": lambda: torch.empty(4).long(),
    "bytes as floats": lambda: torch.empty(4, dtype=torch.uint8).double(),
    "flags as floats": lambda: torch.empty(4, dtype=torch.bool).float(),
    "floats as flags": lambda: torch.empty(4) > 0.5,
    "the sign": lambda: torch.empty(4) < 0,
    "half": lambda: torch.empty(4).half(),
    "a sum": lambda: torch.empty(4).sum(),
    "a copy": lambda: torch.zeros(4).copy_(torch.empty(4)),
    "a clone": lambda: torch.empty(4).clone(),
    "a deep copy": lambda: copy.deepcopy(torch.empty(4)),
    "the order": lambda: torch.cat([torch.empty(2), torch.full((2,), 7.0)]).nan_to_num().argsort(),
    "a product": lambda: torch.empty(2, 3) @ torch.ones(3, 2),
    "the remainder": lambda: torch.empty(4, dtype=torch.int32) % 2,
    "through numpy": lambda: torch.from_numpy(torch.empty(4).numpy().copy()),
    "through a list": lambda: torch.tensor(torch.empty(4).tolist()),
    "half written": lambda: torch.empty(6, 2)[1:].fill_(0)._base,
    "a column left": lambda: torch.empty(6, 2)[:, 1].zero_()._base,
    "a transposed one": lambda: torch.empty(6, 2).T.clone(),
    "another form": lambda: torch.empty(6, 2).T.clone(memory_format=torch.contiguous_format),
    "scaled in place": lambda: torch.empty(4).mul_(2).add_(1),
    "of float4": lambda: torch.empty(4, dtype=torch.float4_e2m1fn_x2),
    "sparse values": lambda: torch.sparse_coo_tensor([[0, 1]], torch.empty(2), (4,)),
    "sparse rows": lambda: torch.sparse_csr_tensor([0, 1, 2], [0, 1], torch.empty(2), (2, 2)),
    "sparse columns": lambda: torch.sparse_csc_tensor([0, 1, 2], [0, 1], torch.empty(2), (2, 2)),
    "flags of floats": lambda: torch.empty(4).bool(),
    "flags of integers": lambda: torch.empty(4, dtype=torch.int64).bool(),
    "which are not zero": lambda: torch.empty(4).ne(0).float(),
    "their signs": lambda: torch.empty(4).sign(),
    "quantized": lambda: torch.quantize_per_tensor(torch.empty(4), 0.1, 0, torch.qint8),
    "empty and quantized": lambda: torch._empty_affine_quantized(
        (3,), scale=1.0, zero_point=0, dtype=torch.qint8
    ),
    "bits": lambda: torch.empty(3, dtype=torch.bits16),
    "four bits": lambda: torch.empty(3, dtype=torch.uint4),
    "bits that it grows into": lambda: (
        torch.zeros(2, dtype=torch.uint8).view(torch.bits8).resize_(9)
    ),
    "the place of the greatest": lambda: torch.empty(4).argmax(),
    "of two": lambda: torch.empty(2).argmax(),
    "of integers": lambda: torch.empty(3, 4, dtype=torch.int64).argmax(1),
    "the place of the least": lambda: torch.empty(4).argmin(),
    "the greatest's": lambda: torch.empty(4).max(0).indices,
    "of another library's layout": lambda: torch.empty(4).to_mkldnn(),
    "in a nested tensor": lambda: torch.nested.nested_tensor(
        [torch.empty(2), torch.ones(3)], layout=torch.jagged
    ),
    "freed": lambda: freed(torch.ones(300, 300)),
    "fake": lambda: fake(),
    "of a thread": lambda: in_a_thread(lambda: torch.empty(4)),
    "of a thread's thread": lambda: in_a_thread(lambda: in_a_thread(lambda: torch.empty(4))),
    "large, of a thread": lambda: in_a_thread(lambda: torch.empty(300, 300)),
}
WRITTEN: dict[str, Callable[[], Tensor]] = {
    "drawn": lambda: torch.empty(4).normal_(),
    "drawn and scaled": lambda: torch.empty(4).uniform_(-2, 2).erfinv_().mul_(0.1).clamp_(-1, 1),
    "a deep copy": lambda: copy.deepcopy(torch.empty(4).normal_()),
    "two halves": lambda: torch.empty(4).fill_(1)[:2].zero_()._base,
    "then a row": lambda: torch.empty(4, 2).normal_()[1].zero_()._base,
    "NaN": lambda: torch.full((4,), torch.nan),
    "300": lambda: torch.tensor([300.0, -300.0]),
    "through numpy": lambda: torch.from_numpy(torch.empty(4).normal_().numpy().copy()),
    "written by numpy": lambda: torch.from_numpy(np.full(4, 3.0)),
    "sparse": lambda: torch.eye(3).to_sparse(),
    "sparse rows": lambda: torch.eye(3).to_sparse_csr(),
    "sparse and empty": lambda: torch.empty(3, 3, layout=torch.sparse_coo),
    "float4": lambda: torch.zeros(4, dtype=torch.uint8).view(torch.float4_e2m1fn_x2),
    "nested": lambda: torch.nested.nested_tensor([torch.ones(2), torch.ones(3)]),
    "a mask": lambda: torch.ones(4, 4).triu_(),
    "multiplied, not read": lambda: torch.addmm(torch.empty(2, 2), torch.eye(2), torch.eye(2), beta=0),
    "an outside file": lambda: torch.frombuffer(bytearray(16), dtype=torch.float32),
    "written in a thread": lambda: written_in_a_thread(torch.empty(300, 300)),
    "drawn, then read in a thread": lambda: read_in_a_thread(torch.empty(300, 300).fill_(2)),
    "loaded by threads": lambda: loaded_by_threads(),
    "by Python": lambda: torch.empty(4).apply_(lambda x: 1.0),
    "by Python from another": lambda: torch.empty(4).map_(torch.ones(4), lambda x, y: y),
    "from its numbers": lambda: from_its_numbers(torch.empty(4).fill_(2)),
    "bits": lambda: torch.zeros(3, dtype=torch.uint8).view(torch.bits8),
    "of another library's layout": lambda: torch.ones(4).to_mkldnn(),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", DERIVED)
def test_what_comes_from_unwritten_memory_is_named(name: str) -> None:
    assert find(DERIVED[name])


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", WRITTEN)
def test_what_was_written_is_not(name: str) -> None:
    assert not find(WRITTEN[name])


def test_threads_are_left_as_they_were() -> None:
    """One that outlives the look allocates as before."""
    start, pool = threading.Thread.start, ThreadPoolExecutor(1)

    def make() -> Tensor:
        assert pool.submit(lambda: torch.empty(3)).result().isnan().all()
        return torch.ones(2)

    with pytest.raises(AssertionError):  # at the second look, whose fill is another
        find(make)
    assert threading.Thread.start is start
    old = [pool.submit(lambda: torch.full((64,), 7.0)).result() for _ in range(9)]
    del old
    fresh = [pool.submit(lambda: torch.empty(64)).result() for _ in range(9)]
    assert not torch.stack(fresh).isnan().any()


def test_what_cannot_be_examined_is_refused_by_name() -> None:
    masked = torch.masked.masked_tensor
    with pytest.raises(ValueError, match=r"^cannot examine buffer, a MaskedTensor: "):
        find(lambda: masked(torch.ones(3), torch.ones(3).bool()))


def test_a_comparison_that_both_fills_pass_is_missed() -> None:
    """The docstring says so."""
    assert not find(lambda: torch.empty(4) > 1000)


OWN = torch.Generator().manual_seed(0)
NUMPY = np.random.default_rng(0)
CHANCE: dict[str, Callable[[], Tensor]] = {
    "a generator of its own": lambda: torch.rand(64, generator=OWN) > 0.5,
    "floats": lambda: torch.empty(64).normal_(generator=OWN),
    "numpy": lambda: torch.from_numpy(NUMPY.normal(size=64)),
    "numpy's flags": lambda: torch.from_numpy(NUMPY.random(64) > 0.5),
    "numpy's bytes": lambda: torch.from_numpy(NUMPY.integers(0, 256, 500, dtype=np.uint8)),
    "the time": lambda: torch.tensor(time.perf_counter_ns()),
    "a flag": lambda: torch.from_numpy(NUMPY.random(1) > 0.5),
    "a bit": lambda: torch.tensor(int(NUMPY.integers(2))),
}


@pytest.mark.parametrize("name", CHANCE)
def test_chance_of_the_builder_s_own_raises_no_alarm(name: str) -> None:
    """Not even where a bit happens to be the same whenever the fill is, as in every fourth triple of looks."""
    assert [bool(find(CHANCE[name])) for _ in range(20)] == [False] * 20


@pytest.mark.parametrize("name", CHANCE)
def test_what_chance_leaves_out_is_named_still(name: str) -> None:
    """Beside values that differ each time, an element that nobody writes."""

    def make() -> Tensor:
        values = CHANCE[name]()
        whole = torch.empty(values.numel() + 1, dtype=values.dtype)
        whole[1:] = values
        return whole

    assert find(make)


def test_a_clone_draws_what_its_original_draws() -> None:
    """Also when both are read later, each by itself."""
    seen: list[bool] = []

    def build() -> nn.Module:
        layer = nn.Linear(300, 300)
        twin = copy.deepcopy(layer)
        seen.append(torch.equal(layer.weight, twin.weight))
        seen.append(bool(layer.weight.any()))
        return nn.ModuleList([layer, twin])

    assert find_uninitialized(build) == []
    assert seen == [True] * 4


def test_numbers_that_are_read_are_as_drawn() -> None:
    """What a constructor computes from its draws is as it would be without this function."""
    seen: list[Tensor] = []

    def build() -> nn.Module:
        layer = nn.Linear(200, 200)
        nn.init.normal_(layer.weight, std=0.1)
        with torch.no_grad():
            layer.weight[3] = 0
        seen.append(layer.weight.detach().clone() + 0)
        return nn.utils.parametrizations.orthogonal(layer)

    assert find_uninitialized(build) == []
    assert abs(seen[0].std() / 0.1 - 1) < 0.05
    assert not seen[0][3].any()
    assert torch.equal(*seen)


def test_errors_come_where_they_would_come() -> None:
    def build() -> nn.Module:
        layer = nn.Linear(300, 300)
        nn.init.normal_(layer.weight, std=-1)
        return layer

    with pytest.raises(RuntimeError, match="std >= 0"):
        find_uninitialized(build)


class Large(nn.Module):
    """30 million parameters: an embedding with a padding row, Transformer layers, a mistake if asked."""

    def __init__(self, forgotten: bool = False) -> None:
        super().__init__()
        self.table = nn.Embedding(20_000, 512, padding_idx=0)
        layer = nn.TransformerEncoderLayer(512, 8, 2048)
        self.encoder = nn.TransformerEncoder(layer, 6, enable_nested_tensor=False)
        if forgotten:
            self.encoder.layers[3].linear1.weight = nn.Parameter(torch.empty(2048, 512))


def test_a_large_model_takes_no_longer_than_building_it_once_and_a_half() -> None:
    for _ in range(3):  # other processes can make one of the two slow
        spent = {}
        for name, run in (("build", Large), ("find", lambda: find_uninitialized(Large))):
            start = time.process_time()
            result = run()
            spent[name] = time.process_time() - start
        assert result == []
        if spent["find"] < 1.5 * spent["build"] + 0.3:
            break
    assert spent["find"] < 1.5 * spent["build"] + 0.3
    assert find_uninitialized(lambda: Large(True)) == ["encoder.layers.3.linear1.weight"]
