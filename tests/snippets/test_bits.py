"""`decode` must be right about every bit, and honest about what the bits mean."""

from __future__ import annotations

import random

import pytest
import torch

from snippets.bits import FORMATS, Memory, Reading, decode

DTYPES = tuple(FORMATS)
TUTORIAL = """tensor([[-5.0254e+18,  4.5609e-41, -5.0254e+18],
        [ 4.5609e-41,  1.6395e-43,  1.3873e-43],
        [ 1.4574e-43,  4.4842e-44,  1.4293e-43],
        [ 1.4714e-43,  1.5134e-43,  1.4153e-43],
        [ 4.4842e-44,  1.5554e-43,  1.5975e-43]])"""


def read(value: object, dtype: torch.dtype = torch.float32) -> Reading:
    """One reading."""
    reading = decode(value, dtype)
    assert isinstance(reading, Reading)
    return reading


def memory(value: object, dtype: torch.dtype = torch.float32) -> Memory:
    """Several readings."""
    found = decode(value, dtype)
    assert isinstance(found, Memory)
    return found


def floats(patterns: list[int], dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """The floats that have these bit patterns."""
    integer, size, _ = FORMATS[dtype]
    signed = [pattern - (pattern >> size - 1 << size) for pattern in patterns]
    return torch.tensor(signed, dtype=integer).view(dtype)


@pytest.mark.parametrize(
    ("printed", "bits"),
    [
        ("1.4013e-45", 0x1),
        ("4.4842e-44", 0x20),
        ("1.1210e-43", 0x50),
        ("3.0774e-41", 0x55C9),
        ("3.0778e-41", 0x55CC),
        ("4.5750e-41", 0x7F88),
    ],
)
def test_printed_numbers_with_one_pattern(printed: str, bits: int) -> None:
    """The articles' small subnormals have one pattern each."""
    reading = read(printed)
    assert (reading.low, reading.high, reading.integer, reading.kind) == (
        bits,
        bits,
        bits,
        "subnormal",
    )
    assert reading.bits == f"0x{bits:08x}"
    assert f"the integer {bits:,}" in str(reading)


@pytest.mark.parametrize(
    ("printed", "inside", "characters"),
    [
        ("4.6837e-39", 0x00330030, "·3"),
        ("9.9184e-39", 0x006C0061, "·l"),
        ("9.0000e-39", 0x00620061, "·b"),
        ("1.0561e-38", 0x00730065, "·s"),
    ],
)
def test_printed_numbers_with_many_patterns(printed: str, inside: int, characters: str) -> None:
    """The larger ones fit many patterns: no integer, and only the second character is known."""
    reading = read(printed)
    assert reading.low < inside < reading.high
    assert reading.integer is None
    assert reading.characters == {16: characters}
    assert "patterns print so" in str(reading)
    assert reading.guesses == (f"possibly 16-bit characters {characters!r}",)


@pytest.mark.parametrize("dtype", DTYPES)
def test_interval_is_what_torch_prints(dtype: torch.dtype) -> None:
    """For random patterns: all that print so lie in the interval, and its neighbors print otherwise."""
    _, size, mantissa = FORMATS[dtype]
    rng = random.Random(0)
    infinity = (1 << size - 1) - (1 << mantissa)
    for _ in range(60):
        sign = rng.getrandbits(1) << size - 1
        pattern = rng.choice([rng.randrange(1, infinity), rng.randrange(1, 1 << mantissa)])
        printed = f"{floats([sign | pattern], dtype).item():.4e}"
        reading = read(printed, dtype)
        low, high = reading.low - sign, reading.high - sign
        assert low <= pattern <= high
        for bits in {low, high, low - 1, min(high + 1, infinity - 1)} - {-1}:
            shown = f"{floats([sign | bits], dtype).item():.4e}"
            assert (shown == printed) == (low <= bits <= high), (printed, hex(bits))


@pytest.mark.parametrize(
    ("printed", "low", "high", "kind"),
    [
        ("0.0000e+00", 0, 0, "zero"),
        ("-0.", 0x80000000, 0x80000000, "zero"),
        ("0.", 0, 0, "zero"),
        ("7.", 0x40E00000, 0x40E00000, "normal"),
        ("7", 0x40E00000, 0x40E00000, "normal"),
        ("+7.", 0x40E00000, 0x40E00000, "normal"),
        (" -INF ", 0xFF800000, 0xFF800000, "infinite"),
        ("inf", 0x7F800000, 0x7F800000, "infinite"),
        ("nan", 0x7F800001, 0x7FFFFFFF, "NaN"),
        ("-nan", 0xFF800001, 0xFFFFFFFF, "NaN"),
        ("0.0000", 0, 0x3851B717, "zero to normal"),
        ("1.401298464324817e-45", 1, 1, "subnormal"),
        ("1E-45", 1, 1, "subnormal"),
        ("1.1755e-38", 0x7FFEC4, 0x80018D, "subnormal to normal"),
        ("1.0000e-40", 0x116C3, 0x116C5, "subnormal"),
        (".5", 0x3EE66667, 0x3F0CCCCC, "normal"),
    ],
)
def test_every_class(printed: str, low: int, high: int, kind: str) -> None:
    """Zeros, infinities, NaNs and whole numbers as torch prints them."""
    reading = read(printed)
    assert (hex(reading.low), hex(reading.high), reading.kind) == (hex(low), hex(high), kind)


def test_integer_is_signed() -> None:
    """`integer` is what a view as the signed integer of that size shows."""
    for dtype in DTYPES:
        tensor = torch.tensor([-1.5, 0.25, -0.0], dtype=dtype)
        integers = tensor.view(FORMATS[dtype][0]).tolist()
        assert [reading.integer for reading in memory(tensor).readings] == integers


@pytest.mark.parametrize(
    ("upper", "sure", "where"),
    [
        (0x7F88, "likely", "Linux"),
        (0x55C9, "likely", "heap"),
        (0x7212, "possibly", "mmap_rnd_bits=32"),
        (0x6001, "possibly", "macOS"),
        (0x0001, "possibly", "macOS"),
    ],
)
def test_addresses(upper: int, sure: str, where: str) -> None:
    """An address is recognized in float64 whole and in float32 by its upper half, never in 16 bits."""
    half = read(floats([upper]).item())
    assert half.address is not None
    assert half.address.startswith("the upper half of an address (")
    assert where in half.address
    assert half.guesses[0] == f"{sure} {half.address}"
    (whole,) = memory(floats([upper << 32 | 0x12345678], torch.float64)).readings
    assert whole.address is not None
    assert whole.address.startswith("an address (")
    if upper < 0x7C00:
        (quarter,) = memory(floats([upper], torch.float16)).readings
        assert quarter.address is None


def test_no_address() -> None:
    """Ordinary numbers, kernel addresses and negative numbers are no addresses."""
    for pattern in (0, 0x3F800000, 0xFFFF8000, 0x80007F88, 0x2000):
        assert memory(floats([pattern])).readings[0].address is None


def test_small_integers_are_possible_only_among_subnormals() -> None:
    """A bfloat16 1.0 has small bits, and nobody should read a size into it."""
    assert read("4.4842e-44").guesses[0] == "possibly a size, a count or another small integer"
    for dtype in DTYPES:
        assert "small integer" not in str(memory(torch.ones(1, dtype=dtype)))
        assert "small integer" not in str(memory(torch.ones(1, dtype=dtype)).readings[0])


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("width", "encoding"), [(8, "ascii"), (16, "utf-16-le"), (32, "utf-32-le")]
)
def test_text_over_neighbors(dtype: torch.dtype, width: int, encoding: str) -> None:
    """Text is found in every width that fits into one element, and called likely."""
    text = "No such file or directory, nowhere."[:32]
    found = memory(torch.frombuffer(bytearray(text.encode(encoding)), dtype=dtype))
    if width == FORMATS[dtype][1] == 16:
        assert text.startswith(found.text[16])
    elif width <= FORMATS[dtype][1]:
        assert found.text[width] == text
        assert f"likely {width}-bit characters {text!r}" in str(found)
    else:
        assert width not in found.text


