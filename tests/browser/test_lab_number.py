"""The tool for odd numbers: the same readings as snippets/bits.py, and what it makes of them."""

from __future__ import annotations

import random
import struct
from typing import Any

import pytest
import torch
from playwright.sync_api import Browser, Page, expect

from snippets.bits import Reading, decode
from tests.browser.visit import Visit
from tests.lab.modules import call, modules

TUTORIAL = """tensor([[-5.0254e+18,  4.5609e-41, -5.0254e+18], [ 4.5609e-41,  1.6395e-43,  1.3873e-43],
    [ 1.4574e-43,  4.4842e-44,  1.4293e-43], [ 1.4714e-43,  1.5134e-43,  1.4153e-43],
    [ 4.4842e-44,  1.5554e-43,  1.5975e-43]])"""
SHARED = [
    *[
        "7.",
        "0.",
        "-0.",
        "0.0000",
        "0.0000e+00",
        "0e5",
        ".5",
        "00012.50",
        "1E5",
        "12e3",
        "1e-38",
        "1.0e-38",
        "1e21",
        "+1.4013e-45",
    ],
    *[
        "inf",
        "-inf",
        "nan",
        "-nan",
        "3.4028e+38",
        "1e39",
        "1e400",
        "1e-46",
        "1e-400",
        "16777217.",
        "0.031e5",
        "9.9999e-39",
    ],
    *["e", "x", "1e", "--1", "1..2", "infinf", "1_0", "1.0-2", "tensor", "0x10"],
    "",
    "tensor([1., 2",
    "tensor([nan, inf, -0.])",
    TUTORIAL,
]


def random_value(rng: random.Random) -> float:
    """A float32 of a kind that memory is full of: any bits, integers, text, addresses."""
    text = struct.unpack("<I", bytes(rng.choices(range(0x20, 0x7F), k=4)))[0]
    wide = rng.randrange(0x20, 0x7F) | rng.randrange(0x20, 0x7F) << 16
    address = rng.choice((0x5555, 0x55C9, 0x5700, 0x6000, 0x6FFF, 0x7F24, 1))
    kinds = (rng.randrange(2**32), rng.randrange(2**16), rng.randrange(2**24), text, wide, address)
    return struct.unpack("<f", struct.pack("<I", rng.choice(kinds)))[0]


def random_texts(count: int, seed: int) -> list[str]:
    """Numbers as people print them, and tensors."""
    rng = random.Random(seed)
    texts = []
    for _ in range(count):
        value = random_value(rng)
        forms = (f".{rng.randrange(9)}e", f".{rng.randrange(12)}f", ".4e", ".4f", "g")
        texts.append(rng.choice((repr(value), *(format(value, form) for form in forms))))
        tensor = torch.tensor([random_value(rng) for _ in range(rng.randrange(1, 8))])
        texts.append(str(tensor))
    return texts


def as_python_reads(text: str) -> dict[str, Any] | None:
    try:
        found = decode(text)
    except ValueError:
        return None
    if isinstance(found, Reading):
        return {"readings": [fields(found)], "guesses": []}
    if not found.readings:
        return None
    guesses = [part for part in str(found).split("; ") if "-bit characters" in part]
    return {"readings": [fields(reading) for reading in found.readings], "guesses": guesses}


def fields(reading: Reading) -> dict[str, Any]:
    characters = {str(width): text for width, text in reading.characters.items()}
    names = ("low", "high", "kind", "integer", "guesses")
    return {name: getattr(reading, name) for name in names} | {
        "characters": characters,
        "guesses": list(reading.guesses),
    }


def test_every_reading_is_that_of_the_snippet(browser: Browser, address: str) -> None:
    texts = SHARED + random_texts(600, seed=0)
    code = """return given.map((text) => {
        if (text.includes("[")) return lab.decodeAll(lab.split(text));
        const reading = lab.decode(text);
        return reading && { readings: [reading], guesses: [] };
    });"""
    with modules(browser, address) as page:
        readings = call(page, "bits", code, texts)
    for text, found in zip(texts, readings, strict=True):
        assert found == as_python_reads(text), text


