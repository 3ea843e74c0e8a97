"""Run a page's cells in the process that was forked for it, within limits, and tell what they show."""

from __future__ import annotations

import base64
import errno
import json
import os
import re
import resource
import signal
import sys
import tempfile
import traceback
import warnings
from multiprocessing.connection import Connection
from typing import Any

OUTPUT_LIMIT = 1_000_000
"""Most characters that one cell may print."""

FILE_LIMIT = 64 * 2**20
"""Longest file, in bytes, that a page may write, so that printing without end does not fill the disk."""

MEMORY_GIB = 4.0
"""What a page may allocate beyond the warm process, in GiB; `MKDOCS_CELL_MEMORY` overrides it."""

_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")


def run_page(
    shell: Any, codes: list[str], limit: float, writer: Connection, onward: bool = False
) -> None:
    """In the child: run the cells one after another until one raises; an answer a cell, as JSON.

    A cell that runs longer than `limit` seconds ends the process. With `onward` a cell that raises does
    not stop those after it.
    """
    from IPython.core.displayhook import CapturingDisplayHook
    from IPython.core.displaypub import CapturingDisplayPublisher

    # With a C++ stack trace torch warns that a processor without bfloat16 takes another library
    warnings.filterwarnings("ignore", message="mkldnn_matmul failed")
    _bound(resource.RLIMIT_FSIZE, FILE_LIMIT)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    shell.showtraceback = lambda *args, **kwargs: None
    shell.showsyntaxerror = lambda *args, **kwargs: None
    page, memory = os.getpid(), _memory_limit()
    # Named here: tempfile looks for a folder by writing a file, and a kill at that moment leaves it
    folder = os.environ.get("TMPDIR", "")
    folder = folder if os.access(folder, os.W_OK) else "/tmp"
    for code in codes:
        with tempfile.TemporaryFile(dir=folder) as printed:
            os.dup2(printed.fileno(), 1)
            os.dup2(printed.fileno(), 2)
            stream = sys.stdout = sys.stderr = os.fdopen(1, "w", 1, "utf-8", closefd=False)
            shell.display_pub = CapturingDisplayPublisher()
            shown = shell.display_pub.outputs
            shell.display_trap.hook = CapturingDisplayHook(shell=shell, outputs=shown)
            _bound(resource.RLIMIT_AS, memory)
            signal.setitimer(signal.ITIMER_REAL, limit)
            result = shell.run_cell(code)
            if os.getpid() != page:
                os._exit(0)  # a process that the cell forked: the rest is not its business
            signal.setitimer(signal.ITIMER_REAL, 0)
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
        writer.send_bytes(json.dumps({"outputs": outputs, "error": error}).encode())
        if error and not onward:
            return


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
