"""In the place: run pages, each in a process of its own, and pass over the cells that fail.

`python -m tests.everywhere.child` reads one JSON request, {"pages": [{"path", "cells"}], "preload", "limit"},
and answers in JSON lines: the facts of the place, then a line a page. Torch is imported once.
With `SEEDS_SHIFTED=n` in the environment every seed that a page sets is another one.
"""

from __future__ import annotations

import json
import os
import platform
import re
import signal
import sys
import time
from multiprocessing.connection import Pipe
from typing import Any

from hooks.run.cells import run_page
from hooks.run.imports import preload


def main() -> None:
    """Answer the request on the standard input."""
    import numpy
    import torch
    from IPython.core.history import HistoryManager
    from IPython.core.interactiveshell import InteractiveShell

    HistoryManager.enabled = False  # it would start a thread, which no fork survives
    shell = InteractiveShell.instance()
    request = json.load(sys.stdin)
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # nothing but replies may reach the pipe
    preload(request["preload"])
    if shift := int(os.environ.get("SEEDS_SHIFTED", 0)):
        original = torch.manual_seed
        torch.manual_seed = lambda seed: original(seed + 1000 * shift)
    blas = re.search(r"BLAS_INFO=(\w+)", torch.__config__.show())
    facts = {
        "torch": torch.__version__,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "vectors": torch.backends.cpu.get_cpu_capability(),
        "blas": blas[1] if blas else "another",
        "numpy": numpy.__version__,
        "system": platform.system(),
        "threads": torch.get_num_threads(),
    }
    print(json.dumps({"facts": facts}), file=replies, flush=True)
    for page in request["pages"]:
        start = time.monotonic()
        cells = _run(shell, page, request["limit"])
        answer = {"page": page["path"], "cells": cells, "seconds": time.monotonic() - start}
        print(json.dumps(answer), file=replies, flush=True)


def _run(shell: Any, page: dict[str, Any], limit: float) -> list[dict[str, Any]]:
    """What each cell answers; fewer answers than cells when the page's process dies or runs too long."""
    reader, writer = Pipe(duplex=False)
    pid = os.fork()
    if pid == 0:
        reader.close()
        try:
            run_page(shell, [cell["code"] for cell in page["cells"]], limit, writer, onward=True)
        finally:
            os._exit(0)
    writer.close()
    answers, deadline = [], time.monotonic() + limit
    try:
        while reader.poll(max(0.0, deadline - time.monotonic())):
            answers.append(json.loads(reader.recv_bytes()))
    except EOFError:
        return answers
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        reader.close()
    return answers


if __name__ == "__main__":
    main()
    os._exit(0)
