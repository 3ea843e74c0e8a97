"""Every page holds for seeds that nobody chose."""

from __future__ import annotations

import functools

import pytest

from hooks.read.source import Source
from tests.sabotage.other_seeds import failures_for_seeds
from tests.sabotage.registry import shifted
from tests.sabotage.runner import run_page
from tests.sources import EXECUTED

ABOUT_SEEDS = {"lab.md"}
"""Pages whose claims are about the numbers of particular seeds: with other seeds they are other claims."""
PAGES = [page for page in EXECUTED if page.path not in ABOUT_SEEDS]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.path)
def test_a_whole_page_holds_for_twenty_other_seeds(page: Source) -> None:
    for seed in range(51, 71):
        failed = run_page(page, functools.partial(shifted, seed))
        assert failed == {}, f"seed {seed}: {failed}"


@pytest.mark.parametrize("page", EXECUTED, ids=lambda page: page.path)
def test_a_statistical_proof_holds_for_fifty_other_seeds(page: Source) -> None:
    assert failures_for_seeds(page, range(1, 51)) == {}