def paste(page: Page, text: str) -> str:
    page.get_by_label("a number").fill(text)
    return page.locator(".lab-verdict").inner_text()


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (TUTORIAL, "Almost certainly uninitialized"),
        ("3.0774e-41", "Almost certainly uninitialized"),
        ("[4.6837e-39, 1.0000]", "Very likely uninitialized"),
        ("tensor([nan, 1.])", "deterministic mode"),
        ("tensor([inf, 1.])", "overflowed"),
        ("0.0053 -0.5820", "No sign"),
        ("[0.0053, -1.2412e+38]", "no layer starts so large"),
        ("1.0001e+30", "no layer starts so large"),
        ("-9.9999e+29", "No sign"),
        ("tensor([inf, 1e38])", "overflowed"),
        ("tensor([0., 0.])", "Zeros"),
    ],
)
def test_a_verdict_is_one_of_the_rules_on_the_page(opened: Visit, text: str, verdict: str) -> None:
    found = paste(opened.page, text)
    assert verdict in found
    rules = opened.page.locator("li[id^=rule-]").all_inner_texts()
    assert len(rules) == 7
    assert found in rules


def test_text_over_neighbors_and_each_number_are_shown(opened: Visit) -> None:
    paste(opened.page, TUTORIAL)
    assert "uch file or" in opened.page.locator(".lab-across").inner_text()
    rows = opened.page.locator(".lab-readings tbody tr").all_inner_texts()
    assert len(rows) == 15
    assert "Linux: a library" in rows[1]
    assert "0x00007f24" in rows[1]
    assert "117" in rows[4].split("\t")
    paste(opened.page, "4.6837e-39")
    assert "one of 71" in opened.page.locator(".lab-readings tbody tr").inner_text()


@pytest.mark.parametrize(
    "wrong", ["", "hello", "tensor([])", "1e39", "4.6837e-39 or so", "<b>1</b>"]
)
def test_what_is_no_float32_gets_a_sentence_and_keeps_the_readings(
    opened: Visit, wrong: str
) -> None:
    before = paste(opened.page, "1.4013e-45")
    assert paste(opened.page, wrong) == before
    assert opened.page.locator("#odd-pasted-wrong").is_visible()
    paste(opened.page, "1.4013e-45")
    assert opened.page.locator("#odd-pasted-wrong").is_hidden()


def test_text_that_looks_like_markup_stays_text(opened: Visit) -> None:
    markup = struct.unpack("<f", b"<b>&")[0]
    paste(opened.page, repr(markup))
    assert "'<b>&'" in opened.page.locator(".lab-readings td").first.inner_text()


def test_a_pasted_number_can_be_linked(opened: Visit) -> None:
    page = opened.page
    paste(page, "4.5750e-41")
    page.get_by_label("a number").blur()
    page.wait_for_url("**/lab/?number=4.5750e-41")
    verdict = page.locator(".lab-verdict").inner_text()
    page.goto(page.url)
    expect(page.get_by_label("a number")).to_have_value("4.5750e-41")
    assert page.locator(".lab-verdict").inner_text() == verdict


@pytest.mark.parametrize("text", ["uch file or", "a", "weights!", "No such file or directory"])
def test_a_text_is_shown_as_the_floats_that_torch_would_print(opened: Visit, text: str) -> None:
    opened.page.get_by_label("a text").fill(text)
    shown = opened.page.locator("#odd-number pre code").inner_text()
    for width, kind in ((8, "B"), (16, "H"), (32, "I")):
        memory = struct.pack(f"<{len(text)}{kind}", *map(ord, text))
        memory += bytes(-len(memory) % 4)
        tensor = torch.frombuffer(bytearray(memory), dtype=torch.float32)
        assert f"{width}-bit characters:\n{tensor}" in shown


def test_a_letter_beyond_ascii_gets_a_sentence(opened: Visit) -> None:
    opened.page.get_by_label("a text").fill("né")
    assert opened.page.locator("#odd-text-wrong").is_visible()
