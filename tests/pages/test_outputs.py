"""Outputs under lock: the pages print what the repository keeps, within other platforms' last digits."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest

from hooks.read.source import Cell, Source
from hooks.run.execution import Runner
from tests.pages.outputs import FOLDER, VOLATILE, agree, as_text, built, file_of, kept, shape
from tests.sources import EXECUTED


def test_what_the_pages_print_is_what_is_kept(site: Path) -> None:
    names, changed = set(), []
    for page in EXECUTED:
        path = file_of(page)
        names.add(path.name)
        before, fresh = path.read_text(encoding="utf-8"), as_text(page, built(page))
        if not agree(before, fresh):
            changed += difflib.unified_diff(
                before.splitlines(),
                fresh.splitlines(),
                f"kept/{path.name}",
                f"now/{path.name}",
                lineterm="",
            )
    assert not changed, "run `make outputs` and read the difference:\n" + "\n".join(changed)
    assert {path.name for path in FOLDER.glob("*.txt")} == names


def test_every_volatile_cell_is_marked_and_counted() -> None:
    for page in EXECUTED:
        assert kept(page).count(VOLATILE) == sum("volatile" in cell.flags for cell in page.cells)
        assert len(kept(page)) == len(page.cells)


@pytest.mark.parametrize(
    ("before", "fresh", "same"),
    [
        ("std 0.5774", "std 0.5774", True),
        ("std 0.5774", "std 0.5775", True),
        ("std 0.5774", "std 0.5794", False),
        ("p = 1e-40", "p = 1e-30", True),  # both mean: refused
        ("n = 1,000", "n = 1,100", False),
        ("shape (2, 3)", "shape (3, 2)", False),
        ("TypeError: a", "TypeError: b", False),
        ("-1.5", "1.5", False),
        ("nan inf", "nan inf", True),
    ],
)
def test_numbers_compare_within_a_tolerance_and_words_exactly(
    before: str, fresh: str, same: bool
) -> None:
    assert agree(before, fresh) is same


@pytest.mark.parametrize(
    ("one", "another", "same"),
    [
        ("20 of 24 bits equal", " 6 of 24 bits equal", True),
        ("apart by 3e-08", "apart by 0", True),
        ("apart by 3e-08", "apart by nan", True),
        ("all equal: True", "all equal: False", True),
        ("tensor([1.5, -2.0])", "tensor([1.5,  2.1])", True),
        ("float32 agrees", "float64 agrees", False),
        ("one row differs", "no row differs", False),
        ("[1, 2]", "[1, 2, 3]", False),
    ],
)
def test_between_processors_only_the_shape_is_compared(one: str, another: str, same: bool) -> None:
    assert (shape(one) == shape(another)) is same


def test_text_and_figures_are_kept_as_text() -> None:
    flags = (frozenset({"volatile"}), frozenset({"processor"}))
    code = "print('x')\nfrom IPython.display import HTML\nHTML('<svg aria-label=\"a line\"/>')"
    page = Source("p.md", cells=[Cell(code, 1), *(Cell("print(1)", 5, flag) for flag in flags)])
    runner = Runner()
    ((_, result),) = runner.run([page])
    runner.stop()
    assert as_text(page, result.cells) == (
        f"--- cell 1\nx\n[figure] a line\n--- cell 2\n{VOLATILE}\n--- cell 3\n#\n"
    )
