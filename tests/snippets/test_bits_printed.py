"""Every form in which torch has printed a tensor is read, or refused with the reason; nothing is misread."""

from __future__ import annotations

import random
import string
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from torch import Tensor
from torch._subclasses import FakeTensorMode

from snippets.bits import FORMATS, Memory, decode
from tests.snippets.random_tensors import random_tensor


def values(text: str, dtype: torch.dtype = torch.float32) -> list[tuple[int, int]]:
    found = decode(text, dtype)
    assert isinstance(found, Memory)
    return [(reading.low, reading.high) for reading in found.readings]


def one(number: str, dtype: torch.dtype = torch.float32) -> tuple[int, int]:
    reading = decode(number, dtype)
    return reading.low, reading.high  # type: ignore[union-attr]


READ: list[tuple[str, list[str], torch.dtype]] = [
    ("tensor([1.5000, 2.2500])", ["1.5000", "2.2500"], torch.float32),
    ("tensor([0.1000], dtype=torch.float64)", ["0.1000"], torch.float64),
    ("tensor([0.1001], dtype=torch.bfloat16)", ["0.1001"], torch.bfloat16),
    ("tensor([0.1000], dtype=torch.float16, requires_grad=True)", ["0.1000"], torch.float16),
    ("tensor([[1., 2.],\n        [3., 4.]], device='cuda:0')", list("1234"), torch.float32),
    ("tensor([1., nan, -inf], device='mps:0', grad_fn=<AddBackward0>)", ["1", "nan", "-inf"], None),
    ("tensor(7.)", ["7."], torch.float32),
    ("tensor(0.1000, dtype=torch.float64, grad_fn=<MeanBackward0>)", ["0.1000"], torch.float64),
    ("tensor([], size=(0, 3))", [], torch.float32),
    ("tensor([])", [], torch.float32),
    ("tensor([[1., 2.]], names=('N', 'C'))", ["1", "2"], torch.float32),
    ("tensor([[1., 2.]], size=(1, 2), requires_grad=True)", ["1", "2"], torch.float32),
    ("Parameter containing:\ntensor([1.5000], requires_grad=True)", ["1.5000"], torch.float32),
    ("Parameter containing:\nParameter([1.5000], requires_grad=True)", ["1.5000"], torch.float32),
    ("Buffer containing:\ntensor([1.5000])", ["1.5000"], torch.float32),
    ("Out[3]: tensor([1.5000])", ["1.5000"], torch.float32),
    (">>> torch.empty(2)\ntensor([1.5000, 0.])", ["1.5000", "0"], torch.float32),
    ("tensor([1.5000]);", ["1.5000"], torch.float32),
    ("tensor([1.4013e-45, 0.0000e+00])", ["1.4013e-45", "0.0000e+00"], torch.float32),
    ("tensor([1.0, ..., 2.0])", ["1.0", "2.0"], torch.float32),
    ("tensor([[1., ..., 2.],\n ...,\n [3., ..., 4.]])", list("1234"), torch.float32),
    ("tensor(1.00000e-08 *\n       [[ 1.2345,  2.3456]])", ["1.2345e-08", "2.3456e-08"], None),
    ("tensor(1.00000e+10 *\n       [ 1.2000])", ["1.2000e+10"], torch.float32),
    ("tensor(1.00000e-05 *\n       1.2345)", ["1.2345e-05"], torch.float32),
    ("\n 1.0000e-00  2.5000e+00\n[torch.FloatTensor of size 1x2]\n", ["1.0000e-00", "2.5000e+00"], None),
    ("\n 1  2\n 3  4\n[torch.FloatTensor of size 2x2]\n", list("1234"), torch.float32),
    ("\n0.1000\n[torch.DoubleTensor of size 1]\n", ["0.1000"], torch.float64),
    ("\n0.1001\n[torch.cuda.HalfTensor of size 1 (GPU 0)]\n", ["0.1001"], torch.float16),
    ("Variable containing:\n 1  2\n[torch.FloatTensor of size 1x2]\n", ["1", "2"], None),
    ("\n1.00000e-03 *\n  1.2345\n[torch.FloatTensor of size 1]\n", ["0.0012345"], None),
    ("\n(0 ,.,.) = \n  1  2\n\n(1 ,.,.) = \n  3  4\n[torch.FloatTensor of size 2x1x2]", list("1234"), None),
    ("\n 1 ... 2\n   ⋮\n 3 ... 4\n[torch.FloatTensor of size 9x9]\n", list("1234"), None),
    ("[torch.FloatTensor with no dimension]", [], torch.float32),
    ("[1.5, 2]", ["1.5", "2"], torch.float32),
    ("[[1.5, 2], [3, 4]]", ["1.5", "2", "3", "4"], torch.float32),
    ("(1.5, 2.5)", ["1.5", "2.5"], torch.float32),
    ("[1.5 2.5\n 3.5]", ["1.5", "2.5", "3.5"], torch.float32),
    ("array([1.5, 2.5], dtype=float32)", ["1.5", "2.5"], torch.float32),
    ("array([0.1, 2.5], dtype=float64)", ["0.1", "2.5"], torch.float64),
    ("array([0.1, 2.5])", ["0.1", "2.5"], torch.float64),
    ("array([0.1, 2.5, ..., 3.5], shape=(2000,))", ["0.1", "2.5", "3.5"], torch.float64),
    ("array([], shape=(0, 3), dtype=float32)", [], torch.float32),
    ("np.float64(0.1)", ["0.1"], torch.float64),
    ("np.float32(0.1)", ["0.1"], torch.float32),
    ("np.float16(0.1)", ["0.1"], torch.float16),
    ("\n 1  2\n 3  4\n[torch.FloatTensor of size (2,2)]\n", list("1234"), torch.float32),
    ("\n 1\n 2\n[torch.cuda.DoubleTensor of size (2,) (GPU 0)]\n", ["1", "2"], torch.float64),
    ("tensor([1.5], grad_fn=<ROIAlignFunction>>)", ["1.5"], torch.float32),  # torchvision's
    ("tensor([1.5], grad_fn=<CppNode<ROIAlign>>, device='cuda:0')", ["1.5"], torch.float32),
    ("In [3]: x\nOut[3]: tensor([1.5])", ["1.5"], torch.float32),
    ("[1.5, NaN, Infinity, -Infinity]", ["1.5", "nan", "inf", "-inf"], torch.float32),  # JSON's
    ("torch.DoubleTensor([0.1])", ["0.1"], torch.float64),
    ("torch.cuda.HalfTensor([0.1])", ["0.1"], torch.float16),
    ("MyTensor([0.1])", ["0.1"], torch.float32),
    ("torch.tensor([0.1], dtype=torch.double)", ["0.1"], torch.float64),
    ("np.array([0.1, 2.5])", ["0.1", "2.5"], torch.float64),
    ("numpy.array([0.1], dtype=np.float32)", ["0.1"], torch.float32),
    ("np.array([0.1], dtype=float)", ["0.1"], torch.float64),
    ("memmap([0.1])", ["0.1"], torch.float64),
    ("[[ 1.5,100.25],\n [-2.5,  3.  ]]", ["1.5", "100.25", "-2.5", "3.  "], torch.float32),
    ("[[1.5,2.5], [3.5,4.5]]", ["1.5", "2.5", "3.5", "4.5"], torch.float32),
    ("[\n  1.5,\n  2.5,\n]", ["1.5", "2.5"], torch.float32),
    ("[1.5,234,5]", ["1.5", "234", "5"], torch.float32),
]  # fmt: skip


