"""Run the mutants of a page's proofs, each in a process forked from the page as it stands before the proof."""

from __future__ import annotations

import ast
import os
import sys

from hooks.read.source import Cell, Source
from hooks.run import limits
from tests.child import in_child
from tests.mutants.mutant import Mutant
from tests.mutants.proofs.offset import HELPERS
from tests.mutants.proofs.operators import Change, changes

SECONDS = 60
"""A mutant that computes so long is ended, and counts as killed: a build would stop there, too."""
PASSED, RAISED = 0, 1


def attack(page: Source, jobs: int) -> list[Mutant]:
    """Each mutant of the page's proofs, `jobs` of them at a time.

    Raises `RuntimeError` when a cell of the page fails as it is.
    """
    answer = in_child(page.path, None, _mutants, page, jobs)
    if isinstance(answer, str):
        raise RuntimeError(answer)
    return answer


def _mutants(page: Source, jobs: int) -> list[Mutant] | str:
    """In a process of its own: the mutants, or what went wrong."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    names: dict[str, object] = {"__name__": "__main__"}
    found: list[Mutant] = []
    for cell in page.cells:
        try:
            if cell.claim:
                found += _cell(cell, page, names, jobs)
            code = "\n" * (cell.line - 1) + cell.code
            exec(compile(code, page.path, "exec"), names)
        except Exception as error:
            return f"{page.path}:{cell.line}: {type(error).__name__}: {error}"
    return found


def _cell(cell: Cell, page: Source, names: dict[str, object], jobs: int) -> list[Mutant]:
    assert cell.claim is not None
    unchanged = Change(1, "as it is", (ast.parse(cell.code),))
    tried = [unchanged, *changes(cell.code)]
    running: dict[int, int] = {}
    how: dict[int, str] = {}

    def reap() -> None:
        pid, status = os.wait()
        code = os.waitstatus_to_exitcode(status)
        ended = "timeout" if limits.past(code, SECONDS) else "killed"
        how[running.pop(pid)] = "survived" if code == PASSED else ended

    for number, change in enumerate(tried):
        while len(running) >= jobs:
            reap()
        pid = os.fork()
        if pid == 0:
            os._exit(_run(change, page, names))
        running[pid] = number
    while running:
        reap()
    if how[0] != "survived":
        raise RuntimeError(
            f"{page.path}:{cell.line}: unchanged, the proof does not pass where mutants run"
        )
    return [
        Mutant(cell.claim.name, change.text, how[number])
        for number, change in enumerate(tried)
        if number
    ]


def _run(change: Change, page: Source, names: dict[str, object]) -> int:
    """Every variant but the last in a process of its own: it must not see what another one left."""
    limits.bound_time(SECONDS)
    os.dup2(1, 2)
    for variant in change.variants[:-1]:
        pid = os.fork()
        if pid == 0:
            limits.bound_time(SECONDS)
            os._exit(_raises(variant, page, names))
        if (code := os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])) != PASSED:
            return code if code > 0 else RAISED
    return _raises(change.variants[-1], page, names)


def _raises(variant: ast.Module, page: Source, names: dict[str, object]) -> int:
    names.update(HELPERS)  # not a copy: what earlier cells defined looks its names up in here
    try:
        exec(compile(variant, page.path, "exec"), names)
    except BaseException:
        return RAISED
    finally:
        sys.stdout.flush()
    return PASSED
