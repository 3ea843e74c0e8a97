"""Every notebook and script that a reader takes home runs where nothing but its packages is installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from hooks.run.pins import pinned_torch
from tests.build.project import PATIENCE
from tests.locks import ENVIRONMENTS, TORCH, together

PACKAGES = ["torch", "matplotlib", "scipy"]
FEWEST = 15
KERNEL = "alone"


def install(python: Path, *packages: str) -> None:
    """Install packages, in the versions of this project; matplotlib in that of `make bench`.

    Without the hashes: with one of them pip would want one of everything.
    """
    pins = [f"{pin.name}=={pin.version}" for pin in together(ENVIRONMENTS[".venv-bench"])]
    constraints = python.parent / "constraints.txt"
    constraints.write_text("\n".join({*pins, f"torch=={pinned_torch(TORCH)}"}), encoding="utf-8")
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*command, "--constraint", str(constraints), *packages], check=True)


def test_all_that_is_taken_home_runs_in_a_new_environment(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    notebooks = sorted(site.rglob("*.ipynb"))
    assert len(notebooks) >= FEWEST
    empty = tmp_path / "empty"
    empty.mkdir()
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "new")], check=True)
    python = tmp_path / "new" / ("Scripts" if os.name == "nt" else "bin") / "python"
    install(python, *PACKAGES)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    failed = {}
    for notebook in notebooks:
        script = notebook.with_suffix(".py")
        done = subprocess.run(
            [str(python), str(script)], cwd=empty, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            failed[script.name] = done.stderr[-2000:]
    install(python, "ipykernel")  # only now: it brings packages that no script may need
    kernel = tmp_path / "jupyter" / "kernels" / KERNEL / "kernel.json"
    kernel.parent.mkdir(parents=True)
    start = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    about = {"argv": start, "display_name": KERNEL, "language": "python"}
    kernel.write_text(json.dumps(about), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    for notebook in notebooks:
        content = nbformat.read(notebook, as_version=4)
        where = {"metadata": {"path": str(empty)}}
        try:
            NotebookClient(content, kernel_name=KERNEL, timeout=PATIENCE, resources=where).execute()
        except CellExecutionError as error:
            failed[notebook.name] = str(error)[-2000:]
    assert not failed, "\n\n".join(f"{name}\n{why}" for name, why in failed.items())
    assert list(empty.iterdir()) == []
