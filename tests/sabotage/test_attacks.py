"""Every claim is attacked, every attack is caught, and every statistical proof holds for other seeds."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from hooks.read.source import Cell, Source
from tests.sabotage.needs import needed
from tests.sabotage.other_seeds import failures_for_seeds
from tests.sabotage.registry import Attack, attacks, replaced
from tests.sabotage.runner import all_attacks, run_page, run_selections
from tests.sources import EXECUTED

CLAIMS = {
    cell.claim.name: (page, number)
    for page in EXECUTED
    for number, cell in enumerate(page.cells)
    if cell.claim
}


def test_every_claim_is_attacked_and_every_attack_has_its_claim() -> None:
    attacked = {attack.claim for attack in all_attacks()}
    assert attacked == set(CLAIMS)
    assert len(CLAIMS) >= 60


def grouped() -> list[tuple[Source, list[Attack]]]:
    """The attacks of one sabotage on one page: they need one run together."""
    groups: dict[tuple[str, str, str], list[Attack]] = {}
    for attack in all_attacks():
        if attack.claim in CLAIMS:
            key = (CLAIMS[attack.claim][0].path, attack.sabotage.__module__, attack.name)
            groups.setdefault(key, []).append(attack)
    return [(CLAIMS[group[0].claim][0], group) for group in groups.values()]


@pytest.mark.parametrize(
    ("page", "group"),
    grouped(),
    ids=lambda value: value.path if isinstance(value, Source) else value[0].name,
)
def test_the_proof_of_each_attacked_claim_notices(
    page: Source, group: list[Attack], record_property: Callable[[str, object], None]
) -> None:
    numbers = {attack.claim: CLAIMS[attack.claim][1] for attack in group}
    cells = set().union(*(needed(page, number) for number in numbers.values()))
    outcome = run_page(page, group[0].sabotage, cells)
    caught = [c for c, n in numbers.items() if outcome.get(n, "").startswith("AssertionError")]
    record_property("attacks", list(numbers))
    record_property("caught", caught)
    missed = {c: outcome.get(n, "no error") for c, n in numbers.items() if c not in caught}
    assert not missed, f"{group[0].what} The proofs raised: {missed}"


@pytest.mark.parametrize("page", EXECUTED, ids=lambda page: page.path)
def test_every_proof_holds_without_an_attack_on_the_cells_it_needs(page: Source) -> None:
    proofs = [needed(page, number) for number, cell in enumerate(page.cells) if cell.claim]
    assert run_selections(page, proofs) == {}


def test_selections_run_alone_and_what_they_begin_with_once(tmp_path: Path) -> None:
    log = tmp_path / "log"
    codes = [
        f"a = 1\nopen({str(log)!r}, 'a').write('first ')",
        "a += 1\nassert a == 2",
        "assert a == 1",
    ]
    page = Source("p.md", cells=[Cell(code, 1) for code in codes])
    assert run_selections(page, [{0, 1}, {0, 2}]) == {}
    assert log.read_text() == "first "
    assert run_selections(page, [{0, 1, 2}, {2}]) == {2: "NameError: name 'a' is not defined"}
    assert run_selections(page, [{0, 1, 2}]) == {2: "AssertionError: "}


@pytest.mark.parametrize("page", EXECUTED, ids=lambda page: page.path)
def test_a_statistical_proof_holds_for_other_seeds(page: Source) -> None:
    """One here; fifty in tests/soak."""
    assert failures_for_seeds(page, [1]) == {}


def test_an_attack_without_a_description_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a docstring"):

        @attacks("x")
        def nameless() -> Iterator[None]:
            yield


def test_a_sabotage_ends_with_its_block() -> None:
    before = torch.nn.Linear.forward
    with contextlib.suppress(KeyError), replaced(torch.nn.Linear, "forward", None):
        assert torch.nn.Linear.forward is None
        raise KeyError
    assert torch.nn.Linear.forward is before
