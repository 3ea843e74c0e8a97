"""Every claim is attacked, every attack is caught, and every statistical proof holds for other seeds."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
import torch

from hooks.pages import Source
from tests.sabotage.registry import attacks, replaced
from tests.sabotage.runner import all_attacks, all_pages, run_page

PAGES = all_pages()
CLAIMS = {
    cell.claim.name: (page, number)
    for page in PAGES
    for number, cell in enumerate(page.cells)
    if cell.claim
}
SEEDS = range(1, 51)


def test_every_claim_is_attacked_and_every_attack_has_its_claim() -> None:
    attacked = {attack.claim for attack in all_attacks()}
    assert attacked == set(CLAIMS)
    assert len(CLAIMS) >= 60


@pytest.mark.parametrize(
    "attack", all_attacks(), ids=lambda attack: f"{attack.claim}-{attack.name}"
)
def test_an_attack_is_caught_by_the_claim_s_own_proof(
    attack, record_property: pytest.FixtureRequest
) -> None:
    page, number = CLAIMS[attack.claim]
    outcome = run_page(page, attack.sabotage, number).get(number, "nothing")
    assert outcome.startswith("AssertionError"), f"{attack.what} The proof raised {outcome}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_every_cell_holds_without_an_attack(page: Source) -> None:
    assert run_page(page, contextlib.nullcontext) == {}


def shifted(seed: int) -> contextlib.AbstractContextManager[None]:
    """Every seed that a page sets is another one."""
    original = torch.manual_seed
    return replaced(torch, "manual_seed", lambda number: original(number + 1000 * seed))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_no_proof_depends_on_its_seed(page: Source) -> None:
    if not any("manual_seed" in cell.code for cell in page.cells):
        pytest.fail(f"{page.path} sets no seed") if draws(page) else None
        return
    for seed in SEEDS:
        failed = run_page(page, lambda seed=seed: shifted(seed))
        assert failed == {}, f"seed {seed}: {failed}"


def draws(page: Source) -> bool:
    """Whether the page draws random numbers by name."""
    words = ("randn(", "rand(", "normal_(", "uniform_(")
    return any(word in cell.code for cell in page.cells for word in words)


def test_an_attack_without_a_description_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a docstring"):

        @attacks("x")
        def nameless() -> Iterator[None]:
            yield


def test_a_sabotage_ends_with_its_block() -> None:
    before = torch.nn.Linear.forward
    with pytest.raises(KeyError), replaced(torch.nn.Linear, "forward", None):
        assert torch.nn.Linear.forward is None
        raise KeyError
    assert torch.nn.Linear.forward is before
