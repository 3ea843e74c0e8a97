"""The set-up on another day: an index that offers a newer release of everything, and none of it is taken."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tests.build.project import ROOT
from tests.locks import ENVIRONMENTS, OF_TORCH, TORCH, installed, together

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the Makefile is for Linux and macOS")

OLDEST = {(3, 11): "22.3", (3, 12): "23.2.1", (3, 13): "24.2", (3, 14): "25.2"}[
    sys.version_info[:2]
]
"""The pip that the first release of this Python brings."""

FUTURE = "99999.0"
TARGETS = {
    ".venv": "setup",
    ".venv-bench": "setup-bench",
    ".venv-mutants": "setup-mutants",
    ".venv-models": "setup-models",
    ".venv-tools": "tools",
}


def pip(*arguments: str) -> None:
    """Run this environment's pip, with whatever index is set up on this machine."""
    quiet = ["--quiet", "--disable-pip-version-check"]
    subprocess.run([sys.executable, "-m", "pip", *arguments, *quiet], check=True)


def wheel(folder: Path, name: str, version: str, needs: list[str]) -> None:
    """Write an empty package."""
    stem = f"{name.replace('-', '_')}-{version}"
    about = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {need}" for need in needs)]
    files = {
        "METADATA": "\n".join(["Metadata-Version: 2.1", *about, ""]),
        "WHEEL": "Wheel-Version: 1.0\nGenerator: us\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    names = [f"{stem}.dist-info/{file}" for file in (*files, "RECORD")]
    files["RECORD"] = "".join(f"{name},,\n" for name in names)
    with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as archive:
        for path, text in zip(names, files.values(), strict=True):
            archive.writestr(path, text)


@pytest.fixture(scope="module")
def pips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The oldest pip and the newest, as wheels."""
    found = {}
    for which, requirement in (("oldest", f"pip=={OLDEST}"), ("newest", "pip")):
        folder = tmp_path_factory.mktemp(which)
        pip("download", "--no-deps", "--dest", str(folder), requirement)
        (found[which],) = folder.iterdir()
    return found


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Address of an index with the pinned files, and beside each an empty package that is newer.

    torch is an empty package with the needs of the real one, but for NVIDIA's packages: gigabytes.
    """
    simple = tmp_path_factory.mktemp("index")
    files = simple / "files"
    for name in sorted({name for lists in ENVIRONMENTS.values() for name in lists}):
        closed = ("--no-deps", "--require-hashes", "--only-binary", ":all:")
        pip("download", *closed, "--dest", str(files), "--requirement", str(ROOT / name))
    torch = installed("torch")
    assert torch is not None
    needs = [need for need in torch.get_all("Requires-Dist", []) if not OF_TORCH.match(need)]
    wheel(files, "torch", torch["Version"].split("+")[0], needs)
    for name in {canonicalize_name(path.name.split("-")[0]) for path in files.iterdir()}:
        wheel(files, name, FUTURE, [])
    for path in files.iterdir():
        name = canonicalize_name(path.name.split("-")[0])
        (simple / name).mkdir(exist_ok=True)
        with (simple / name / "index.html").open("a", encoding="utf-8") as page:
            page.write(f'<a href="../files/{path.name}">{path.name}</a><br>\n')
    return simple.as_uri()


def program(path: Path, pip: Path) -> Path:
    """Write a Python whose new environments have this pip."""
    path.write_text(
        f"""#!/bin/sh
"{sys.executable}" "$@" || exit
case "$*" in "-m venv "*)
  for folder; do :; done
  "$folder"/bin/python -m pip install --quiet --no-index "{pip}" || exit
esac
""",
        encoding="utf-8",
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.mark.parametrize("which", ["oldest", "newest"])
def test_what_is_released_tomorrow_changes_nothing(
    index: str, pips: dict[str, Path], tmp_path: Path, which: str
) -> None:
    python = program(tmp_path / "python", pips[which])
    project = tmp_path / "project"
    for path in [ROOT / "Makefile", TORCH, *map(ROOT.joinpath, sum(ENVIRONMENTS.values(), ()))]:
        target = project / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    environment = {name: value for name, value in os.environ.items() if name[:4] != "PIP_"}
    environment |= {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": index, "PIP_NO_COMPILE": "1"}
    command = ["make", f"PYTHON={python}", *TARGETS.values()]
    done = subprocess.run(
        command, cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    assert done.stdout.count("No broken requirements found.") == len(TARGETS)
    for name, lists in ENVIRONMENTS.items():
        pinned = {pin.name: pin.version for pin in together(lists) if pin.holds({})}
        here = [str(project / name / "bin" / "python"), "-m", "pip", "list", "--format", "json"]
        listed = json.loads(subprocess.run(here, capture_output=True, check=True).stdout)
        found = {canonicalize_name(each["name"]): each["version"] for each in listed}
        assert found.pop("pip") == pips[which].name.split("-")[1]
        if name == ".venv-tools":
            found.pop("setuptools", None)  # Python 3.11 brings one along
        else:
            found.pop("torch")
        assert found == pinned
        shutil.rmtree(project / name)  # a gigabyte
