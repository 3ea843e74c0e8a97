"""Thousands of random pages: each is refused at the right line, or shows all its cells; some are built."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.build.grammar import random_page, wrong_with
from tests.build.markup import code_of, executed_cells, read_html
from tests.build.project import build, write_project

SEEDS, PARTS, BUILT = range(1_000, 7_000), 6, 40


@pytest.mark.parametrize("part", range(PARTS))
def test_random_pages(
    part: int, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    seeds = SEEDS[part::PARTS]
    pages = {seed: random_page(seed) for seed in seeds}
    wrong = {seed: wrong_with(made, tmp_path) for seed, made in pages.items()}
    assert {seed: what for seed, what in wrong.items() if what} == {}
    refused = sum(made.bad is not None for made in pages.values())
    cells = sum(len(made.codes) for made in pages.values() if made.bad is None)
    shown = f"{len(pages) - refused} shown with {cells} cells"
    record_property(
        "same", [f"{len(pages)} random pages: {refused} refused at the right line, {shown}"]
    )


def test_random_pages_in_a_real_build(tmp_path: Path) -> None:
    pages = [random_page(seed) for seed in SEEDS]
    pages = [made for made in pages if made.bad is None][:BUILT]
    names = [f"page-{number}" for number in range(len(pages))]
    texts = {
        f"{name}.md": made.text.replace('claim "c-', f'claim "{name}-c-').replace(
            "assert 0 + 1", "print('ran 0')\nassert 0 + 1"
        )
        for name, made in zip(names, pages, strict=True)
    }
    done = build(
        write_project(tmp_path, {"index.md": "# T\n\nWords.\n", **texts}), tmp_path / "site"
    )
    assert done.returncode == 0, done.stderr
    for name, made in zip(names, pages, strict=True):
        cells = executed_cells(read_html(tmp_path / "site" / name / "index.html"))
        assert len(cells) == len(made.codes), name
        shown = [code_of(found).replace("print('ran 0')\n", "") for found in cells]
        assert shown == [code.expandtabs(4) for code in made.codes]
        assert cells[0].select_one(".output")
