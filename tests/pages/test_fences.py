"""A fence continues the one before it once, whatever ran or failed between, and its lines are the page's."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import torch
from markdown_it import MarkdownIt
from pytest_markdown_docs.definitions import FenceTestDefinition
from pytest_markdown_docs.plugin import extract_fence_tests

from tests.build.project import cell, page
from tests.fences import Onward


def fences(name: str, *codes: str) -> list[FenceTestDefinition]:
    """The fences of a page, each a continuation of the one before it."""
    text = page(*(cell(code, first=not number) for number, code in enumerate(codes)))
    return list(extract_fence_tests(MarkdownIt(), text, 0, Path(name)))


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What cells appended to `pytest.ran`."""
    ran: list[str] = []
    monkeypatch.setattr(pytest, "ran", ran, raising=False)
    return ran


def logged(*names: str) -> list[str]:
    return [f"import pytest; pytest.ran.append({name!r})" for name in names]


def test_each_fence_runs_once_and_knows_what_the_ones_before_it_left(log: list[str]) -> None:
    runner = Onward()
    codes = ["x = 1", "x += 1", "assert x == 2"]
    for fence in fences("a.md", *map("\n".join, zip(logged(*"abc"), codes, strict=True))):
        runner.runtest(fence, {})
    assert log == ["a", "b", "c"]


def test_any_order_and_any_page_between_gives_the_same(log: list[str]) -> None:
    codes = ["torch.manual_seed(0)\nx = [torch.rand(1)]", "x.append(torch.rand(1))"]
    codes.append("torch.manual_seed(0)\nassert torch.rand(1) == x[0] and torch.rand(1) == x[1]")
    first = fences("a.md", "import torch\n" + codes[0], *codes[1:])
    other = fences("b.md", "import torch\nassert 'x' not in dir()\nx = torch.rand(7)")
    for order in itertools.permutations([*first, *other]):
        runner = Onward()
        for fence in order:
            runner.runtest(fence, {})
            torch.rand(3)  # as another test may


def test_after_a_failure_all_before_a_fence_runs_again_and_the_line_is_right(
    log: list[str],
) -> None:
    runner = Onward()
    first, second, third = fences("a.md", *logged("a"), "assert False", *logged("c"))
    runner.runtest(first, {})
    with pytest.raises(AssertionError) as raised:
        runner.runtest(second, {})
    assert raised.traceback[-1].lineno + 1 == second.start_line + 1
    assert f"line {second.start_line + 1}, in" in runner.repr_failure(second, raised)
    with pytest.raises(AssertionError):
        runner.runtest(third, {})
    assert log == ["a", "a"]


def test_a_fence_that_continues_none_starts_with_nothing(log: list[str]) -> None:
    runner = Onward()
    text = page(cell("x = 1", first=True), cell("assert 'x' not in dir()", first=True))
    for fence in extract_fence_tests(MarkdownIt(), text, 0, Path("a.md")):
        runner.runtest(fence, {})
