"""The mutants of proofs: a good proof leaves none alive, and an idle one is found."""

from __future__ import annotations

import pytest

from hooks.read.source import Cell, Claim, Source
from tests.mutants.mutant import Mutant
from tests.mutants.proofs.operators import changes
from tests.mutants.proofs.runner import attack

SETUP = """\
import math

import torch

from snippets.distributions import LEVEL, normal_p, uniform_p
from snippets.errors import expect_error

seen = []


def note(value):
    seen.append(value)
"""
GOOD = """\
torch.manual_seed(0)
for size, total in ((3, 3.0), (5, 5.0)):
    made = torch.ones(size)
    assert made.shape == (size,) and made.sum() == total
    assert all(number == 1 for number in made) and not made.requires_grad
    torch.testing.assert_close(made * 0.7, torch.full((size,), 0.7))
low, high = 2.5, 3.5
assert low < made.sum() - 2 < high and abs(made.mean() - 1) < 0.01
w = torch.rand(50_000) * 4
assert uniform_p(w, 0, 4) > LEVEL > uniform_p(w, 0, 4 * 1.05)
with expect_error(RuntimeError) as error:
    torch.ones(2) @ torch.ones(3)
assert "inconsistent tensor size" in str(error)
note(w)
assert len(seen) == 1
"""
IDLE = """\
found = torch.ones(4)
assert found.mean() > 0.01
assert abs(found.std() - 0.5) < 0.6
for name in ():
    assert name == "never"
assert all(number > 0 for number in [])
torch.testing.assert_close(found, found, rtol=0.1, atol=0)
assert normal_p(torch.zeros(99), 0, 1) < LEVEL
"""
LOST = [
    "assert found.mean() > 0.01 | 0.01 → 0.1 or 0.001",
    "assert abs(found.std() - 0.5) < 0.6 | now abs(found.std() - __off__(0.5, 1.05)) < 0.6",
    "assert abs(found.std() - 0.5) < 0.6 | now abs(found.std() - __off__(0.5, 0.95)) < 0.6",
    "assert name == \"never\" | now name != 'never'",
    "assert name == \"never\" | 'never' → 'n≠e≠v≠e≠r≠ '",
    "assert all(number > 0 for number in []) | now number <= 0",
    "torch.testing.assert_close(found, found, rtol=0.1, atol=0) | "
    "torch.testing.assert_close(found, found, rtol=0.1, atol=0) → "
    "__close__(torch.testing.assert_close, 1.05)(found, found, rtol=0.1, atol=0)",
    "assert normal_p(torch.zeros(99), 0, 1) < LEVEL | normal_p(torch.zeros(99), 0, 1) → "
    "__wider__(normal_p, 1.05)(torch.zeros(99), 0, 1) or "
    "__wider__(normal_p, 0.952381)(torch.zeros(99), 0, 1)",
]


def page(*proofs: str) -> Source:
    """A page with a set-up cell and one claim a proof, named claim-0, claim-1, …"""
    source = Source("toy.md", cells=[Cell(SETUP, 1)])
    for number, proof in enumerate(proofs):
        claim = Claim(f"claim-{number}", "It holds.", "", "CPU", 1, 1)
        source.cells.append(Cell(proof, 100 * (number + 1), claim=claim))
    return source


@pytest.fixture(scope="module")
def tried() -> list[Mutant]:
    return attack(page(GOOD, IDLE), jobs=2)


def alive(mutants: list[Mutant], claim: str) -> list[str]:
    """What survived in the proof of a claim."""
    return [one.change for one in mutants if (one.where, one.status) == (claim, "survived")]


def test_every_mutant_of_a_good_proof_is_killed(tried: list[Mutant]) -> None:
    mine = [mutant for mutant in tried if mutant.where == "claim-0"]
    assert len(mine) == len(changes(GOOD)) >= 25
    assert alive(tried, "claim-0") == []


def test_what_an_idle_proof_lets_pass_survives(tried: list[Mutant]) -> None:
    assert alive(tried, "claim-1") == LOST


def test_a_page_that_fails_as_it_is_is_an_error_and_no_kill() -> None:
    with pytest.raises(RuntimeError, match=r"toy.md:100: .*unchanged, the proof does not pass"):
        attack(page("assert 1 == 2"), jobs=1)
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        attack(Source("toy.md", cells=[Cell("1 / 0", 1)]), jobs=1)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("assert a == 3", ["a != 3", "4"]),
        ("assert f(3) == b[2]", ["f(3) != b[2]"]),  # an argument, an index: inputs
        ("assert x < 5 + 1e-6", ["x >= 5 + 1e-06", "50 or 0.5"]),
        ("assert a or not x86", ["a and (not x86)", "not a"]),
        ("assert (p and q) == r", ["(p and q) != r", "p or q"]),
        ("assert 'a' not in t", ["'a' in t"]),
        ("n = 4\nassert x == n", ["5 or 40 or 0.4", "x != n"]),
        ("n = 4\nx = g(n)\nassert x == n", ["x != n"]),
        ("n = 0\nn += 1\nassert x == n", ["x != n"]),
        ("for n, t in {1: 'a'}.items():\n    assert f(n) == t", ["'a≠ '", "f(n) != t"]),
        ("with expect_error(KeyError):\n    {}[1]", ["expect_error(ZeroDivisionError)"]),
        ("k = f(1.05)", ["1.0"]),
    ],
)
def test_what_is_changed_and_how(code: str, expected: list[str]) -> None:
    found = [change.text.split(" | ")[1] for change in changes(code)]
    assert [text.removeprefix("now ").split(" → ")[-1] for text in found] == expected
