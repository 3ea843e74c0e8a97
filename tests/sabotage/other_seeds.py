"""The proofs of a page that test a distribution, under seeds that nobody chose."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from hooks.read.source import Source
from tests.sabotage.needs import needed
from tests.sabotage.registry import shifted
from tests.sabotage.runner import Outcome, run_page


def failures_for_seeds(page: Source, seeds: Iterable[int]) -> dict[int, Outcome]:
    """Seed -> what failed, of the proofs that name `LEVEL` and the cells they need; empty when all hold."""
    proofs = [n for n, cell in enumerate(page.cells) if cell.claim and "LEVEL" in cell.code]
    cells = set().union(*(needed(page, number) for number in proofs))
    found = {}
    for seed in seeds if proofs else ():
        if failed := run_page(page, functools.partial(shifted, seed), cells):
            found[seed] = failed
    return found
