"""The lists of pins: their lines read, and what holds of them on each system and Python that we support."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from email.message import Message
from importlib import metadata

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from tests.build.project import ROOT

ENVIRONMENTS = {
    ".venv": ("requirements.txt",),
    ".venv-bench": ("requirements.txt", "tests/bench/requirements.txt"),
    ".venv-mutants": ("requirements.txt", "tests/mutants/requirements.txt"),
    ".venv-models": ("requirements.txt", "tests/models/requirements.txt"),
    ".venv-tools": ("requirements-tools.txt",),
}
"""Each environment of the Makefile, and its lists with hashes. All but the tools have torch besides."""

TORCH = ROOT / "requirements-torch.txt"

PYTHONS = ("3.11", "3.12", "3.13", "3.14")

SYSTEMS = {
    "x86_64-manylinux_2_28": ("posix", "linux", "Linux", "x86_64"),
    "aarch64-manylinux_2_28": ("posix", "linux", "Linux", "aarch64"),
    "aarch64-apple-darwin": ("posix", "darwin", "Darwin", "arm64"),
    "x86_64-apple-darwin": ("posix", "darwin", "Darwin", "x86_64"),
    "x86_64-pc-windows-msvc": ("nt", "win32", "Windows", "AMD64"),
    "aarch64-pc-windows-msvc": ("nt", "win32", "Windows", "ARM64"),
}
"""The systems of the lists, by uv's names: `os_name`, `sys_platform`, `platform_system`, `platform_machine`."""

OF_TORCH = re.compile(r"nvidia-|cuda-|triton")
"""What a CUDA build of torch needs besides; its own metadata names the exact versions."""

LINE = re.compile(
    r"(?P<name>[a-z0-9-]+)(?:\[(?P<extras>[a-z0-9, -]+)\])?==(?P<version>[\w.]+)(?: ; (?P<marker>[^\\\n]+))?"
    r"(?P<hashes>(?: \\\n    --hash=sha256:[0-9a-f]{64})+)"
)


@dataclass(frozen=True)
class Pin:
    """One entry of a list."""

    name: str
    version: str
    extras: frozenset[str] = frozenset()
    marker: str = ""
    hashes: frozenset[str] = frozenset()

    def holds(self, where: dict[str, str]) -> bool:
        """Is it installed on this system and Python?"""
        requirement = Requirement(f"{self.name}; {self.marker}" if self.marker else self.name)
        return requirement.marker is None or requirement.marker.evaluate(where)


def read(text: str) -> list[Pin]:
    """The pins of a list. Raises `ValueError` for an entry that is not one version with its hashes."""
    pins = []
    for entry in re.split(r"\n(?=\S)", re.sub(r"^ *#.*\n?", "", text, flags=re.MULTILINE).strip()):
        found = LINE.fullmatch(entry.strip())
        if not found:
            raise ValueError(f"not a pin with hashes: {entry}")
        extras = frozenset(re.findall("[a-z0-9-]+", found["extras"] or ""))
        hashes = frozenset(re.findall("[0-9a-f]{64}", found["hashes"]))
        marker = (found["marker"] or "").strip()
        pins.append(Pin(found["name"], found["version"], extras, marker, hashes))
    return pins


def together(lists: Iterable[str]) -> list[Pin]:
    """The pins of several lists. Raises `ValueError` when two of them disagree on a version."""
    pins = [pin for name in lists for pin in read((ROOT / name).read_text(encoding="utf-8"))]
    versions: dict[str, str] = {}
    for pin in pins:
        if versions.setdefault(pin.name, pin.version) != pin.version:
            raise ValueError(f"{pin.name} is pinned to {versions[pin.name]} and to {pin.version}")
    return pins


def wheres() -> Iterable[tuple[str, str, dict[str, str]]]:
    """Each supported system and Python, the first release of that Python, with what markers ask of them."""
    names = ("os_name", "sys_platform", "platform_system", "platform_machine")
    for (system, values), python in itertools.product(SYSTEMS.items(), PYTHONS):
        where = dict(zip(names, values, strict=True))
        where |= {"python_version": python, "python_full_version": f"{python}.0"}
        where |= {"implementation_name": "cpython", "platform_python_implementation": "CPython"}
        yield system, python, where


def installed(name: str) -> Message | None:
    """The metadata of a package here; None for one that is not installed."""
    try:
        return metadata.metadata(name)  # type: ignore[return-value]
    except metadata.PackageNotFoundError:
        return None


def missing(
    pins: list[Pin], where: dict[str, str], about: Callable[[str], Message | None] = installed
) -> list[str]:
    """What the packages pinned here need, and no pin gives: each requirement, in its extras and its version.

    Extras count as packages of their own, as they do for pip: where `coverage[toml]` is needed, a pin
    of `coverage` does not give it. A package whose metadata is not at hand is passed over.
    """
    here = [pin for pin in pins if pin.holds(where)]
    extras: dict[str, set[str]] = {}
    for pin in here:
        extras.setdefault(pin.name, set()).update(pin.extras)
    versions = {pin.name: pin.version for pin in here}
    found = []
    for pin in {pin.name: pin for pin in here}.values():
        content = about(pin.name)
        if content is None:
            continue
        python = content["Requires-Python"] or ""
        if not SpecifierSet(python).contains(where["python_full_version"]):
            found.append(f"{pin.name} needs Python {python}")
        for requirement in map(Requirement, content.get_all("Requires-Dist", [])):
            marker, name = requirement.marker, canonicalize_name(requirement.name)
            asked = ("", *sorted(extras[pin.name]))
            if marker and not any(marker.evaluate({**where, "extra": extra}) for extra in asked):
                continue
            if pin.name == "torch" and OF_TORCH.match(name):
                continue
            version = versions.get(name)
            if (
                version is None
                or not requirement.specifier.contains(version, prereleases=True)
                or not {canonicalize_name(extra) for extra in requirement.extras} <= extras[name]
            ):
                found.append(f"{pin.name} needs {requirement}")
    return found
