"""Run a page's cells in a process of its own with torch broken, and tell which cells noticed."""

from __future__ import annotations

import contextlib
import importlib
import io
import pkgutil
import sys
from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager

from hooks.read.source import Source
from tests import sabotage as package
from tests.child import in_child
from tests.sabotage.registry import ATTACKS, Attack

TIME_LIMIT = 120.0
Outcome = dict[int, str]
"""Cell number -> the error it raised, as `AssertionError: …`; cells that passed are not in it."""


def all_attacks() -> list[Attack]:
    """Every attack of every module in this folder whose name does not belong to the machinery."""
    for module in pkgutil.iter_modules(package.__path__):
        if module.name not in (
            "__main__",
            "needs",
            "registry",
            "runner",
        ) and not module.name.startswith("test_"):
            importlib.import_module(f"{package.__name__}.{module.name}")
    return ATTACKS


def run_page(
    page: Source,
    sabotage: Callable[[], AbstractContextManager[None]],
    wanted: Collection[int] | None = None,
) -> Outcome:
    """Run the cells with the numbers `wanted`, or all, in a forked process under `sabotage`.

    A cell that raises does not stop the ones after it. Raises `RuntimeError` when the process dies
    or computes for more than `TIME_LIMIT` seconds.
    """
    return in_child(f"{page.path} under sabotage", TIME_LIMIT, _outcome, page, sabotage, wanted)


def run_selections(page: Source, selections: Iterable[Collection[int]]) -> Outcome:
    """Run each selection of the page's cells as it is, alone; cells that selections begin with run once.

    Where they part, each goes on in a fork of its own, so that none sees what another one did.
    """
    names: dict[str, object] = {"__name__": "__main__"}
    return in_child(page.path, TIME_LIMIT, _part, page, names, list(map(sorted, selections)))


def _part(page: Source, names: dict[str, object], selections: list[list[int]]) -> Outcome:
    """In a process that is ours alone: what follows, here if it is one thing, else each in a fork."""
    after: dict[int, list[list[int]]] = {}
    for cells in filter(None, selections):
        after.setdefault(cells[0], []).append(cells[1:])
    if len(after) == 1:
        return _step(page, names, *after.popitem())
    outcome: Outcome = {}
    for number, rest in after.items():
        outcome |= in_child(page.path, TIME_LIMIT, _step, page, names, number, rest)
    return outcome


def _step(page: Source, names: dict[str, object], number: int, rest: list[list[int]]) -> Outcome:
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(sys.stdout):
        error = _error_of(page, number, names)
    return {number: error} if error else _part(page, names, rest)


def _error_of(page: Source, number: int, names: dict[str, object]) -> str:
    """What running the cell raises, as `AssertionError: …`; "" when it passes."""
    cell = page.cells[number]
    try:
        exec(compile("\n" * (cell.line - 1) + cell.code, page.path, "exec"), names)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return ""


def _outcome(
    page: Source,
    sabotage: Callable[[], AbstractContextManager[None]],
    wanted: Collection[int] | None,
) -> Outcome:
    outcome: Outcome = {}
    names: dict[str, object] = {"__name__": "__main__"}
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(sys.stdout),
        sabotage(),
    ):
        for number in range(len(page.cells)):
            if wanted is not None and number not in wanted:
                continue
            if error := _error_of(page, number, names):
                outcome[number] = error
    return outcome
