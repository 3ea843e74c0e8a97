"""The pins: exact, hashed, complete on Linux and macOS, and free of the address of any index."""

from __future__ import annotations

import itertools
import re
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from hooks import pins
from hooks.pins import pinned_torch
from tests.build.project import ROOT

HASHED = (ROOT / "requirements.txt").read_text(encoding="utf-8")
TORCH = (ROOT / "requirements-torch.txt").read_text(encoding="utf-8")
PIN = re.compile(r"^(?P<name>[a-z0-9-]+)==(?P<version>[^\s\\]+)", re.MULTILINE)
PINS = {found["name"]: found["version"] for found in PIN.finditer(HASHED + TORCH)}

SYSTEMS = [
    {"os_name": "posix", "sys_platform": "linux", "platform_system": "Linux"},
    {"os_name": "posix", "sys_platform": "darwin", "platform_system": "Darwin"},
]
ENVIRONMENTS = [
    {**system, "python_version": python, "python_full_version": f"{python}.1", "extra": ""}
    for system, python in itertools.product(SYSTEMS, ("3.11", "3.12", "3.13", "3.14"))
]
OF_TORCH = re.compile(r"nvidia-|cuda-|triton")
"""What the CUDA build of torch needs besides; its own metadata names the exact versions."""


def unpinned(name: str, requires: list[str]) -> list[str]:
    """What a package needs somewhere and no pin gives, or a pin gives in a version it refuses."""
    found = []
    for requirement in map(Requirement, requires):
        marker = requirement.marker
        if marker and not any(marker.evaluate(each) for each in ENVIRONMENTS):
            continue
        other = canonicalize_name(requirement.name)
        if name == "torch" and OF_TORCH.match(other):
            continue
        if other not in PINS or not requirement.specifier.contains(PINS[other], prereleases=True):
            found.append(f"{name} needs {requirement}")
    return found


def test_every_line_pins_one_version_and_gives_its_hashes() -> None:
    entries = re.split(r"\n(?=\S)", re.sub(r"^ *#.*\n", "", HASHED, flags=re.MULTILINE).strip())
    assert len(entries) > 50
    for entry in entries:
        assert re.fullmatch(r"[a-z0-9-]+==[\w.]+(?: \\\n    --hash=sha256:[0-9a-f]{64})+", entry), (
            entry
        )
    assert pinned_torch(ROOT / "requirements-torch.txt") == PINS["torch"]
    assert len(TORCH.splitlines()) == 2


def test_no_pin_names_an_index() -> None:
    assert not re.search(r"://|--(index|extra|find|trusted)", HASHED + TORCH)


@pytest.mark.parametrize("name", [name for name in PINS if name != "appnope"])
def test_what_a_package_needs_on_linux_and_macos_is_pinned(name: str) -> None:
    assert metadata.version(name).split("+")[0] == PINS[name]
    assert unpinned(name, metadata.requires(name) or []) == []


def test_a_need_without_a_pin_is_noticed() -> None:
    assert unpinned("x", ['appnope; sys_platform == "darwin"', 'y; sys_platform == "win32"']) == []
    assert unpinned("x", ["numpy<1"]) == ["x needs numpy<1"]
    assert unpinned("x", ['y; sys_platform == "darwin"']) == ['x needs y; sys_platform == "darwin"']
    assert unpinned("x", ["nvidia-y"]) == ["x needs nvidia-y"]
    assert unpinned("torch", ["nvidia-y==1"]) == []


def test_another_torch_than_the_pinned_one_must_be_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    requirements = ROOT / "requirements-torch.txt"
    monkeypatch.delenv("MKDOCS_ANY_TORCH", raising=False)
    assert pins.wrong_torch(requirements) is None
    run = (
        f"and requirements-torch.txt pins {pinned_torch(requirements)}: run `python -m pip install "
        "--requirement requirements-torch.txt` in this environment"
    )
    monkeypatch.setattr(pins, "installed_torch", lambda: "9.9.0")
    assert pins.wrong_torch(requirements) == (
        f"torch 9.9.0 is installed, {run}; MKDOCS_ANY_TORCH=1 builds with the one installed"
    )
    monkeypatch.setenv("MKDOCS_ANY_TORCH", "1")
    assert pins.wrong_torch(requirements) is None
    monkeypatch.setattr(pins, "installed_torch", lambda: "")
    assert pins.wrong_torch(requirements) == f"torch is not installed, {run}"


def test_the_build_of_torch_is_no_part_of_its_version(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = {"torch": "2.13.0+cpu.1+x"}
    monkeypatch.setattr(pins.metadata, "version", versions.__getitem__)
    assert pins.installed_torch() == "2.13.0"

    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(pins.metadata, "version", missing)
    assert pins.installed_torch() == ""


def test_requirements_without_torch_are_refused(tmp_path: Path) -> None:
    requirements = tmp_path / "r.txt"
    requirements.write_text("# torch==1\nother==2\ntorch==3.0; python_version > '3'", "utf-8")
    assert pinned_torch(requirements) == "3.0"
    requirements.write_text("pytorch==3.0", encoding="utf-8")
    with pytest.raises(
        ValueError, match=r"^r\.txt does not pin torch: write a line torch==<version>$"
    ):
        pinned_torch(requirements)
