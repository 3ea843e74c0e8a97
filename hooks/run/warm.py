"""The warm process: imports torch once, then forks a fresh process for every page it is asked to run.

`python -m hooks.run.warm` reads one JSON request a line on its standard input and answers in JSON
lines on its standard output. It ends, and its children with it, when its input closes.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import selectors
import time
import traceback
from typing import Any

from hooks.run.cells import run_page
from hooks.run.jobs import Job, finish, kill, own_group, take
from hooks.run.machine import kernels


def main() -> None:
    """Serve requests until the input closes: {"preload"} or {"id", "cells": [{"code"}], "limit"}."""
    gc.disable()  # importing makes nothing to collect: a tenth faster without looking
    import torch  # here: every page needs it, and its import is what makes a fresh process slow
    from IPython.core.history import HistoryManager
    from IPython.core.interactiveshell import InteractiveShell

    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    HistoryManager.enabled = False  # it would start a thread, which no fork survives
    shell = InteractiveShell.instance()
    shell.config.InlineBackend.figure_formats = {"svg"}
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # nothing but replies may reach the pipe
    jobs: dict[int, Job] = {}
    try:
        _serve(shell, replies, jobs)
    except BrokenPipeError:
        return  # nobody wants the answers any more
    finally:
        for job in jobs.values():
            kill(job.pid)
    del torch


def _serve(shell: Any, replies: Any, jobs: dict[int, Job]) -> None:
    """Run what is asked for, as many pages at once as there are cores, until the input closes."""
    waiting: list[dict[str, Any]] = []
    unread = b""
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    with selectors.DefaultSelector() as selector:
        selector.register(0, selectors.EVENT_READ)
        while True:
            while waiting and len(jobs) < (workers or 1):
                job = _start(shell, waiting.pop(0), [0, replies.fileno(), *jobs])
                jobs[job.pipe] = job
                _reply(replies, {"id": job.request["id"], "pid": job.pid})
                selector.register(job.pipe, selectors.EVENT_READ)
            soonest = min((job.deadline for job in jobs.values()), default=None)
            timeout = None if soonest is None else max(0.0, soonest - time.monotonic())
            for key, _ in selector.select(timeout):
                data = os.read(key.fd, 1 << 16)
                if key.fd == 0:
                    if not data:
                        return
                    *whole, unread = (unread + data).split(b"\n")
                    for request in map(json.loads, whole):
                        if "preload" in request:
                            preload(request["preload"])
                            gc.freeze()  # what is shared with the pages' processes stays shared
                        else:
                            waiting.append(request)
                elif not data:
                    selector.unregister(key.fd)
                    answer = finish(jobs.pop(key.fd))
                    if answer["error"]:
                        answer["error"]["kernels"] = kernels()
                    _reply(replies, answer)
                else:
                    take(jobs[key.fd], data)
            for job in jobs.values():
                if time.monotonic() > job.deadline and job.error is None:
                    limit = job.request["limit"]
                    job.error = {"kind": "TimeLimit", "text": f"ran past its limit of {limit:g} s"}
                    kill(job.pid)
                    job.deadline = time.monotonic() + 60


def preload(names: list[str]) -> None:
    """Import what the pages will import, and what torch imports when it is first needed."""
    import torch

    for name in names:
        try:
            importlib.import_module(name)
        except Exception:
            continue  # no module, not installed or broken: then the page that needs it says so
    if "torch.testing" in names:
        torch.testing.assert_close(torch.ones(1), torch.ones(1))
    if "torch.optim" in names:
        torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0)
    if "torch.use_deterministic_algorithms" in names:
        torch.use_deterministic_algorithms(True)
        torch.use_deterministic_algorithms(False)


def _start(shell: Any, request: dict[str, Any], close: list[int]) -> Job:
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        gc.enable()
        own_group(0)
        os.close(reader)
        for pipe in close:
            os.close(pipe)
        # What the page forks must not answer for it, nor hold the pipe open when it is gone.
        os.register_at_fork(after_in_child=lambda: os.close(writer))
        try:
            run_page(shell, request, writer)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    own_group(pid)  # here too: whichever comes first, it can be ended from now on
    os.close(writer)
    now = time.monotonic()
    return Job(request, pid, reader, now, now + request["limit"])


def _reply(replies: Any, answer: dict[str, Any]) -> None:
    replies.write(json.dumps(answer) + "\n")
    replies.flush()


if __name__ == "__main__":
    main()
    os._exit(0)  # taking torch apart in good order would keep the build waiting for 0.2 s
