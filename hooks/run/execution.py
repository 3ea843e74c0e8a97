"""Run pages: hand their cells to the warm process, and say of each page how it went."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

from mkdocs.plugins import get_plugin_logger

from hooks.read.source import Problem, Source
from hooks.run.cache import Cache, key_of
from hooks.run.failure import problem_of
from hooks.run.imports import late_imports

log = get_plugin_logger("pages")

ROOT = Path(__file__).parents[2]
CELL_SECONDS = 30.0
"""Processor time that one cell may use; `MKDOCS_CELL_SECONDS` in the environment overrides it."""

SETTINGS = {
    "OMP_NUM_THREADS": "1",  # no result may depend on the number of cores
    "PYTHONDEVMODE": "",  # a page would print warnings that are not its own
    "PYTHONHASHSEED": "0",
    "PYTHONOPTIMIZE": "",  # with it no assert runs, and no proof proves
    "PYTHONPATH": str(ROOT),
    "PYTHONWARNINGS": "",
    "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",
}
"""The environment of the warm process, and so of every page."""


@dataclass(frozen=True)
class Result:
    """The outputs of a page's cells in nbformat, the seconds it took, and why it failed if it did."""

    cells: list[list[dict[str, Any]]]
    seconds: float = 0.0
    problem: Problem | None = None
    stopped: int | None = None
    """The number of the cell that failed, from 0; those after it did not run."""


class Runner:
    """A warm process that lives as long as the build, or as long as `mkdocs serve`."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None

    def start(self) -> Connection:
        """Start the warm process unless it runs; its imports go on while MkDocs starts up."""
        if self._pipe is None or self._process is None or self._process.poll() is not None:
            self.stop()
            self._pipe, theirs = Pipe()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hooks.run.warm", str(theirs.fileno())],
                cwd=ROOT,
                env=os.environ | SETTINGS,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C is for MkDocs; this ends when its connection closes
            )
            theirs.close()
            atexit.register(self.stop)
        return self._pipe

    def stop(self) -> int | None:
        """End the warm process and the pages it runs; its exit code, or None when there is none."""
        process, pipe, self._process, self._pipe = self._process, self._pipe, None, None
        if process is None or pipe is None:
            return None
        pipe.close()
        try:
            return process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def run(self, pages: list[Source]) -> Iterator[tuple[Source, Result]]:
        """Run each page in a fresh process, as many at once as there are cores; yield as they end.

        Raises `RuntimeError` when the warm process dies: killed, or for want of torch.
        """
        if not pages:
            return
        request = {
            "preload": sorted(late_imports(pages, ROOT)),
            "limit": float(os.environ.get("MKDOCS_CELL_SECONDS", CELL_SECONDS)),
            "pages": [[cell.code for cell in page.cells] for page in pages],
        }
        try:
            pipe = self.start()
            pipe.send(request)
            for _ in pages:
                number, cells, seconds, error = pipe.recv()
                stopped, problem = problem_of(pages[number], len(cells), error)
                yield pages[number], Result(cells, seconds, problem, stopped)
        except (EOFError, OSError):
            code = self.stop()
            text = f"the process that runs the pages ended (exit code {code}): build again"
            if code == 1:
                text += "; is torch installed in this environment?"
            raise RuntimeError(text) from None


def results(pages: list[Source], runner: Runner, cache: Cache, cold: bool) -> dict[str, Result]:
    """Page -> its result: what an earlier build kept, unless `cold`; else of a run, which is kept."""
    keys = {page.path: key_of(page, ROOT) for page in pages}
    found: dict[str, Result] = {}
    for page in pages:
        if not cold and (cells := cache.get(page, keys[page.path])) is not None:
            found[page.path] = Result(cells)
    stale = [page for page in pages if page.path not in found]
    for done, (page, result) in enumerate(runner.run(stale), start=1):
        count = f"{len(page.cells)} cells, {result.seconds:.1f} s"
        log.info(f"{done}/{len(stale)} {page.path}: {count}")
        if not result.problem and not any(result.cells):
            text = "no cell of this page has an output: print what the cells show"
            result = replace(result, problem=Problem(page.path, page.cells[0].line, text))
        if not result.problem:
            cache.put(page, keys[page.path], result.cells)
        found[page.path] = result
    return found
