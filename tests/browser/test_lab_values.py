"""The lab's numbers against the installed torch, bit by bit, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, Error, Page

from tests.lab.bits import bits_as_written
from tests.lab.modules import call, from_base64, modules
from tests.lab.scripts import Script, random_scripts


@pytest.fixture(scope="module")
def lab(browser: Browser, address: str) -> Iterator[Page]:
    """A page whose modules the tests call."""
    with modules(browser, address) as page:
        yield page


DRAW = """const parts = [];
for (const { seed, calls } of given) {
    const generator = new lab.Generator(seed);
    for (const [name, options] of calls) {
        const made = generator[name](options);
        parts.push(...(made.weight ? [made.weight, made.bias ?? []] : [made]));
    }
}
const all = new Float32Array(parts.reduce((n, part) => n + part.length, 0));
let at = 0;
for (const part of parts) {
    all.set(part, at);
    at += part.length;
}
return base64(all);"""


def wrong_scripts(page: Page, scripts: list[Script]) -> list[Script]:
    """The scripts for which the browser's numbers are not torch's."""
    given = [{"seed": str(script.seed), "calls": script.calls} for script in scripts]
    drawn = from_base64(call(page, "torch-random", DRAW, given))
    wrong, at = [], 0
    for script in scripts:
        for tensor in script.in_torch():
            expected = tensor.flatten().numpy()
            found = drawn[at : at + expected.size]
            at += expected.size
            if bits_as_written():
                equal = np.array_equal(found.view(np.uint32), expected.view(np.uint32))
            else:
                equal = np.allclose(found, expected, rtol=0, atol=1e-5)
            if not equal and script not in wrong:
                wrong.append(script)
    assert at == drawn.size
    return wrong


@pytest.mark.parametrize("batch", range(6))
def test_a_thousand_random_scripts_give_torch_s_bits(lab: Page, batch: int) -> None:
    assert wrong_scripts(lab, random_scripts(1000, seed=batch))[:3] == []


def test_the_comparison_notices_a_product_rounded_before_the_sum(
    browser: Browser, address: str, site: Path
) -> None:
    exact = (site / "assets" / "lab" / "float32.js").read_text(encoding="utf-8")
    rounded = exact.replace("return f(sum);", "return f(f(product) + c);")
    assert rounded != exact
    scripts = random_scripts(200, seed=99)
    with modules(browser, address, {"float32.js": rounded}) as page:
        wrong = wrong_scripts(page, scripts)
    assert len(wrong) > 60 or not bits_as_written()


GOLDEN = {
    'linear({ inFeatures: 3, outFeatures: 2, seed: "0" }).weight': "-0x1.1b47dp-8 0x1.3d2626p-2 "
    "-0x1.e696fcp-2 -0x1.b31792p-2 -0x1.c76962p-3 0x1.3d12a6p-3",
    "linear({ inFeatures: 3, outFeatures: 2, seed: 0n }).bias": "-0x1.76d68p-7 0x1.d4c2f4p-2",
    "randn({ shape: [5], seed: 42 })": "0x1.58c55cp-2 0x1.07cd3ap-3 0x1.e02dcep-3 0x1.d7b8d8p-3 "
    "-0x1.1f7384p+0",
    "rand({ shape: [3], seed: -1 })": "0x1.fcd346p-1 0x1.248244p-1 0x1.23d818p-1",
    "embedding({ numEmbeddings: 4, embeddingDim: 5, seed: 42 }).weight.slice(0, 3)": "0x1.ed4a52p+0 "
    "0x1.7cbea6p+0 0x1.cd2acep-1",
    "embedding({ numEmbeddings: 3, embeddingDim: 1, paddingIdx: -1, seed: 42 }).weight": ""
    "0x1.58c55cp-2 0x1.07cd3ap-3 0x0p+0",
    "linear({ inFeatures: 3, outFeatures: 2, bias: false, seed: 0 }).bias ?? []": "",
}


def test_the_functions_give_the_known_numbers(lab: Page) -> None:
    for code, numbers in GOLDEN.items():
        found = call(lab, "torch-random", f"return Array.from(lab.{code});")
        assert found == [float.fromhex(number) for number in numbers.split()], code


@pytest.mark.parametrize(
    "seed",
    [
        "true",
        "false",
        "1.9",
        "-1.9",
        '" 12 "',
        '"1_000"',
        '"+5"',
        "2**60",
        "-(2**63)",
        "2n**64n-1n",
    ],
)
def test_seeds_are_read_as_torch_reads_them(lab: Page, seed: str) -> None:
    python = {"true": True, "false": False}.get(seed)
    torch.manual_seed(eval(seed.replace("n", "")) if python is None else python)
    code = f"return Array.from(lab.rand({{ shape: [3], seed: {seed} }}));"
    assert call(lab, "torch-random", code) == torch.rand(3).tolist()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("rand({ shape: [1], seed: 2n ** 64n })", "Overflow when unpacking long long"),
        ('rand({ shape: [1], seed: "-9223372036854775809" })', "Overflow when unpacking long long"),
        ("rand({ shape: [1], seed: 1e30 })", "Overflow when unpacking long long"),
        ('rand({ shape: [1], seed: "1.9" })', "invalid literal for int() with base 10: '1.9'"),
        ('rand({ shape: [1], seed: "" })', "invalid literal for int() with base 10: ''"),
        ("rand({ shape: [1], seed: NaN })", "invalid literal"),
        ("rand({ shape: [1] })", "invalid literal"),
        ("rand({ shape: [2, -1], seed: 0 })", "no tensor has the shape 2,-1"),
        ("rand({ shape: [2.5], seed: 0 })", "no tensor has the shape 2.5"),
        ("linear({ inFeatures: -1, outFeatures: 2, seed: 0 })", "no tensor has the shape 2,-1"),
        (
            "embedding({ numEmbeddings: 3, embeddingDim: 2, paddingIdx: 3, seed: 0 })",
            "Padding_idx must be within num_embeddings",
        ),
        (
            "embedding({ numEmbeddings: 3, embeddingDim: 2, paddingIdx: -4, seed: 0 })",
            "Padding_idx must be within num_embeddings",
        ),
    ],
)
def test_what_torch_refuses_is_refused(lab: Page, code: str, message: str) -> None:
    with pytest.raises(Error) as error:
        call(lab, "torch-random", f"return lab.{code};")
    assert message in str(error.value)


def test_a_generator_continues_and_starts_anew(lab: Page) -> None:
    code = """const g = new lab.Generator(7);
    const first = [...g.randn({ shape: [5] }), ...g.rand({ shape: [2] }), ...g.randn({ shape: [1] })];
    const again = g.manualSeed(7).randn({ shape: [1] });
    return [first, [...again], [...new lab.Generator().rand({ shape: [2] })]];"""
    first, again, unseeded = call(lab, "torch-random", code)
    generator = torch.manual_seed(7)
    drawn = [torch.randn(5), torch.rand(2), torch.randn(1)]
    assert first == torch.cat(drawn).tolist()
    assert again == torch.randn(1, generator=generator.manual_seed(7)).tolist()
    assert unseeded == torch.rand(2, generator=torch.Generator()).tolist()