def test_tutorial_reads_as_text() -> None:
    """The output of PyTorch's own tutorial, pasted as printed or as a list."""
    found = memory(TUTORIAL)
    assert found.text == {32: "uch file or"}
    assert str(found) == (
        "2 normal, 13 subnormal; likely 32-bit characters 'uch file or'; 2 could belong to an address"
    )
    assert len(found.readings) == 15
    numbers = [reading.integer for reading in found.readings[4:]]
    assert numbers == list(map(ord, "uch file or"))
    assert memory([f"{ord(letter) * 2.0**-149:.4e}" for letter in "ok"]).text == {32: "ok"}


def test_one_element_is_no_neighborhood() -> None:
    """A single element's characters stay with its reading."""
    assert memory(["1.6395e-43", "0.0000e+00"]).text == {}
    assert memory(["1.6395e-43", "0.0000e+00"]).readings[0].characters == {32: "u"}


def test_unknown_text_is_not_offered() -> None:
    """`0.0000` could be anything: no characters, rather than only unknown ones."""
    assert read("0.0000").characters == {}


def test_short_text_is_only_possible() -> None:
    """Weights between 0.01 and 1 start with a printable byte: four characters prove nothing."""
    (reading,) = memory(torch.frombuffer(bytearray(b"true"), dtype=torch.float32)).readings
    assert reading.characters[8] == "true"
    assert reading.guesses == ("possibly 8-bit characters 'true'",)


