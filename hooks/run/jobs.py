"""One page in a process of its own: its limits of time, what it has answered, and how it ended."""

from __future__ import annotations

import json
import os
import signal
import time
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Job:
    """One page in a process of its own: what was asked, what it has answered so far."""

    request: dict[str, Any]
    pid: int
    pipe: int
    started: float
    deadline: float
    pending: bytes = b""
    cells: list[list[dict[str, Any]]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    error: dict[str, Any] | None = None


def own_group(pid: int) -> None:
    """Give the page's process a group of its own, so that what it starts can be ended with it."""
    try:
        os.setpgid(pid, pid)
    except (PermissionError, ProcessLookupError):
        return  # it did so itself, or is gone already


def kill(pid: int) -> None:
    """End a page's process and whatever that has started."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def take(job: Job, data: bytes) -> None:
    """Note the answers in `data`, of which a line is one; what follows the last line waits."""
    *whole, job.pending = (job.pending + data).split(b"\n")
    for line in whole:
        answer = json.loads(line)
        job.cells.append(answer["outputs"])
        job.seconds.append(answer["seconds"])
        job.error = answer["error"]
        job.deadline = time.monotonic() + job.request["limit"]
    if job.error or len(job.cells) == len(job.request["cells"]):
        kill(job.pid)  # with it goes whatever the page has started


def _ends_by_itself(pid: int) -> bool:
    """Whether a process whose pipe is closed ends within half a second; it stays to be waited for."""
    for _ in range(50):
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG):
            return True
        time.sleep(0.01)
    return False


def finish(job: Job) -> dict[str, Any]:
    """The answer about a page whose pipe is closed: its cells, its time, and why it failed if it did."""
    unfinished = job.error is None and len(job.cells) < len(job.request["cells"])
    lives_on = unfinished and not _ends_by_itself(job.pid)
    kill(job.pid)
    _, status = os.waitpid(job.pid, 0)
    if lives_on:
        job.error = {"kind": "Died", "text": "closes files that it did not open"}
    elif unfinished:
        code = os.waitstatus_to_exitcode(status)
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        text = f"ended the process ({how})"
        if code == -signal.SIGKILL:
            text += ": somebody killed it, or the machine ran out of memory"
        job.error = {"kind": "Died", "text": text}
    return {
        "id": job.request["id"],
        "cells": job.cells,
        "cell_seconds": job.seconds,
        "seconds": time.monotonic() - job.started,
        "error": job.error,
    }