@pytest.mark.parametrize(("text", "numbers", "dtype"), READ, ids=[text[:40] for text, *_ in READ])
def test_every_form_is_read(text: str, numbers: list[str], dtype: torch.dtype | None) -> None:
    dtype = dtype or torch.float32
    places = [one(number, dtype) for number in numbers]
    found = values(text)
    assert len(found) == len(places)
    for (low, high), (first, last) in zip(found, places, strict=True):
        if (
            "*" in text
        ):  # the digits after the factor are those of the number: the same place, another width
            assert first <= high
            assert low <= last
        else:
            assert (low, high) == (first, last)
    read = decode(text)
    assert all(reading.dtype == dtype for reading in read.readings)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("tensor([1, 2, 3])", "a tensor of integers"),
        ("tensor(7)", "a tensor of integers"),
        ("tensor([1, 2], dtype=torch.int32)", "a tensor of int32 holds no floats"),
        ("tensor([True, False])", "a tensor of bool"),
        ("tensor([ True, False], device='cuda:0')", "a tensor of bool"),
        ("tensor([1.+2.j])", "complex numbers: print torch.view_as_real"),
        ("tensor([1.0000+0.j, nan+infj], dtype=torch.complex128)", "a tensor of complex128"),
        ("tensor([1.], dtype=torch.float8_e4m3fn)", "a tensor of float8_e4m3fn holds no floats"),
        ("tensor(..., device='meta', size=(2, 2))", "holds no numbers, as one on device meta does"),
        ("Parameter containing:\ntensor(..., device='meta', size=(2,), requires_grad=True)", "meta"),
        ("<UninitializedParameter>", "is not a number"),
        ("Parameter(Uninitialized parameter)", "is not"),
        (
            "tensor(indices=tensor([[0, 1]]),\n       values=tensor([1., 2.]),\n       size=(2,), nnz=2, "
            "layout=torch.sparse_coo)",
            "a sparse tensor: paste its values()",
        ),
        (
            "tensor([1., 2.], size=(2,), dtype=torch.qint8,\n       quantization_scheme=torch."
            "per_tensor_affine, scale=0.1, zero_point=0)",
            "a quantized tensor holds integers",
        ),
        ("array([1, 2])", "a tensor of integers"),
        ("tensor([[1.5000], [2.5000, 3.5000]])", "a number is missing in the paste"),
        ("[[1.5, 2.5], [3.5]]", "a number is missing in the paste"),
        ("tensor([1.5000,, 2.5000])", "a number is missing in the paste"),
        ("tensor([1.], size=(1,), layout=torch.sparse_csr)", "a sparse tensor: paste its values()"),
        ("nested_tensor([\n  tensor([1., 2.]),\n  tensor([3.])\n])", "is no tensor as printed"),
        ("tensor([1.]) tensor([2.])", "after the numbers of a printed tensor is not understood"),
        ("[1.] and [2.]", "is not one tensor"),
        ("[1.], [2.]", "is not one tensor"),
        ("weights: [1.]", "is not one tensor"),
        ("tensor([[1., 2.], size=(1, 2))", "not understood"),
        ("tensor([1., 2.]", "not understood"),
        ("tensor([1., x])", "'x' in a printed tensor is not a number"),
        ("tensor([1.], size=(2,))", "1 numbers are printed, and the size says 2"),
        ("\n 1  2\n[torch.FloatTensor of size 1x3]\n", "2 numbers are printed, and the size says 3"),
        ("\n 1  2\n[torch.LongTensor of size 1x2]\n", "a tensor of int64 holds no floats"),
        ("\nColumns 0 to 1 \n 1  2\n[torch.FloatTensor of size 1x2]\n", "in blocks of columns"),
        ("tensor([1.], dtype=torch.quint8, quantization_scheme=torch.per_tensor_affine)", "quantized"),
        ("tensor([1.], tangent=tensor([2.]))", "not understood"),
        ("GradTrackingTensor(lvl=1, value=\n  tensor([1.]))", "is not one tensor of numbers"),
        ("sqrt(2.0)", "sqrt(...) is no tensor as printed"),
        ("x.(2.0)", "x.(...) is no tensor as printed"),
        ("jnp.array([1.5])", "jnp.array(...) is no tensor as printed"),
        ("LongTensor([1.5])", "a tensor of int64 holds no floats"),
        ("array([1.5], dtype='>f4')", "a tensor of >f4 holds no floats of 16 to 64 bits that can be read"),
        ("tensor()", "holds no numbers"),
        ("UninitializedParameter()", "holds no numbers"),
        ("(1.5", "is not one tensor"),
        ("(1.5]", "is not one tensor"),
        ("1.234(5)", "is not one tensor"),
        ("(1.5) 2", "is not one tensor"),
        ("tensor([1.2345, 2.34\n56])", "is one cut in two?"),
        ("[1,5 2,5]", "is one cut in two?"),
        ("[1,234.5, 2.5]", "is one cut in two?"),
        ("[1\u2009234.5, 2.5]", "is one cut in two?"),
        ("[[1.5, 2.5] [3.5, 4.5]]", "is one cut in two?"),
        ("[, 1.5]", "a number is missing in the paste"),
        ("[1.5, [2.5]]", "a bracket is missing in the paste"),
        ("[[[1.5]], [2.5]]", "a bracket is missing in the paste"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=r".") as error:
        decode(text)
    assert reason in str(error.value)


