"""Run a page's cells in a process of its own with torch broken, and tell which cells noticed."""

from __future__ import annotations

import contextlib
import functools
import importlib
import io
import multiprocessing
import pkgutil
import sys
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from multiprocessing.connection import Connection
from pathlib import Path

from hooks.pages import Source, read_page
from hooks.warm import preload
from tests import sabotage as package
from tests.sabotage.registry import ATTACKS, Attack

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
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


def all_pages() -> list[Source]:
    """Every page that runs code."""
    pages = [read_page(path, DOCS) for path in sorted(DOCS.rglob("*.md"))]
    return [page for page in pages if page.cells]


def run_page(
    page: Source,
    sabotage: Callable[[], AbstractContextManager[None]],
    wanted: Collection[int] | None = None,
) -> Outcome:
    """Run the cells with the numbers `wanted`, or all, in a forked process under `sabotage`.

    A cell that raises does not stop the ones after it. Raises `RuntimeError` when the process dies
    or runs past `TIME_LIMIT` seconds.
    """
    warm_up()
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(page, sabotage, wanted, sender))
    child.start()
    sender.close()
    try:
        if not receiver.poll(TIME_LIMIT):
            raise RuntimeError(f"{page.path} under sabotage ran past {TIME_LIMIT:.0f} s")
        return receiver.recv()
    except EOFError:
        raise RuntimeError(f"{page.path} under sabotage died") from None
    finally:
        child.kill()
        child.join()


@functools.cache
def warm_up() -> None:
    """Import once, before the forks, what torch imports late: it would cost each run seconds."""
    import torch

    preload(["scipy.stats", "torch.optim", "torch.testing", "torch.use_deterministic_algorithms"])
    torch.nn.Linear(1, 1, device="meta").to_empty(device="cpu")
    assert not torch.are_deterministic_algorithms_enabled()


def _child(
    page: Source,
    sabotage: Callable[[], AbstractContextManager[None]],
    wanted: Collection[int] | None,
    sender: Connection,
) -> None:
    import torch  # in the child: its threads must not exist before the fork

    torch.set_num_threads(1)
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
    sender.send(outcome)
