"""What `decode` calls text: weights never beyond the stated share, texts that people found always."""

from __future__ import annotations

import time

import pytest
import torch
from torch import nn

from snippets.bits import CHANCE, FORMATS, LEVEL, Memory, decode
from tests.snippets.random_tensors import KINDS, random_tensor

FOUND = [
    (["4.3612203e+27", "1.8176809e+31", "1.3555911e-19"], 8, "Examples:\n  "),
    ([f"{ord(letter) * 2.0**-149:.4e}" for letter in "such file or\tdir"], 32, "such file or\tdir"),
    (["1.6395e-43", "1.3873e-43", "1.4574e-43", "4.4842e-44", "1.4293e-43"], 32, "uch f"),
]
"""Numbers that people printed, the width of their characters, the text."""


def memory(value: object) -> Memory:
    found = decode(value)  # type: ignore[arg-type]
    assert isinstance(found, Memory)
    return found


@pytest.mark.parametrize(("numbers", "width", "text"), FOUND, ids=lambda value: repr(value)[-12:])
def test_texts_that_people_found_are_read(numbers: list[str], width: int, text: str) -> None:
    found = memory(numbers)
    assert found.text[width] == text
    assert width in found.likely
    assert f"likely {width}-bit characters {text!r}" in str(found)


@pytest.mark.parametrize("dtype", FORMATS)
def test_a_text_in_the_midst_of_weights_is_found(dtype: torch.dtype) -> None:
    text = "/usr/lib/python3.11/site-packages/torch/nn/modules/linear.py:  weight\tand bias\n"
    text = text[: len(text) // 8 * 8]
    torch.manual_seed(0)
    tensor = torch.randn(10_000, dtype=torch.float64).to(dtype)
    numbers = torch.frombuffer(bytearray(text.encode()), dtype=dtype)
    tensor[5000 : 5000 + len(numbers)] = numbers
    found = memory(tensor)
    assert text in found.text[8]
    assert found.likely == {8}


def test_weights_are_no_text() -> None:
    for seed in range(20):
        torch.manual_seed(seed)
        assert str(decode(nn.Linear(64, 64).weight)) == "4,096 normal"
        assert not memory(torch.randn(20_000)).text


@pytest.mark.parametrize("kind", KINDS)
def test_a_share_of_the_sweep(kind: str) -> None:
    """Some of the tensors of tests/soak/test_bits.py: with 25 of a kind not one may be called text."""
    seeds = (seed for seed in range(10_000) if random_tensor(seed, most=1)[0].startswith(kind))
    for _, seed in zip(range(25), seeds, strict=False):
        name, tensor = random_tensor(seed, most=10_000)
        found = memory(tensor)
        assert not found.likely, f"{name}: {found}"


def test_the_evidence_that_is_asked_for_grows_with_the_numbers() -> None:
    """The same fifteen letters are likely among few numbers, and no longer among two million."""
    numbers = torch.frombuffer(bytearray(b"qzeaonexroinxqvt"), dtype=torch.float32)
    alone = memory(numbers)
    assert alone.likely == {8}
    among = memory(torch.cat([torch.ones(2_000_000), numbers]))
    assert among.text == {} or 8 not in among.likely
    assert LEVEL < CHANCE


def test_what_repeats_or_rises_evenly_counts_once() -> None:
    """A row that happens to look like text is no more so for coming a hundred times."""
    row = torch.frombuffer(bytearray(b"toes"), dtype=torch.float32)
    assert memory(row.repeat(100)).likely == frozenset()
    line = torch.frombuffer(bytearray(b"seat"), dtype=torch.int32) + torch.arange(1000) * 2
    assert memory(line.int().view(torch.float32)).likely == frozenset()


def test_no_text_runs_across_dots() -> None:
    printed = [f"{ord(letter) * 2.0**-149:.4e}" for letter in "such files"]
    whole = memory(f"tensor([{', '.join(printed)}])")
    cut = memory(f"tensor([{', '.join(printed[:5])}, ..., {', '.join(printed[5:])}])")
    assert (whole.text, cut.text) == ({32: "such files"}, {32: "such "})


def test_a_million_values_take_seconds() -> None:
    torch.manual_seed(0)
    values = torch.randn(1_000_000)
    text = torch.frombuffer(
        bytearray(b"a line of a log, and then the next\n" * 120_000)[:4_000_000], dtype=torch.uint8
    )
    for tensor in (values, text.view(torch.float32), values.tolist()):
        start = time.process_time()
        found = memory(tensor)
        assert len(found.readings) == 1_000_000
        assert time.process_time() - start < 10