@pytest.fixture
def _print_options() -> Iterator[None]:
    yield
    torch.set_printoptions(profile="default")


PROFILES = [
    {"profile": "default"},
    {"profile": "full"},
    {"precision": 8},
    {"precision": 2, "sci_mode": True},
    {"sci_mode": False},
    {"threshold": 5, "edgeitems": 2},
    {"linewidth": 20},
]


def check_printed(tensor: Tensor) -> int:
    """The number of values read; each interval holds the value that was printed."""
    text = str(tensor)
    if tensor.numel() == 0 and "..." not in text:
        assert decode(text).readings == () or len(decode(text).readings) == 0  # type: ignore[union-attr]
        return 0
    found = (
        decode(text, torch.float16 if tensor.dtype == torch.float32 else torch.float32)
        if ("dtype=" in text)
        else decode(text)
    )
    assert isinstance(found, Memory)
    exact = decode(tensor)
    assert isinstance(exact, Memory)
    if len(found.readings) == len(exact.readings):
        for read, true in zip(found.readings, exact.readings, strict=True):
            assert read.dtype == true.dtype
            assert read.low <= true.low <= read.high or true.kind == "NaN", (text, true)
    else:
        assert "..." in text
        size, mantissa = FORMATS[tensor.dtype][1:]
        for read in found.readings:  # of a value that the dots left, the printed one
            assert any(read.low <= true.low <= read.high for true in exact.readings), text
        assert size > mantissa
    return len(found.readings)


