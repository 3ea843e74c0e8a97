"""Run pages: hand their cells to the warm process, and say of each page how it went."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hooks.read.source import Problem, Source
from hooks.run.failure import problem_of
from hooks.run.imports import late_imports

ROOT = Path(__file__).parents[2]
CELL_SECONDS = 30.0
"""Time limit of one cell; `MKDOCS_CELL_SECONDS` in the environment overrides it."""

FORKS = hasattr(os, "fork")
"""Without fork every page gets an ordinary Jupyter kernel instead."""


@dataclass(frozen=True)
class Result:
    """The outputs of a page's cells in nbformat, the seconds it took, and why it failed if it did."""

    cells: list[list[dict[str, Any]]]
    seconds: float
    problem: Problem | None
    cell_seconds: list[float] = field(default_factory=list)
    stopped: int | None = None
    """The number of the cell that failed, from 0; those after it did not run."""


class Runner:
    """A warm process that lives as long as the build, or as long as `mkdocs serve`."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._pages: dict[int, int] = {}  # number of a page that runs now -> its process

    def start(self) -> subprocess.Popen[str]:
        """Start the warm process unless it runs; its imports go on while MkDocs starts up."""
        if self._process is None or self._process.poll() is not None:
            environment = {
                **os.environ,
                "OMP_NUM_THREADS": "1",  # no result may depend on the number of cores
                "PYTHONHASHSEED": "0",
                "PYTHONPATH": str(ROOT),
                "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES",
            }
            self._process = subprocess.Popen(
                [sys.executable, "-m", "hooks.run.warm"],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
                start_new_session=True,  # Ctrl-C is for MkDocs; this ends when its input closes
            )
            atexit.register(self.stop)
        return self._process

    def stop(self) -> None:
        """End the warm process and the pages it runs."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            if pipe:
                with contextlib.suppress(
                    BrokenPipeError
                ):  # it is dead already, with requests unread
                    pipe.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for pid in self._pages.values():  # a warm process that was killed left them
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        self._pages.clear()

    def run(self, pages: list[Source]) -> Iterator[tuple[Source, Result]]:
        """Run each page in a fresh process, as many at once as there are cores; yield as they end.

        Raises `RuntimeError` when the warm process dies: killed, or for want of torch.
        """
        if not pages:
            return
        process = self.start()
        assert process.stdin is not None
        assert process.stdout is not None
        limit = float(os.environ.get("MKDOCS_CELL_SECONDS", CELL_SECONDS))
        try:
            preload = json.dumps({"preload": sorted(late_imports(pages, ROOT))})
            process.stdin.write(preload + "\n")
            for number, page in enumerate(pages):
                cells = [{"code": cell.code} for cell in page.cells]
                request = {"id": number, "cells": cells, "limit": limit}
                process.stdin.write(json.dumps(request) + "\n")
            process.stdin.flush()
        except BrokenPipeError:
            raise RuntimeError(self._died(pages)) from None
        waiting = len(pages)
        while waiting:
            line = process.stdout.readline()
            if not line.endswith("\n"):
                raise RuntimeError(self._died(pages))
            answer = json.loads(line)
            if "pid" in answer:
                self._pages[answer["id"]] = answer["pid"]
                continue
            del self._pages[answer["id"]]
            waiting -= 1
            page = pages[answer["id"]]
            stopped, problem = problem_of(page, answer)
            yield (
                page,
                Result(
                    answer["cells"], answer["seconds"], problem, answer["cell_seconds"], stopped
                ),
            )

    def _died(self, pages: list[Source]) -> str:
        """End what the warm process left, and say how it ended, and with which pages."""
        process, running = self._process, sorted(pages[number].path for number in self._pages)
        self.stop()
        code = process.returncode if process else None
        text = f"the process that runs the pages ended (exit code {code})"
        if running:
            return f"{text} while it ran {', '.join(running)}: build again"
        return f"{text}: is torch installed in this environment?"
