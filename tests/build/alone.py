"""Run a script as a reader does, from an empty folder and without this project, in a fork of a warm process."""

from __future__ import annotations

import contextlib
import functools
import io
import multiprocessing
import os
import runpy
import sys
import traceback
from multiprocessing.connection import Connection
from pathlib import Path

from hooks.warm import preload
from tests.build.project import ROOT

TIME_LIMIT = 120.0
OURS = {entry.name.removesuffix(".py") for entry in ROOT.iterdir()}
"""What `import` would find in this project."""


def run_alone(script: Path, folder: Path) -> str:
    """What `script` prints, run in `folder`; raises `AssertionError` with the traceback when it fails."""
    _warm_up()
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(script, folder, sender))
    child.start()
    sender.close()
    try:
        assert receiver.poll(TIME_LIMIT), f"{script.name} ran past {TIME_LIMIT:.0f} s"
        printed, failure = receiver.recv()
    except EOFError:
        raise AssertionError(f"{script.name} ended its process") from None
    finally:
        child.kill()
        child.join()
    assert not failure, f"{script.name}\n{failure}"
    return printed


@functools.cache
def _warm_up() -> None:
    preload(["scipy.stats", "torch.optim", "torch.testing", "torch.use_deterministic_algorithms"])


def _child(script: Path, folder: Path, sender: Connection) -> None:
    import torch

    torch.set_num_threads(1)
    os.chdir(folder)
    sys.path[:] = [p for p in sys.path if p and Path(p).resolve() != ROOT.resolve()]
    for name in [name for name in sys.modules if name.partition(".")[0] in OURS]:
        del sys.modules[name]
    printed, failure = io.StringIO(), ""
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            runpy.run_path(str(script), run_name="__main__")
        except BaseException:
            failure = traceback.format_exc()
    sender.send((printed.getvalue(), failure))