def test_float_and_tuple_and_scalar_tensor() -> None:
    """A float is rounded to the dtype, a 0-d tensor is a memory of one."""
    assert read(1.4013e-45).integer == 1
    tenth = torch.tensor(0.1, dtype=torch.float64)
    assert read(0.1, torch.float64).integer == tenth.view(torch.int64).item()
    assert [reading.kind for reading in memory((7.0, "nan", float("inf"))).readings] == [
        "normal",
        "NaN",
        "infinite",
    ]
    assert memory(torch.tensor(7.0, requires_grad=True)).readings[0].integer == 0x40E00000
    assert str(memory([])) == str(memory("[]")) == str(memory(torch.ones(0))) == "no values"


@pytest.mark.parametrize("text", ["x", "", "1.0.0", "0x7f", "1e", "1_0", "true", "١"])
def test_text_that_is_no_number(text: str) -> None:
    """Text is refused with an example of what to write."""
    with pytest.raises(ValueError, match=r"is not a number: write it as torch prints it"):
        decode(text)


@pytest.mark.parametrize(
    ("text", "dtype"),
    [("1.5000e-45", torch.float32), ("1e60", torch.float32), ("0.7010", torch.bfloat16)],
)
def test_text_that_no_value_prints_as(text: str, dtype: torch.dtype) -> None:
    """A number of another type is refused, and its neighbors are named."""
    with pytest.raises(ValueError, match=r"prints as .*, only .* and .*: pass another dtype="):
        decode(text, dtype)


def test_values_that_cannot_be_read() -> None:
    """Every other value is refused with what to do instead."""
    with pytest.raises(ValueError, match=r"beyond the range of torch.float32: pass dtype=torch"):
        decode(1e60)
    with pytest.raises(ValueError, match=r"meta tensor holds no bits: allocate it with to_empty"):
        decode(torch.empty(2, device="meta"))
    for value in (1, True, None, b"1.0"):
        with pytest.raises(TypeError, match="pass a float, a printed number as a string"):
            decode(value)  # type: ignore[arg-type]
    for tensor in (torch.zeros(2, dtype=torch.int32), torch.zeros(2, dtype=torch.complex64)):
        with pytest.raises(TypeError, match=r"cannot read torch\..*: pass one of torch.float64"):
            decode(tensor)
    with pytest.raises(TypeError, match=r"cannot read torch.int32"):
        decode("1.0", torch.int32)


def test_flush_to_zero_does_not_matter_for_printed_numbers() -> None:
    """Printed subnormals are decoded by arithmetic, also where the processor flushes them."""
    flushed = torch.set_flush_denormal(True)
    try:
        assert read("4.5750e-41").integer == 0x7F88
    finally:
        torch.set_flush_denormal(False)
    assert flushed in (True, False)