def random_printed(seed: int) -> Tensor:
    rng = random.Random(seed)
    torch.set_printoptions(profile="default")
    torch.set_printoptions(**rng.choice(PROFILES))  # type: ignore[arg-type]
    _, tensor = random_tensor(seed, most=60)
    if tensor.dtype != torch.float16 and rng.random() < 0.5:
        tensor = tensor[tensor.isfinite() & ((tensor == 0) | (tensor.abs() > 1e-30))]
    shape = rng.choice([(-1,), (1, -1), (-1, 1), (1, 1, -1)])
    tensor = tensor.reshape(shape if tensor.numel() else (0, 3))
    if rng.random() < 0.2 and tensor.numel():
        tensor = tensor.flatten()[0]
    if rng.random() < 0.3:
        tensor = tensor.clone().requires_grad_()
    elif rng.random() < 0.2:
        return torch.nn.Parameter(tensor)
    return tensor


@pytest.mark.usefixtures("_print_options")
def test_what_torch_prints_holds_what_was_printed() -> None:
    assert sum(check_printed(random_printed(seed)) for seed in range(400)) > 2000


PIECES = [
    "tensor(",
    "[",
    "]",
    ")",
    ",",
    " ",
    "1.",
    "-2e5",
    "nan",
    "inf",
    "...",
    "1e400",
    "1e-999999999999",
]
PIECES += [
    "dtype=torch.float64",
    "size=(2,)",
    "device='cpu'",
    "\n",
    "0" * 1200,
    "1.0000e-08 *",
    "\u0661",
]
PIECES += [
    "[torch.FloatTensor of size 1x2]",
    "Parameter containing:\n",
    "1e99999999999999999999",
    "*",
]
PIECES += ["array(", "=", "<", ">", "'", "Out[1]:", "·", "1" * 300, "." + "0" * 500 + "1", "j"]


