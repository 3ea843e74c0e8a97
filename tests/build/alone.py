"""Run a script as a reader does, from an empty folder and without this project, in a fork of a warm process."""

from __future__ import annotations

import contextlib
import io
import os
import runpy
import sys
import traceback
from pathlib import Path

from tests.build.project import ROOT
from tests.child import in_child

TIME_LIMIT = 120.0
OURS = {entry.name.removesuffix(".py") for entry in ROOT.iterdir()}
"""What `import` would find in this project."""


def run_alone(script: Path, folder: Path) -> str:
    """What `script` prints, run in `folder`; raises `AssertionError` with the traceback when it fails."""
    printed, failure = in_child(script.name, TIME_LIMIT, _run, script, folder)
    assert not failure, f"{script.name}\n{failure}"
    return printed


def _run(script: Path, folder: Path) -> tuple[str, str]:
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
    return printed.getvalue(), failure
