"""The warm process: imports torch once, then forks a fresh process for every page it is asked to run.

`python -m hooks.run.warm FILE` serves the build at the other end of the connection FILE, a file descriptor.
It ends, and its pages with it, when that end closes.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import sys
import time
import traceback
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any

from hooks.run import limits
from hooks.run.cells import run_page
from hooks.run.imports import preload
from hooks.run.machine import kernels


@dataclass
class Job:
    """One page in a process of its own, and what its cells have answered so far."""

    number: int
    codes: list[str]
    limit: float
    pid: int = 0
    started: float = 0.0
    cells: list[list[dict[str, Any]]] = field(default_factory=list)
    error: dict[str, Any] | None = None


def main() -> None:
    """Serve the build until it closes its end."""
    gc.disable()  # importing makes nothing to collect: a tenth faster without looking
    import torch  # noqa: F401  every page needs it, and its import is what makes a fresh process slow
    from IPython.core.history import HistoryManager
    from IPython.core.interactiveshell import InteractiveShell

    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    HistoryManager.enabled = False  # it would start a thread, which no fork survives
    shell = InteractiveShell.instance()
    shell.config.InlineBackend.figure_formats = {"svg"}
    jobs: dict[Any, Job] = {}
    try:
        _serve(shell, Connection(int(sys.argv[1])), jobs)
    except (EOFError, OSError):
        return  # nobody wants the answers any more
    finally:
        for job in jobs.values():
            _kill(job.pid)


def _serve(shell: Any, build: Connection, jobs: dict[Any, Job]) -> None:
    """Run the pages of each request, as many at once as there are cores.

    A request is {"preload": names, "limit": seconds a cell, "pages": a list of codes for each page}.
    """
    waiting: list[Job] = []
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    while True:
        while waiting and len(jobs) < (cores or 1):
            job = waiting.pop(0)
            jobs[_start(shell, job, [build, *jobs])] = job
        for pipe in wait([build, *jobs]):
            if pipe is build:
                request = build.recv()
                preload(request["preload"])
                gc.freeze()  # what is shared with the pages' processes stays shared
                pages = enumerate(request["pages"])
                waiting += [Job(number, codes, request["limit"]) for number, codes in pages]
            elif _ended(pipe, job := jobs[pipe]):
                del jobs[pipe]
                pipe.close()
                build.send((job.number, job.cells, time.monotonic() - job.started, job.error))


def _start(shell: Any, job: Job, others: list[Connection]) -> Connection:
    """Fork the page's process, which has no part in `others`; where it answers."""
    reader, writer = Pipe(duplex=False)
    job.started = time.monotonic()
    job.pid = os.fork()
    with contextlib.suppress(PermissionError, ProcessLookupError):  # the other was quicker
        os.setpgid(job.pid, job.pid)  # a group of its own: what the page starts ends with it
    if job.pid:
        writer.close()
        return reader
    gc.enable()
    for pipe in (reader, *others):
        pipe.close()
    # What the page forks must not answer for it, nor hold the pipe open when it is gone.
    os.register_at_fork(after_in_child=writer.close)
    try:
        run_page(shell, job.codes, job.limit, writer)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _ended(pipe: Connection, job: Job) -> bool:
    """Take an answer of a page; after its last one, end its process and whatever that has started."""
    try:
        answer = json.loads(pipe.recv_bytes())
    except (EOFError, OSError):
        job.error = _end(os.waitstatus_to_exitcode(os.waitpid(job.pid, 0)[1]), job.limit)
        _kill(job.pid)
    else:
        job.cells.append(answer["outputs"])
        job.error = answer["error"]
        if not job.error and len(job.cells) < len(job.codes):
            return False
        _kill(job.pid)
        os.waitpid(job.pid, 0)
    if job.error:
        job.error["kernels"] = kernels()
    return True


def _end(code: int, limit: float) -> dict[str, Any]:
    """Why a process that has not answered for all its cells has ended, with this exit code."""
    if which := limits.past(code, limit):
        return {"kind": "TimeLimit", "text": f"ran past its limit of {which}"}
    text = f"ended the process ({f'signal {-code}' if code < 0 else f'exit code {code}'})"
    if code == -signal.SIGKILL:
        text += ": somebody killed it, or the machine ran out of memory"
    return {"kind": "Died", "text": text}


def _kill(pid: int) -> None:
    """End a page's process and whatever that has started."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
    os._exit(0)  # taking torch apart in good order would keep the build waiting for 0.2 s
