"""Run the mutants of a page's proofs, each in a process forked from the page as it stands before the proof."""

from __future__ import annotations

import ast
import os
import signal
import sys
from dataclasses import dataclass

from hooks.read.source import Cell, Source
from tests.child import in_child
from tests.mutants.offset import HELPERS
from tests.mutants.operators import Mutant, mutants

SECONDS = 60
"""A mutant that runs so long is ended, and counts as killed: a build would stop there, too."""
PASSED, RAISED = 0, 1


@dataclass(frozen=True)
class Verdict:
    """What became of one mutant; `how` is "survived", "raised", or how its process ended."""

    claim: str
    line: int
    text: str
    how: str

    @property
    def survived(self) -> bool:
        """Whether the proof passed in spite of the change."""
        return self.how == "survived"


def attack(page: Source, jobs: int, wanted: frozenset[str] = frozenset()) -> list[Verdict]:
    """A verdict for each mutant of the page's proofs (of the claims `wanted`, all when empty).

    Raises `RuntimeError` when a cell of the page fails as it is.
    """
    answer = in_child(page.path, None, _verdicts, page, jobs, wanted)
    if isinstance(answer, str):
        raise RuntimeError(answer)
    return answer


def _verdicts(page: Source, jobs: int, wanted: frozenset[str]) -> list[Verdict] | str:
    """In a process of its own: the verdicts, or what went wrong."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    names: dict[str, object] = {"__name__": "__main__"}
    verdicts: list[Verdict] = []
    for cell in page.cells:
        try:
            if cell.claim and (not wanted or cell.claim.name in wanted):
                verdicts += _cell(cell, page, names, jobs)
            code = "\n" * (cell.line - 1) + cell.code
            exec(compile(code, page.path, "exec"), names)
        except Exception as error:
            return f"{page.path}:{cell.line}: {type(error).__name__}: {error}"
    return verdicts


def _cell(cell: Cell, page: Source, names: dict[str, object], jobs: int) -> list[Verdict]:
    assert cell.claim is not None
    unchanged = Mutant(1, "as it is", (ast.parse(cell.code),))
    found = [unchanged, *mutants(cell.code)]
    running: dict[int, int] = {}
    how: dict[int, str] = {}

    def reap() -> None:
        pid, status = os.wait()
        code = os.waitstatus_to_exitcode(status)
        ended = {PASSED: "survived", RAISED: "raised", -signal.SIGALRM: "ran too long"}
        how[running.pop(pid)] = ended.get(code, f"ended the process ({code})")

    for number, mutant in enumerate(found):
        while len(running) >= jobs:
            reap()
        pid = os.fork()
        if pid == 0:
            os._exit(_run(mutant, page, names))
        running[pid] = number
    while running:
        reap()
    if how[0] != "survived":
        raise RuntimeError(
            f"{page.path}:{cell.line}: unchanged, the proof {how[0]} where mutants run"
        )
    first = cell.line - 1
    return [
        Verdict(cell.claim.name, first + mutant.line, mutant.text, how[number])
        for number, mutant in enumerate(found)
        if number
    ]


def _run(mutant: Mutant, page: Source, names: dict[str, object]) -> int:
    """Every variant but the last in a process of its own: it must not see what another one left."""
    signal.alarm(SECONDS)
    os.dup2(1, 2)
    for variant in mutant.variants[:-1]:
        pid = os.fork()
        if pid == 0:
            signal.alarm(SECONDS)
            os._exit(_raises(variant, page, names))
        if (code := os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])) != PASSED:
            return code if code > 0 else RAISED
    return _raises(mutant.variants[-1], page, names)


def _raises(variant: ast.Module, page: Source, names: dict[str, object]) -> int:
    names.update(HELPERS)  # not a copy: what earlier cells defined looks its names up in here
    try:
        exec(compile(variant, page.path, "exec"), names)
    except BaseException:
        return RAISED
    finally:
        sys.stdout.flush()
    return PASSED
