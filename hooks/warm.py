"""The warm process: imports torch once, then forks a fresh process for every page it is asked to run.

`python -m hooks.warm` reads one JSON request a line on its standard input and answers in JSON
lines on its standard output. It ends, and its children with it, when its input closes.
"""

from __future__ import annotations

import base64
import errno
import gc
import importlib
import json
import os
import re
import resource
import selectors
import signal
import sys
import tempfile
import time
import traceback
from dataclasses import dataclass, field
from typing import Any

OUTPUT_LIMIT = 1_000_000
"""Most characters that one cell may print."""

FILE_LIMIT = 64 * 2**20
"""Longest file, in bytes, that a page may write, so that printing without end does not fill the disk."""

MEMORY_GIB = 4.0
"""What a page may allocate beyond the warm process, in GiB; `MKDOCS_CELL_MEMORY` overrides it."""

_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")


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
            _kill(job.pid)
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
                    _finish(jobs.pop(key.fd), replies)
                else:
                    _take(jobs[key.fd], data)
            for job in jobs.values():
                if time.monotonic() > job.deadline and job.error is None:
                    limit = job.request["limit"]
                    job.error = {"kind": "TimeLimit", "text": f"ran past its limit of {limit:g} s"}
                    _kill(job.pid)
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
        _own_group(0)
        os.close(reader)
        for pipe in close:
            os.close(pipe)
        # What the page forks must not answer for it, nor hold the pipe open when it is gone.
        os.register_at_fork(after_in_child=lambda: os.close(writer))
        _bound(resource.RLIMIT_FSIZE, FILE_LIMIT)
        try:
            _run_page(shell, request, writer)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    _own_group(pid)  # here too: whichever comes first, it can be ended from now on
    os.close(writer)
    now = time.monotonic()
    return Job(request, pid, reader, now, now + request["limit"])


def _own_group(pid: int) -> None:
    """Give the page's process a group of its own, so that what it starts can be ended with it."""
    try:
        os.setpgid(pid, pid)
    except (PermissionError, ProcessLookupError):
        return  # it did so itself, or is gone already