@pytest.mark.parametrize(
    ("printed", "shown"),
    [
        (
            "4.6837e-39",
            "subnormal float32, bits 0x0033001d to 0x00330063, 71 patterns print so; "
            "possibly 16-bit characters '·3'",
        ),
        (
            "3.0774e-41",
            "subnormal float32, bits 0x000055c9, the integer 21,961; "
            "likely the upper half of an address (Linux: the program or its heap)",
        ),
        (
            "1.4013e-45",
            "subnormal float32, bits 0x00000001, the integer 1; "
            "possibly the upper half of an address (macOS: the program or a library); "
            "possibly a size, a count or another small integer",
        ),
        ("7.", "normal float32, bits 0x40e00000, the integer 1,088,421,888"),
    ],
)
def test_a_reading_in_words(printed: str, shown: str) -> None:
    """What a reader sees of one number, word by word."""
    assert str(read(printed)) == shown


def test_where_small_integers_end_and_addresses_begin() -> None:
    """0x5554 is a small integer, 0x5555 the lowest upper half of an address; whole addresses have both."""
    small = "possibly a size, a count or another small integer"
    found = memory(floats([0x5554, 0x5555, 0x5600, 0x6000])).readings
    assert [small in reading.guesses for reading in found] == [True, False, False, False]
    assert [reading.address is not None for reading in found] == [False, True, True, True]
    (low,) = memory(floats([0x1000_1234_5678], torch.float64)).readings
    assert low.address is None


def test_text_of_the_letter_x_and_of_just_enough_letters() -> None:
    """No letter is taken for the sign of an unknown one; eight letters of eight bits are likely text."""
    (reading,) = memory(torch.frombuffer(bytearray(b"XXXX"), dtype=torch.float32)).readings
    assert reading.characters[8] == "XXXX"
    (reading,) = memory(torch.frombuffer(bytearray(b"eight___"), dtype=torch.float64)).readings
    assert "likely 8-bit characters 'eight___'" in reading.guesses
    (reading,) = memory(torch.frombuffer(bytearray(b"ab\x7fd"), dtype=torch.float32)).readings
    assert 8 not in reading.characters  # 0x7f is no printable character


def test_where_subnormal_numbers_end_and_a_printed_tensor_ends() -> None:
    """The smallest normal number is normal, and what follows the last bracket is no number."""
    (reading,) = memory(floats([0x00800000])).readings
    assert reading.kind == "normal"
    assert len(memory("tensor([1.5, 2.5], dtype=torch.float16)", torch.float16).readings) == 2


@pytest.mark.parametrize(
    ("value", "dtype", "message"),
    [
        (
            "1.5000e-45",
            torch.float32,
            "no torch.float32 prints as '1.5000e-45', only 1.401298464324817e-45 and "
            "2.802596928649634e-45: pass another dtype=",
        ),
        (
            "1.0000e-46",
            torch.float32,
            "no torch.float32 prints as '1.0000e-46', only 0.0 and 1.401298464324817e-45: "
            "pass another dtype=",
        ),
        (
            "0.7010",
            torch.bfloat16,
            "no torch.bfloat16 prints as '0.7010', only 0.69921875 and 0.703125: pass another dtype=",
        ),
        ("x", torch.float32, "'x' is not a number: write it as torch prints it, '1.4013e-45'"),
        (
            1e60,
            torch.float32,
            "1e+60 is beyond the range of torch.float32: pass dtype=torch.float64",
        ),
        (
            torch.empty(2, device="meta"),
            torch.float32,
            "a meta tensor holds no bits: allocate it with to_empty(device=...)",
        ),
        (
            None,
            torch.float32,
            "cannot read a value of type NoneType: pass a float, a printed number as a string, a tensor, or a "
            "list of floats or strings",
        ),
        (
            "1.",
            torch.int32,
            "cannot read torch.int32: pass one of torch.float64, torch.float32, torch.float16, "
            "torch.bfloat16",
        ),
    ],
)
def test_refusals_word_by_word(value: object, dtype: torch.dtype, message: str) -> None:
    """What a reader sees who asks for something that cannot be read."""
    with pytest.raises((TypeError, ValueError)) as error:
        decode(value, dtype)  # type: ignore[arg-type]
    assert str(error.value) == message


def test_the_type_that_cannot_be_read_is_named() -> None:
    """Not None, but what was given."""
    with pytest.raises(TypeError, match=r"^cannot read a value of type bytes: pass a float"):
        decode(b"1.0")  # type: ignore[arg-type]
