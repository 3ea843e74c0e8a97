"""How the warm process hears a page's process out, and sees it end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from multiprocessing.connection import Pipe

import pytest

from hooks.run import warm


def job(pid: int) -> warm.Job:
    return warm.Job(7, ["", ""], 30.0, pid)


def child(code: str) -> int:
    """A process in a group of its own, as a page's is."""
    process = subprocess.Popen([sys.executable, "-S", "-c", code], start_new_session=True)
    process.returncode = 0  # the job waits for it, and Popen must not
    return process.pid


def test_a_page_has_ended_with_its_last_answer_or_its_first_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(warm, "kernels", lambda: "BLAS")
    reader, writer = Pipe(duplex=False)
    page = job(child("input()"))
    for outputs, ended in (([{"a": 1}], False), ([], True)):
        writer.send_bytes(json.dumps({"outputs": outputs, "error": None}).encode())
        assert warm._ended(reader, page) == ended
    assert (page.cells, page.error) == ([[{"a": 1}], []], None)
    page = job(child("input()"))
    writer.send_bytes(json.dumps({"outputs": [], "error": {"kind": "Raised"}}).encode())
    assert warm._ended(reader, page)
    assert (page.cells, page.error) == ([[]], {"kind": "Raised", "kernels": "BLAS"})


@pytest.mark.parametrize(
    ("code", "kind", "text"),
    [
        ("raise SystemExit(3)", "Died", "ended the process (exit code 3)"),
        ("import os; os.kill(os.getpid(), 15)", "Died", "ended the process (signal 15)"),
        ("import os; os.kill(os.getpid(), 9)", "Died", "ended the process (signal 9): somebody"),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGALRM)",
            "TimeLimit",
            "ran past its limit of 300 s by the clock",
        ),
        (
            "import os, signal; os.kill(os.getpid(), signal.SIGPROF)",
            "TimeLimit",
            "ran past its limit of 30 s of processor time",
        ),
    ],
)
def test_a_process_that_has_not_answered_says_how_it_ended(code: str, kind: str, text: str) -> None:
    reader, writer = Pipe(duplex=False)
    writer.close()
    page = job(child(code))
    assert warm._ended(reader, page)
    assert page.error is not None
    assert page.error["kind"] == kind
    assert page.error["text"].startswith(text)


def test_nobody_is_killed_twice() -> None:
    pid = child("")
    os.waitpid(pid, 0)
    warm._kill(pid)
