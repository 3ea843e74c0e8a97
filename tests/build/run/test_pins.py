"""The pins: exact, hashed, complete on each system and Python, and free of the address of any index."""

from __future__ import annotations

import re
from email.message import Message
from importlib import metadata
from pathlib import Path

import pytest

from hooks.run import pins
from hooks.run.pins import pinned_torch
from tests.build.project import ROOT
from tests.locks import ENVIRONMENTS, TORCH, Pin, installed, missing, read, together, wheres

LISTS = sorted({name for lists in ENVIRONMENTS.values() for name in lists})
TORCH_PIN = Pin("torch", pinned_torch(TORCH))
PINS = [*together(ENVIRONMENTS[".venv"]), TORCH_PIN]
HERE = {pin.name for pin in PINS if pin.holds({})}
"""What is pinned for this system and Python."""


def test_no_environment_or_list_of_the_makefile_is_forgotten() -> None:
    """These tests see each environment that a target makes, `make lock` and `make audit` each list."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    pinned = makefile.replace("$(PINS)", "requirements.txt")
    made = re.findall(r"\t\$\(call environment,([^,]+),([^)]+)\)", pinned)
    assert {name: tuple(lists.split()) for name, lists in made} == ENVIRONMENTS
    assert sorted(re.findall(r"\t\$\(compile\) (\S+)", makefile)) == LISTS
    assert sorted(re.findall(r"--require-hashes --requirement (\S+)", makefile)) == LISTS


@pytest.mark.parametrize("name", LISTS)
def test_every_line_pins_one_version_and_gives_its_hashes(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert len(read(text)) > 15
    assert "torch" not in {pin.name for pin in read(text)}
    assert not re.search(r"://|--(index|extra|find|trusted)", text)


def test_torch_is_pinned_apart_and_names_no_index() -> None:
    assert re.fullmatch(r"# [^\n]*\ntorch==[\d.]+\n", TORCH.read_text(encoding="utf-8"))


def test_what_is_no_pin_is_refused() -> None:
    hashed = f" \\\n    --hash=sha256:{'0' * 64}"
    assert read(f"# a\nx[a,b]==1 ; os_name == 'nt'{hashed}\n    # via y\n") == [
        Pin("x", "1", frozenset("ab"), "os_name == 'nt'", frozenset({"0" * 64}))
    ]
    for wrong in ("x==1", f"x>=1{hashed}", f"--index-url https://x\nx==1{hashed}"):
        with pytest.raises(ValueError, match="not a pin with hashes"):
            read(wrong)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_lists_of_an_environment_agree(name: str) -> None:
    lists = ENVIRONMENTS[name]
    pinned = {pin.name for pin in together(lists)}
    chosen = [
        line
        for each in lists
        for line in (ROOT / each).with_suffix(".in").read_text(encoding="utf-8").split("\n")
        if line and not line.startswith("#")
    ]
    assert chosen
    assert set(chosen) <= pinned


@pytest.mark.parametrize("where", [pytest.param(w, id=f"{s}-{p}") for s, p, w in wheres()])
def test_what_a_package_needs_is_pinned(where: dict[str, str]) -> None:
    assert missing(PINS, where) == []


def test_what_is_pinned_for_this_system_is_installed() -> None:
    """So the test above knows the needs of all but the packages of other systems.

    Theirs, and those of the other environments, `make soak` asks the package index for.
    """
    versions = {name: metadata.version(name).split("+")[0] for name in HERE}
    assert versions == {pin.name: pin.version for pin in PINS if pin.name in HERE}
    elsewhere = {pin.name for pin in PINS} - HERE
    assert all(pin.marker for pin in PINS if pin.name in elsewhere)
    assert len(elsewhere) < 10


def test_a_need_without_a_pin_is_noticed() -> None:
    needs = {
        "x": ["y[a]>=2 ; sys_platform == 'darwin'", "z; extra == 'more'", "nvidia-x"],
        "torch": ["nvidia-y==1", "z"],
        "old": [],
    }

    def about(name: str) -> Message | None:
        if name not in needs:
            return None
        content = Message()
        content["Requires-Python"] = "<3.12" if name == "old" else ">=3.11"
        for need in needs[name]:
            content["Requires-Dist"] = need
        return content

    where = {f"{system} {python}": where for system, python, where in wheres()}
    linux, mac = where["x86_64-manylinux_2_28 3.14"], where["aarch64-apple-darwin 3.11"]

    def lacks(where: dict[str, str], *pins: Pin) -> list[str]:
        return missing(list(pins), where, about)

    x = Pin("x", "1")
    n = Pin("nvidia-x", "1")
    assert lacks(linux, x) == ["x needs nvidia-x"]
    assert lacks(linux, x, n) == []
    need = 'x needs y[a]>=2; sys_platform == "darwin"'
    assert lacks(mac, x, n) == [need]
    assert lacks(mac, x, n, Pin("y", "2")) == [need]
    assert lacks(mac, x, n, Pin("y", "1", frozenset("a"))) == [need]
    assert lacks(mac, x, n, Pin("y", "2", frozenset("a"))) == []
    assert lacks(mac, x, n, Pin("y", "2", frozenset("a"), "sys_platform == 'linux'")) == [need]
    assert lacks(linux, Pin("x", "1", frozenset({"more"})), n) == ['x needs z; extra == "more"']
    assert lacks(linux, Pin("torch", "1")) == ["torch needs z"]
    assert lacks(linux, Pin("old", "1")) == ["old needs Python <3.12"]
    assert lacks(mac, Pin("old", "1")) == []
    assert installed("no-package-of-this-name") is None


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
