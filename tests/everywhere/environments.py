"""An environment a version of torch, beside .venv: torch and what it alone needs; all else is that of .venv.

Its folder stands before .venv's packages in the search path. From PyPI comes a build for GPUs on Linux, some
0.9 GB; of its CUDA libraries, three times that, the runtime alone is taken, and stand-ins for the rest.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from tests.everywhere.places import Place
from tests.everywhere.record import PIN
from tests.everywhere.standins import stand_in
from tests.sources import ROOT

FOLDER = ROOT / ".cache" / "versions"
VERSIONS = ("2.2.2", "2.4.1", "2.6.0", "2.8.0", "2.10.0", "2.12.1", PIN, "2.14.1")
NUMPY = {"2.2": "1.26.4"}
"""Builds of torch before 2.3 do not know NumPy 2."""
GIGABYTES = 4
"""Room for a wheel and, for a moment, for two copies of what it holds."""
PATIENCE = 10.0


def newest() -> str:
    """The version that pip would install here, asked for no particular one. Needs the network."""
    pip = [*_pip("--no-deps", "--dry-run", "--ignore-installed", "--report", "-"), "torch"]
    done = subprocess.run(pip, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"pip names no newest torch:\n{done.stderr.strip()}")
    (found,) = json.loads(done.stdout)["install"]
    return str(found["metadata"]["version"]).split("+")[0]


def place(version: str) -> Place:
    """Where this version runs pages, once `make` has made its environment."""
    environment = {"CUDA_VISIBLE_DEVICES": ""}
    if version != PIN:
        environment["PYTHONPATH"] = f"{ROOT}{os.pathsep}{FOLDER / version}"
    return Place(version, f"torch {version}", environment, patience=PATIENCE)


def shifted(place: Place, shift: int) -> Place:
    """The same place, where every seed that a page sets is another one."""
    environment = {**place.environment, "SEEDS_SHIFTED": str(shift)}
    return dataclasses.replace(place, name=f"{place.name}-seeds-{shift}", environment=environment)


def make(version: str) -> None:
    """Install the version, unless it is there or is that of .venv. Says what that takes."""
    folder = FOLDER / version
    if version == PIN or (folder / "done").exists():
        return
    free = shutil.disk_usage(ROOT).free / 1e9
    print(
        f"torch {version}: about 0.9 GB to download (0.2 GB where pip finds a CPU build), "
        f"{GIGABYTES} GB of room; {free:.0f} GB are free",
        file=sys.stderr,
    )
    if free < GIGABYTES:
        raise SystemExit("too little room: free some, or choose versions with ON=")
    shutil.rmtree(folder, ignore_errors=True)
    numpy = NUMPY.get(".".join(version.split(".")[:2]))
    wanted = [f"torch=={version}", *([f"numpy=={numpy}"] if numpy else [])]
    into = ("--no-compile", "--target", str(folder))
    subprocess.run([*_pip("--no-deps", *into), *wanted], check=True)
    if (folder / "torch" / "lib" / "libtorch_cuda.so").exists():
        subprocess.run([*_pip(*into), _runtime(folder)], check=True)
        stand_in(folder / "torch")
    (folder / "done").touch()


def remove(version: str) -> None:
    """Remove the environment, unless KEEP is set."""
    if not os.environ.get("KEEP"):
        shutil.rmtree(FOLDER / version, ignore_errors=True)


def _runtime(folder: Path) -> str:
    """The CUDA runtime that this torch names in its metadata, in whose place no stand-in can be."""
    (torch,) = metadata.distributions(name="torch", path=[str(folder)])
    for need in map(Requirement, torch.requires or ()):
        if need.name.startswith("nvidia-cuda-runtime"):
            return f"{need.name}{need.specifier}"
        if need.name == "cuda-toolkit":
            return f"cuda-toolkit[cudart]{need.specifier}"
    raise SystemExit(f"the metadata of torch {folder.name} names no CUDA runtime")


def _pip(*options: str) -> list[str]:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    return [*pip, "--only-binary", ":all:", *options]
