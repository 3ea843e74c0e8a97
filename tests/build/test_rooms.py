"""The build walks one way, read -> run -> show -> give; each module is short, and has its tests in its room."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from tests.build.project import ROOT

ROOMS = ["read", "run", "show", "give"]
HOOKS = ROOT / "hooks"
MODULES = sorted(HOOKS.rglob("*.py"))
LINES = 150
TESTED = {
    "build.py": "test_site.py",
    "session.py": "test_serve.py",
    "state.py": "test_failures.py",
    "read/boxes.py": "read/test_grammar.py",
    "read/claims.py": "read/test_refusals.py",
    "read/fences.py": "read/test_refusals.py",
    "read/pages.py": "read/test_refusals.py",
    "read/source.py": "read/test_refusals.py",
    "run/machine.py": "run/test_failure.py",
    "show/fit.py": "read/test_grammar.py",
    "give/alone.py": "../snippets/test_alone.py",
    "give/carried.py": "give/test_takeaway.py",
    "give/outside.py": "give/test_takeaway.py",
}
"""Where a module is tested whose test is not the file that bears its name."""


def imported(path: Path) -> set[str]:
    """What a module imports of the build, as in `read.source`; the rest is left out."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("hooks"):
            names |= {f"{node.module}.{alias.name}".removeprefix("hooks.") for alias in node.names}
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(HOOKS).as_posix())
def test_a_module_knows_only_what_comes_before_it(path: Path) -> None:
    room = path.parent.name
    known = [*ROOMS, "session", "state"] if room == "hooks" else ROOMS[: ROOMS.index(room) + 1]
    assert {name.partition(".")[0] for name in imported(path)} <= set(known)


def test_the_tests_of_a_module_are_found_by_its_path() -> None:
    for path in MODULES:
        name = path.relative_to(HOOKS)
        own = name.with_name(f"test_{name.name}")
        where = Path(__file__).parent / TESTED.get(name.as_posix(), own)
        assert name.name == "__init__.py" or where.is_file(), f"{name} has no tests at {where}"
    assert not [name for name in TESTED if not (HOOKS / name).is_file()]


def test_no_module_is_long() -> None:
    lengths = {
        path.relative_to(HOOKS).as_posix(): path.read_text(encoding="utf-8").count("\n")
        for path in MODULES
    }
    assert {name: n for name, n in lengths.items() if n > LINES} == {}


def test_nothing_imports_the_thin_module() -> None:
    assert not [
        path for path in MODULES if "build" in {n.partition(".")[0] for n in imported(path)}
    ]


def test_no_module_imports_itself_by_way_of_others() -> None:
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for folder in ("hooks", "snippets")
        for path in (ROOT / folder).rglob("*.py")
    }
    arrows = {
        name: {
            target
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom) and node.module
            for alias in node.names
            for target in (node.module, f"{node.module}.{alias.name}")
            if target in modules
        }
        for name, path in modules.items()
    }
    assert any(arrows.values())
    TopologicalSorter(arrows).prepare()  # raises CycleError, which names the circle