def _memory_limit() -> int | None:
    """In the child: the bytes of address space it may have; None where only Linux would tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            used = int(statm.read().split()[0]) * resource.getpagesize()
    except FileNotFoundError:
        return None
    return used + int(_memory_gib() * 2**30)


def _memory_gib() -> float:
    return float(os.environ.get("MKDOCS_CELL_MEMORY", MEMORY_GIB))


def _bound(limit: int, value: int | None) -> None:
    """Set a soft limit of this process, as far as the hard one lets us; None lifts it."""
    hard = resource.getrlimit(limit)[1]
    if value is None or (hard != resource.RLIM_INFINITY and value > hard):
        value = hard
    resource.setrlimit(limit, (value, hard))


def _kill(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _take(job: Job, data: bytes) -> None:
    *whole, job.pending = (job.pending + data).split(b"\n")
    for line in whole:
        answer = json.loads(line)
        job.cells.append(answer["outputs"])
        job.seconds.append(answer["seconds"])
        job.error = answer["error"]
        job.deadline = time.monotonic() + job.request["limit"]
    if job.error or len(job.cells) == len(job.request["cells"]):
        _kill(job.pid)  # with it goes whatever the page has started


def _ends_by_itself(pid: int) -> bool:
    """Whether a process whose pipe is closed ends within half a second; it stays to be waited for."""
    for _ in range(50):
        if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT | os.WNOHANG):
            return True
        time.sleep(0.01)
    return False


def _finish(job: Job, replies: Any) -> None:
    unfinished = job.error is None and len(job.cells) < len(job.request["cells"])
    lives_on = unfinished and not _ends_by_itself(job.pid)
    _kill(job.pid)
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
    answer = {
        "id": job.request["id"],
        "cells": job.cells,
        "cell_seconds": job.seconds,
        "seconds": time.monotonic() - job.started,
        "error": job.error,
    }
    _reply(replies, answer)


def _reply(replies: Any, answer: dict[str, Any]) -> None:
    replies.write(json.dumps(answer) + "\n")
    replies.flush()


def _run_page(shell: Any, request: dict[str, Any], writer: int) -> None:
    """In the child: run the cells one after another until one raises; an answer a cell."""
    from IPython.core.displayhook import CapturingDisplayHook
    from IPython.core.displaypub import CapturingDisplayPublisher

    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    shell.showtraceback = lambda *args, **kwargs: None
    shell.showsyntaxerror = lambda *args, **kwargs: None
    page, memory = os.getpid(), _memory_limit()
    for cell in request["cells"]:
        start = time.monotonic()
        with tempfile.TemporaryFile() as printed:
            os.dup2(printed.fileno(), 1)
            os.dup2(printed.fileno(), 2)
            stream = sys.stdout = sys.stderr = os.fdopen(1, "w", 1, "utf-8", closefd=False)
            shell.display_pub = CapturingDisplayPublisher()
            shown = shell.display_pub.outputs
            shell.display_trap.hook = CapturingDisplayHook(shell=shell, outputs=shown)
            _bound(resource.RLIMIT_AS, memory)
            result = shell.run_cell(cell["code"])
            if os.getpid() != page:
                os._exit(0)  # a process that the cell forked: the rest is not its business
            _bound(resource.RLIMIT_AS, None)  # room to say what went wrong
            error = _describe(result.error_before_exec or result.error_in_exec)
            try:
                stream.flush()
            except (OSError, ValueError):
                error = error or {"kind": "Closed", "text": "closes its standard output"}
            printed.seek(0)
            text = printed.read(4 * OUTPUT_LIMIT + 1).decode("utf-8", "replace")
        full = isinstance(result.error_in_exec, OSError)  # at FILE_LIMIT the print itself raises
        if len(text) > OUTPUT_LIMIT and (error is None or full):
            error = {"kind": "TooMuch", "text": f"prints more than {OUTPUT_LIMIT:,} characters"}
        outputs: list[dict[str, Any]] = []
        if text and error is None:
            outputs.append({"output_type": "stream", "name": "stdout", "text": _plain(text)})
        outputs += [_display(output) for output in shown]
        answer = {"outputs": outputs, "error": error, "seconds": time.monotonic() - start}
        _write(writer, json.dumps(answer).encode() + b"\n")
        if error:
            return


def _write(writer: int, data: bytes) -> None:
    while data:
        data = data[os.write(writer, data) :]


def _plain(text: str) -> str:
    return _ANSI.sub("", text).replace("\r\n", "\n").replace("\r", "\n")


def _display(output: Any) -> dict[str, Any]:
    data = {
        kind: base64.b64encode(value).decode() if isinstance(value, bytes) else value
        for kind, value in output["data"].items()
    }
    data = {
        kind: _plain(value) if isinstance(value, str) else value for kind, value in data.items()
    }
    return {"output_type": "display_data", "data": data, "metadata": output.get("metadata") or {}}


def _describe(error: BaseException | None) -> dict[str, Any] | None:
    """The error's last lines, and the line of the cell where it came up (from 1)."""
    if error is None:
        return None
    line = error.lineno if isinstance(error, SyntaxError) else None
    frames = traceback.extract_tb(error.__traceback__)
    for frame in frames:
        if "ipykernel" in frame.filename or "<ipython-input" in frame.filename:
            line = frame.lineno
    mine = [frame for frame in frames if "IPython" not in frame.filename]
    shown = [f"  {frame.name}: {frame.line}" for frame in mine[-3:] if frame.line]
    final = traceback.format_exception_only(error)[-1].strip()
    if isinstance(error, SyntaxError) and error.filename and os.path.isfile(error.filename):
        final += f" ({os.path.relpath(error.filename)}, line {error.lineno})"
    if isinstance(error, OSError) and error.errno == errno.EFBIG:
        final += f"\nA page may write files of {FILE_LIMIT // 2**20} MiB"
    if isinstance(error, MemoryError) or "can't allocate memory" in final:
        final += (
            f"\nA page may use {_memory_gib():g} GiB more than torch itself: use less, or set "
            "MKDOCS_CELL_MEMORY to more"
        )
    return {"kind": "Raised", "text": _plain("\n".join([*shown, final])), "line": line or 1}


if __name__ == "__main__":
    main()
    os._exit(0)  # taking torch apart in good order would keep the build waiting for 0.2 s
