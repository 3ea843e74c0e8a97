"""Cells that do the worst: the build names page and line, ends what they left, and runs the next page."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from hooks.read.source import Cell, Source
from hooks.run.execution import Result, Runner
from tests.build.project import PATIENCE, happens

pytestmark = pytest.mark.fault


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    """One warm process for the tests of this file."""
    warm = Runner()
    yield warm
    warm.stop()


def run(runner: Runner, *codes: str) -> Result:
    """Run one page; its cells start on lines 10, 20, …"""
    cells = [Cell(code, 10 * number) for number, code in enumerate(codes, start=1)]
    ((_, result),) = runner.run([Source("p.md", cells=cells)])
    return result


def gone(pid: int) -> bool:
    """Whether the process ends."""

    def ended() -> bool:
        try:
            return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    return happens(ended)


WORST = {
    "prints 100 MB": ("print('x' * 100_000_000)", "10: this cell prints more than 1,000,000"),
    "prints 100 MB in lines": (
        "import sys\nfor _ in range(100):\n    sys.stdout.write('x\\n' * 500_000)",
        "10: this cell prints more than 1,000,000",
    ),
    "closes sys.stdout": (
        "import sys\nsys.stdout.close()",
        "10: this cell closes its standard output",
    ),
    "closes its output and prints": ("import os\nos.close(1)\nprint(1)", "12: this cell raises"),
    "closes every file": (
        "import os\nos.closerange(0, 100)\nos._exit(4)",
        "10: this cell ended the process (exit code 4)",
    ),
    "sys.exit": ("import sys\nsys.exit(0)", "11: this cell raises"),
    "exit": ("exit()", "10: this cell raises"),
    "os._exit with success": (
        "import os\nos._exit(0)",
        "10: this cell ended the process (exit code 0)",
    ),
    "os._exit while a child holds on": (
        "import os, time\nif os.fork() == 0:\n    time.sleep(9999)\nos._exit(3)",
        "10: this cell ended the process (exit code 3)",
    ),
    "killed": (
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
        "10: this cell ended the process (signal 9): somebody killed it",
    ),
    "kills its group": ("import os\nos.kill(0, 9)", "10: this cell ended the process (signal 9)"),
    "segmentation fault": (
        "import ctypes\nctypes.string_at(0)",
        "10: this cell ended the process (signal 11)",
    ),
    "wants 5 GiB": ("x = bytearray(5 * 2**30)", "10: this cell raises"),
    "a tensor too large": ("import torch\ntorch.empty(2**40)", "11: this cell raises"),
    "writes 100 MB": (
        "import tempfile\nwith tempfile.TemporaryFile() as file:\n    file.write(bytes(100_000_000))",
        "12: this cell raises",
    ),
}


@pytest.mark.parametrize("name", WORST)
def test_a_cell_that_does_its_worst_is_reported_and_the_next_page_runs(
    runner: Runner, name: str
) -> None:
    code, message = WORST[name]
    result = run(runner, code, "print('never')")
    assert str(result.problem).startswith(f"p.md:{message}"), result.problem
    assert "never" not in json.dumps(result.cells)
    assert "ran past its limit" not in str(result.problem)
    again = run(runner, "import torch\nprint(torch.get_default_dtype())")
    assert (again.problem, again.cells[0][0]["text"]) == (None, "torch.float32\n")


@pytest.mark.parametrize("code", ["x = bytearray(5 * 2**30)", "import torch\ntorch.empty(2**40)"])
def test_want_of_memory_comes_with_advice(runner: Runner, code: str) -> None:
    problem = str(run(runner, code).problem)
    assert "may use 4 GiB more than torch itself: use less, or set MKDOCS_CELL_MEMORY" in problem


def test_a_gibibyte_is_not_too_much(runner: Runner) -> None:
    assert run(runner, "x = bytearray(2**30)\nprint(len(x))").problem is None


@pytest.mark.parametrize(
    "ending",
    [
        "pass",
        "sys.exit(1)",
        "raise ValueError",
        "[os.open(os.devnull, os.O_WRONLY) for _ in range(9)]",  # the pipe's number is taken again
    ],
)
def test_a_process_that_a_cell_forks_does_not_go_on_with_the_page(
    runner: Runner, tmp_path: Path, ending: str
) -> None:
    fork = f"import os, sys\nif os.fork() == 0:\n    {ending}\nelse:\n    os.wait()"
    count = (
        f"with open('{tmp_path}/runs', 'a+') as file:\n    file.write('x')\n    print(file.tell())"
    )
    result = run(runner, fork, count)
    assert result.problem is None
    assert len(result.cells) == 2
    assert result.cells[1][0]["text"] == "1\n"


def pages_of(warm: Runner) -> list[psutil.Process]:
    """The processes of the pages that run now."""
    assert warm._process is not None
    return psutil.Process(warm._process.pid).children()


def test_a_page_that_closes_what_it_did_not_open_ends_at_its_limit(
    runner: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MKDOCS_CELL_SECONDS", "0.2")
    result = run(runner, "import os, time\nos.closerange(0, 100)\ntime.sleep(9999)")
    assert str(result.problem).startswith(
        "p.md:10: this cell ran past its limit of 2 s by the clock"
    )


def test_when_the_warm_process_is_killed_its_pages_end_at_their_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MKDOCS_CELL_SECONDS", "3")  # and 30 by the clock
    warm = Runner()
    pages = [Source("a.md", cells=[Cell("import time\ntime.sleep(9999)", 1)])]
    running = warm.run([*pages, Source("b.md", cells=[Cell("print(1)", 1)])])
    next(running)  # b.md has ended, a.md sleeps
    (page,) = pages_of(warm)
    assert warm._process is not None
    os.kill(warm._process.pid, signal.SIGKILL)
    with pytest.raises(RuntimeError) as error:
        list(running)
    text = "the process that runs the pages ended (exit code -9): build again"
    assert str(error.value) == text
    assert gone(page.pid)
    ((_, result),) = warm.run([Source("b.md", cells=[Cell("print(1)", 1)])])
    assert result.problem is None
    warm.stop()


def test_when_the_build_dies_the_warm_process_and_its_pages_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MKDOCS_CELL_SECONDS", "9999")
    warm = Runner()
    sleeper = Source("a.md", cells=[Cell("import time\ntime.sleep(9999)", 1)])
    next(warm.run([sleeper, Source("b.md", cells=[Cell("print(1)", 1)])]))
    (page,) = pages_of(warm)
    assert warm._process is not None
    assert warm._pipe is not None
    warm._pipe.close()  # what the system does to the connections of a process that dies
    assert gone(page.pid)
    assert warm._process.wait(PATIENCE) == 0
