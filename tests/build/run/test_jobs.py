"""A page's process as the warm one sees it: what it answers, how it ends."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from hooks.run import jobs
from hooks.run.jobs import Job, _ends_by_itself, finish, take


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The processes that were told to end; none is."""
    pids: list[int] = []
    monkeypatch.setattr(jobs, "kill", pids.append)
    return pids


def job(cells: int = 2, pid: int = 5) -> Job:
    return Job({"id": 7, "cells": [{"code": ""}] * cells, "limit": 30.0}, pid, 0, 100.0, 130.0)


def line(**more: Any) -> bytes:
    return json.dumps({"outputs": [], "seconds": 0.5, "error": None, **more}).encode() + b"\n"


def test_answers_are_taken_as_their_lines_end(
    ended: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs.time, "monotonic", lambda: 110.0)
    running = job()
    whole = line(outputs=[{"a": 1}])
    take(running, whole[:10])
    assert (running.pending, running.cells, running.deadline) == (whole[:10], [], 130.0)
    take(running, whole[10:] + b"{")
    assert (running.pending, running.cells, running.seconds) == (b"{", [[{"a": 1}]], [0.5])
    assert (running.deadline, running.error, ended) == (140.0, None, [])
    take(running, line()[1:])
    assert (len(running.cells), ended) == (2, [5])
    failed = job()
    take(failed, line(error={"kind": "Raised"}))
    assert (failed.error, ended) == ({"kind": "Raised"}, [5, 5])


@pytest.mark.parametrize(
    ("code", "cells", "how"),
    [
        ("raise SystemExit(3)", 1, "exit code 3"),
        ("import os; os.kill(os.getpid(), 15)", 1, "signal 15"),
        ("pass", 1, "exit code 0"),
        ("pass", 2, None),
    ],
)
def test_an_ended_process_is_reported_unless_it_has_answered(
    ended: list[int], monkeypatch: pytest.MonkeyPatch, code: str, cells: int, how: str | None
) -> None:
    process = subprocess.Popen([sys.executable, "-S", "-c", code])
    monkeypatch.setattr(jobs.time, "monotonic", lambda: 101.5)
    running = job(pid=process.pid)
    running.cells, running.seconds = [[]] * cells, [0.25] * cells
    answer = finish(running)
    process.returncode = 0  # it is gone, and Popen cannot know
    assert ended == [process.pid]
    error = answer.pop("error")
    assert answer == {
        "id": 7,
        "cells": [[]] * cells,
        "cell_seconds": [0.25] * cells,
        "seconds": 1.5,
    }
    if how is None:
        assert error is None
    else:
        assert error == {"kind": "Died", "text": f"ended the process ({how})"}


def test_a_process_that_was_killed_or_lives_on_says_so(
    ended: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = []
    for ends in (True, False):
        code = "import os; os.kill(os.getpid(), 9)"
        process = subprocess.Popen([sys.executable, "-S", "-c", code])
        if not ends:
            monkeypatch.setattr(jobs, "_ends_by_itself", lambda pid: False)
        error = finish(job(pid=process.pid))["error"]
        process.returncode = 0
        assert error.keys() == {"kind", "text"}
        assert error["kind"] == "Died"
        texts.append(error["text"])
    assert texts == [
        "ended the process (signal 9): somebody killed it, or the machine ran out of memory",
        "closes files that it did not open",
    ]


def test_a_process_ends_by_itself_or_does_not() -> None:
    with subprocess.Popen(
        [sys.executable, "-S", "-c", "input()"], stdin=subprocess.PIPE
    ) as process:
        assert not _ends_by_itself(process.pid)
        process.communicate(b"\n")
    gone = subprocess.Popen([sys.executable, "-S", "-c", ""])
    assert _ends_by_itself(gone.pid)
    assert gone.wait() == 0  # it was left to be waited for


def test_nobody_is_killed_twice() -> None:
    process = subprocess.Popen([sys.executable, "-S", "-c", ""], start_new_session=True)
    process.wait()
    jobs.kill(process.pid)
