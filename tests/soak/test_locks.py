"""The lists of pins against the package index: complete, and with a wheel, on each system and Python."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.build.project import ROOT
from tests.locks import ENVIRONMENTS, OF_TORCH, PYTHONS, TORCH, read, together, wheres

UV = ROOT / ".venv-tools" / "bin" / "uv"
WITH_TORCH = [
    "x86_64-manylinux_2_28",
    "aarch64-manylinux_2_28",
    "aarch64-apple-darwin",
    "x86_64-pc-windows-msvc",
]
"""The systems for which torch is built: not for macOS on Intel, nor for Windows on ARM."""


def resolved(lists: tuple[str, ...], system: str, python: str, folder: Path) -> set[tuple]:
    """What is chosen, with all that it needs there, held to the pins: name, version, extras."""
    torch = [str(TORCH)] if "requirements.txt" in lists else []
    sources = [str((ROOT / name).with_suffix(".in")) for name in lists] + torch
    pins = [part for name in lists for part in ("--constraint", str(ROOT / name))]
    where = ["--python-platform", system, "--python-version", f"{python}.0"]
    how = ["--only-binary", ":all:", "--no-strip-extras", "--generate-hashes", "--no-annotate"]
    how += ["--unsafe-package", "pip", "--quiet", "--no-header"]
    output = folder / "resolved.txt"
    command = [str(UV), "pip", "compile", *how, *where, *pins, "--output-file", str(output)]
    macos = {**os.environ, "MACOSX_DEPLOYMENT_TARGET": "14.0"}
    done = subprocess.run(
        [*command, *sources], env=macos, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = [pin for pin in read(output.read_text(encoding="utf-8")) if pin.name != "torch"]
    return {(pin.name, pin.version, pin.extras) for pin in found if not OF_TORCH.match(pin.name)}


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("system", WITH_TORCH)
def test_the_lists_are_complete_and_every_pin_has_a_wheel(
    system: str, python: str, tmp_path: Path
) -> None:
    assert UV.exists(), "`make tools` sets up what this test runs"
    (where,) = (each for name, version, each in wheres() if (name, version) == (system, python))
    for lists in ENVIRONMENTS.values():
        extras: dict[tuple[str, str], set[str]] = {}
        for pin in together(lists):
            if pin.holds(where):
                extras.setdefault((pin.name, pin.version), set()).update(pin.extras)
        pinned = {(*key, frozenset(value)) for key, value in extras.items()}
        assert resolved(lists, system, python, tmp_path) == pinned