def hostile(seed: int) -> str:
    rng = random.Random(seed)
    text = "".join(rng.choices(PIECES, k=rng.randint(1, 9)))
    if rng.random() < 0.2:
        text += "".join(rng.choices(string.printable, k=rng.randint(1, 5)))
    return text


def check_hostile(seed: int) -> bool:
    """Whether it was read; anything but a reading or a ValueError is a fault."""
    try:
        str(decode(hostile(seed), random.Random(seed).choice([*FORMATS])))
    except ValueError:
        return False
    return True


def test_hostile_text_is_read_or_refused() -> None:
    assert 0 < sum(map(check_hostile, range(3000))) < 2000


@pytest.mark.parametrize("dtype", FORMATS)
@pytest.mark.parametrize("text", ["1e400", "9e999", "1e-400", "-1e400", "1e60", "1" * 400])
def test_numbers_beyond_a_dtype_are_refused(text: str, dtype: torch.dtype) -> None:
    if text == "1e60" and dtype == torch.float64:
        assert one(text, dtype)[0] > 0
    else:
        with pytest.raises(ValueError, match="prints as"):
            decode(text, dtype)


@pytest.mark.parametrize("text", ["1e9999", "1e99999999999999999999", "[1e-99999]"])
def test_numbers_beyond_every_float_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is beyond the range of every float$"):
        decode(text)


def test_the_fewest_digits_that_read_back_are_read() -> None:
    """Python's and numpy's are not the nearest for some powers of two, because less room is below them."""
    assert repr(2.0**-44) == "5.684341886080802e-14"
    for exponent in range(-1022, 1024):
        low, high = one(repr(2.0**exponent), torch.float64)
        assert low <= (exponent + 1023) << 52 <= high
    for exponent in range(-126, 128):
        bits = exponent + 127 << 23
        for text in (repr(2.0**exponent), str(np.float32(2.0**exponent))):
            low, high = one(text)
            assert low <= bits <= high
    with pytest.raises(ValueError, match="prints as"):
        one("16777217.")  # reads back as 2**24, which has as many digits of its own
    for text, near in (("0.5010", 0.5), ("0.2501", 0.25)):  # as nobody prints them
        assert torch.tensor(float(text), dtype=torch.bfloat16) == near
        with pytest.raises(ValueError, match="prints as"):
            one(text, torch.bfloat16)


def test_tensors_without_memory_are_refused() -> None:
    freed, shrunk = torch.ones(4), torch.ones(4)
    freed.untyped_storage().resize_(
        0
    )  # as sharded training does; torch's own print ends the process
    shrunk.untyped_storage().resize_(8)
    with FakeTensorMode():
        fake = torch.ones(4)
    masked = torch.masked.masked_tensor(torch.ones(3), torch.ones(3).bool())
    for tensor in (freed, shrunk, fake, masked):
        with pytest.raises(ValueError, match="with no memory of its own: freed, fake or wrapped"):
            decode(tensor)
    with pytest.raises(ValueError, match="with no memory of its own"):
        torch.vmap(decode)(torch.ones(2, 3))
    assert len(decode(shrunk[:2]).readings) == 2  # type: ignore[union-attr]
    assert len(decode(freed[:0]).readings) == 0  # type: ignore[union-attr]


def test_tensors_that_hold_no_numbers_of_their_own() -> None:
    sparse = torch.eye(2).to_sparse()
    for tensor in (sparse, torch.eye(2).to_sparse_csr()):
        with pytest.raises(ValueError, match=r"sparse or nested: pass its values\(\)"):
            decode(tensor)
    with pytest.raises(ValueError, match="a lazy parameter holds no bits"):
        decode(torch.nn.LazyLinear(2).weight)
    negated = torch.tensor([1 + 2j]).conj().imag
    assert negated.is_neg()
    assert decode(negated).readings[0].low == one("-2.")[0]  # type: ignore[union-attr]
