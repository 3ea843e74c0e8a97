"""Run a page's cells in the process that was forked for it, within limits, and tell what they show."""

from __future__ import annotations

import base64
import errno
import json
import os
import re
import sys
import tempfile
import traceback
import warnings
from multiprocessing.connection import Connection
from typing import Any

from hooks.run import limits

_ANSI = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")


def run_page(
    shell: Any, codes: list[str], limit: float, writer: Connection, onward: bool = False
) -> None:
    """In the child: run the cells one after another until one raises; an answer a cell, as JSON.

    A cell that computes for more than `limit` seconds, or takes `limits.CLOCK` times that by the clock,
    ends the process. With `onward` a cell that raises does not stop those after it.
    """
    from IPython.core.displayhook import CapturingDisplayHook
    from IPython.core.displaypub import CapturingDisplayPublisher

    # With a C++ stack trace torch warns that a processor without bfloat16 takes another library
    warnings.filterwarnings("ignore", message="mkldnn_matmul failed")
    limits.bound_files()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    shell.showtraceback = lambda *args, **kwargs: None
    shell.showsyntaxerror = lambda *args, **kwargs: None
    page, memory = os.getpid(), limits.memory()
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
            limits.bound_memory(memory)
            limits.bound_time(limit)
            result = shell.run_cell(code)
            if os.getpid() != page:
                os._exit(0)  # a process that the cell forked: the rest is not its business
            limits.bound_time(0)
            limits.bound_memory(None)  # room to say what went wrong
            error = _describe(result.error_before_exec or result.error_in_exec)
            try:
                stream.flush()
            except (OSError, ValueError):
                error = error or {"kind": "Closed", "text": "closes its standard output"}
            printed.seek(0)
            text = printed.read(4 * limits.OUTPUT + 1).decode("utf-8", "replace")
        full = isinstance(result.error_in_exec, OSError)  # at limits.FILE the print itself raises
        if len(text) > limits.OUTPUT and (error is None or full):
            error = {"kind": "TooMuch", "text": f"prints more than {limits.OUTPUT:,} characters"}
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
        final += f"\nA page may write files of {limits.FILE // 2**20} MiB"
    if isinstance(error, MemoryError) or "can't allocate memory" in final:
        final += (
            f"\nA page may use {limits.gibibytes():g} GiB more than torch itself: use less, or set "
            "MKDOCS_CELL_MEMORY to more"
        )
    return {"kind": "Raised", "text": _plain("\n".join([*shown, final])), "line": line or 1}
