"""Which limit ends a process that computes, sleeps, has threads, or waits for another one."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys

import pytest

from hooks.run import limits
from tests.build.project import PATIENCE, ROOT
from tests.child import in_child

SPIN = "while True: pass"
THREADS = f"""import threading
def spin():
    {SPIN}
for _ in range(3):
    threading.Thread(target=spin).start()
threading.Event().wait()"""
CHILD = "import os, time\nif os.fork() == 0:\n    {}\nos.wait()"


def end(code: str, limit: float, clock: float) -> int:
    """How a process ends that has these limits and runs `code`."""
    before = f"from hooks.run import limits\nlimits.CLOCK = {clock}\nlimits.bound_time({limit})\n"
    command = [sys.executable, "-S", "-c", before + code]
    with subprocess.Popen(command, cwd=ROOT, start_new_session=True) as process:
        try:
            return process.wait(PATIENCE)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)  # what it forked


@pytest.mark.parametrize("code", [SPIN, THREADS], ids=["one thread", "three, and one that waits"])
def test_what_computes_ends_by_its_processor_time(code: str) -> None:
    assert end(code, limit=0.3, clock=10_000) == -signal.SIGPROF


@pytest.mark.parametrize(
    "code",
    ["import time\ntime.sleep(9999)", CHILD.format("time.sleep(9999)"), CHILD.format(SPIN)],
    ids=["sleeps", "waits for one that sleeps", "waits for one that computes"],
)
def test_what_waits_ends_by_the_clock(code: str) -> None:
    assert end(code, limit=100, clock=0.01) == -signal.SIGALRM


def test_what_ends_in_time_is_left_alone() -> None:
    assert end("limits.bound_time(0)\nraise SystemExit(3)", limit=60, clock=10) == 3
    assert limits.past(3, 30) == limits.past(-signal.SIGKILL, 30) == ""


def test_the_limit_that_ended_a_process_is_named() -> None:
    assert limits.past(-signal.SIGPROF, 0.5) == "0.5 s of processor time"
    assert limits.past(-signal.SIGALRM, 0.5) == "5 s by the clock"


def spin() -> None:
    """Compute without end."""
    while True:
        pass


def test_a_process_that_a_test_forks_has_the_same_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    for clock, work, how in (
        (10_000, spin, "ran past 0.3 s of processor time"),
        (1, signal.pause, "ran past 0.3 s by the clock"),
        (10_000, lambda: os._exit(4), "died"),
    ):
        monkeypatch.setattr(limits, "CLOCK", clock)
        with pytest.raises(RuntimeError, match=f"^it {how}$"):
            in_child("it", 0.3, work)
    assert in_child("it", 60, len, "four") == 4
