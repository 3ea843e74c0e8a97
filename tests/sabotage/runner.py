"""Run a page's cells in a process of its own with torch broken, and tell which cells noticed."""

from __future__ import annotations

import contextlib
import importlib
import io
import pkgutil
import sys
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager

from hooks.pages import Source
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
    or runs past `TIME_LIMIT` seconds.
    """
    return in_child(f"{page.path} under sabotage", TIME_LIMIT, _outcome, page, sabotage, wanted)


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
        for number, cell in enumerate(page.cells):
            if wanted is not None and number not in wanted:
                continue
            try:
                code = "\n" * (cell.line - 1) + cell.code
                exec(compile(code, page.path, "exec"), names)
            except Exception as error:
                outcome[number] = f"{type(error).__name__}: {error}"
    return outcome
