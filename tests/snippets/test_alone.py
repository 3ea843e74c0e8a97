"""The tools as programs: one file, downloaded into an empty folder, with torch and nothing else."""

from __future__ import annotations

import contextlib
import io
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from hooks.give.alone import alone

SNIPPETS = Path(__file__).parents[2] / "snippets"


def run(folder: Path, *arguments: str, given: str = "") -> tuple[int, str, str]:
    """Status, output and errors of Python run there, with nothing of ours to import."""
    command = [sys.executable, "-I", *arguments]
    done = subprocess.run(command, cwd=folder, input=given, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


def run_here(name: str, *arguments: str) -> tuple[int, str, str]:
    """The same in this process, which is quicker."""
    out, err = io.StringIO(), io.StringIO()
    given, path = sys.argv, list(sys.path)
    sys.argv = [name, *arguments]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            runpy.run_path(str(SNIPPETS / name), run_name="__main__")
    except SystemExit as end:
        return int(end.code or 0), out.getvalue(), err.getvalue()
    finally:
        sys.argv, sys.path[:] = given, path
    raise AssertionError("a program ends with its status")


@pytest.mark.parametrize(
    ("arguments", "status", "shown"),
    [
        (("4.5750e-41",), 1, "4.5750e-41: subnormal float32, bits 0x00007f88"),
        (("0.1", "-5.0254e+18"), 0, "2 normal"),
        (("4.5750e-41", "-0.1"), 1, "1 subnormal, 1 normal; 1 could belong to an address"),
        (("-inf", "nan"), 0, "1 infinite, 1 NaN"),
        (("4.3612203e+27", "1.8176809e+31", "1.3555911e-19"), 1, r"'Examples:\n  '"),
        (("tensor([0.1, 4.6e-310], dtype=torch.float64)",), 1, "1 normal, 1 subnormal"),
        (("--dtype", "float64", "6.9532e-310"), 1, "likely an address"),
        (("tensor([1, 2])",), 2, "a tensor of integers"),
        (("0.1", "x"), 2, "'x' is not a number"),
        (("--help",), 0, "exit status is 1 when"),
        ((), 2, "required: VALUE"),
        (("--dtype", "int8", "1."), 2, "invalid choice"),
    ],
)
def test_bits(arguments: tuple[str, ...], status: int, shown: str) -> None:
    ended, out, err = run_here("bits.py", *arguments)
    assert ended == status
    assert shown in (err if status == 2 else out)
    assert "Traceback" not in err


def test_bits_alone(tmp_path: Path) -> None:
    shutil.copy(SNIPPETS / "bits.py", tmp_path)
    printed = "Parameter containing:\ntensor([1.5000, 0.])\n"
    assert run(tmp_path, "bits.py", "-", given=printed) == (0, "1 normal, 1 zero\n", "")


MODELS = """
from torch import nn
import torch


class Whole(nn.Linear):
    def __init__(self):
        super().__init__(3, 2)


class Half(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = Whole()
        self.scale = nn.Parameter(torch.empty(3))
        self.seen = torch.nn.Buffer(torch.empty(2).long())


instance = Whole()
inside = type("Namespace", (), {"build": staticmethod(lambda: Half())})


def fails():
    raise RuntimeError("no such file")


def needs(argument):
    return Whole()


def ends():
    raise SystemExit(0)  # as a script that was written to be run, not imported
"""


@pytest.mark.parametrize(
    ("arguments", "status", "shown"),
    [
        (("models:Whole",), 0, "models:Whole writes all its parameters and buffers\n"),
        (("models:Half",), 1, "scale\nseen\n"),
        (("models:inside.build",), 1, "scale\nseen\n"),
        (("torch.nn:RNNBase",), 2, "missing"),
        (("models:instance",), 2, "cannot build from a value of type Whole"),
        (("models:needs",), 2, "missing 1 required positional argument"),
        (("models:ends",), 2, "uninitialized.py: SystemExit: 0"),
        (("models:fails",), 2, "uninitialized.py: RuntimeError: no such file\n"),
        (("models:none",), 2, "models has no none: write package.module:build"),
        (("models",), 2, "models names no function"),
        (("models.py:Whole",), 2, "models.py:Whole names a file: write package.module:build"),
        (("./models:Whole",), 2, "names a file"),
        ((":Whole",), 2, "names a file"),
        (("nowhere:build",), 2, "No module named 'nowhere'"),
        (("--help",), 0, "exit status is 1 when something is unwritten"),
        ((), 2, "required: package.module:build"),
    ],
)
def test_uninitialized(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    status: int,
    shown: str,
) -> None:
    (tmp_path / "models.py").write_text(MODELS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "models", raising=False)
    ended, out, err = run_here("uninitialized.py", *arguments)
    assert ended == status
    assert shown in (err if status == 2 else out)
    assert "Traceback" not in err


def test_uninitialized_alone(tmp_path: Path) -> None:
    shutil.copy(SNIPPETS / "uninitialized.py", tmp_path)
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "models.py").write_text(MODELS, encoding="utf-8")
    status, out, err = run(tmp_path, "uninitialized.py", "package.models:Half")
    assert (status, out, err) == (1, "scale\nseen\n", "")


@pytest.mark.parametrize(
    ("arguments", "status", "shown"),
    [
        (("models:Whole",), 0, "2 tensors, 8 numbers: 2 too few to tell"),
        (("models:instance",), 0, "2 tensors, 8 numbers"),
        (("models:Half",), 1, "unwritten"),
        (("models:fails",), 2, "init_report.py: RuntimeError: no such file"),
        (("models:ends",), 2, "init_report.py: SystemExit: 0"),
        (("models:none",), 2, "models has no none"),
        ((), 2, "required: package.module:build"),
        (("--help",), 0, "exit status\nis 1 when something is unwritten"),
    ],
)
def test_init_report(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    status: int,
    shown: str,
) -> None:
    (tmp_path / "models.py").write_text(MODELS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delitem(sys.modules, "models", raising=False)
    ended, out, err = run_here("init_report.py", *arguments)
    assert ended == status
    assert shown in (err if status == 2 else out)


def test_init_report_alone(tmp_path: Path) -> None:
    """As a reader downloads it: one file, which carries the modules that it needs."""
    program = alone(SNIPPETS / "init_report.py", SNIPPETS.parent)
    (tmp_path / "init_report.py").write_text(program, encoding="utf-8")
    (tmp_path / "models.py").write_text(MODELS, encoding="utf-8")
    status, out, err = run(tmp_path, "init_report.py", "models:Half")
    assert (status, err) == (1, "")
    assert out.startswith("4 tensors, 13 numbers: 2 unwritten, ")
    code = (
        "import sys; sys.path.insert(0, ''); from init_report import init_report; import models; "
    )
    code += "print(init_report(models.Whole()))"
    assert "U(±0.5774)" in run(tmp_path, "-c", code)[1]


@pytest.mark.parametrize("name", ["bits", "uninitialized", "recipes"])
def test_what_is_one_file_is_given_as_it_is(name: str) -> None:
    module = SNIPPETS / f"{name}.py"
    assert alone(module, SNIPPETS.parent) == module.read_text(encoding="utf-8")
