"""The cache: what makes a result stale, what does not, and entries that cannot be trusted."""

from __future__ import annotations

import logging
import os
import shutil
import time
from pathlib import Path

import pytest

from hooks.read.source import Cell, Source
from hooks.run import cache as module
from hooks.run.cache import Cache, key_of
from hooks.run.imports import imported_modules
from tests.build.project import ROOT, build, cell, page, write_project

OUTPUTS = [[{"output_type": "stream", "name": "stdout", "text": "1\n"}]]


def source(*codes: str, path: str = "p.md", line: int = 1) -> Source:
    return Source(path, cells=[Cell(code, line) for code in codes])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with modules that import one another."""
    package = tmp_path / "snippets"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "a.py").write_text("from snippets import b\n")
    (package / "b.py").write_text("import os\n")
    (package / "c.py").write_text("x = 1\n")
    return tmp_path


def test_imports_are_followed_through_our_modules_and_no_others(project: Path) -> None:
    found = imported_modules(source("import torch\nfrom snippets.a import f"), project)
    assert set(found) == {"snippets", "snippets.a", "snippets.b"}
    assert set(imported_modules(source("import snippets.c as c"), project)) == {
        "snippets",
        "snippets.c",
    }
    assert imported_modules(source("not = python"), project) == {}


def test_a_key_changes_with_code_modules_and_packages_and_with_nothing_else(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = source("from snippets.a import b", "print(1)")
    key = key_of(page, project)
    moved = source("from snippets.a import b", "print(1)", path="q.md", line=99)
    assert key_of(moved, project) == key
    (project / "snippets" / "c.py").write_text("x = 2\n")
    assert key_of(page, project) == key
    assert key_of(source("from snippets.a import b", "print(2)"), project) != key
    (project / "snippets" / "b.py").write_text("import sys\n")
    changed = key_of(page, project)
    assert changed != key
    monkeypatch.setattr(module, "installed", lambda: ["torch-2.14.0.dist-info"])
    assert key_of(page, project) != changed


def test_torch_and_its_build_are_part_of_the_key() -> None:
    assert any(name.startswith("torch-2.13.0") for name in module.installed())


def test_a_result_comes_back_as_it_went_in(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "deep" / "cache")
    assert cache.get(source("print(1)"), "k") is None
    cache.put(source("print(1)"), "k", OUTPUTS)
    assert cache.get(source("print(1)"), "k") == OUTPUTS
    assert [path.name for path in cache.folder.iterdir()] == ["k.json"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"sum": "0", "cells": [[]]}',
        '{"cells": [[{}]]}',
        '{"sum": "0"}',
        "\udcff",
    ],
)
def test_a_damaged_entry_is_ignored_with_a_warning_and_replaced(
    tmp_path: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    cache = Cache(tmp_path)
    (tmp_path / "k.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with caplog.at_level(logging.WARNING):
        assert cache.get(source("print(1)"), "k") is None
    assert "k.json of p.md" in caplog.text
    cache.put(source("print(1)"), "k", OUTPUTS)
    assert cache.get(source("print(1)"), "k") == OUTPUTS


@pytest.mark.fault
@pytest.mark.parametrize("other", ['"text": "2', '"text": "', '"name": "stdxxt", "text": "1'])
def test_an_entry_that_is_sound_but_not_what_was_written_is_ignored(
    tmp_path: Path, other: str, caplog: pytest.LogCaptureFixture
) -> None:
    cache = Cache(tmp_path)
    cache.put(source("print(1)"), "k", OUTPUTS)
    text = (tmp_path / "k.json").read_text(encoding="utf-8")
    assert '"text": "1' in text
    (tmp_path / "k.json").write_text(text.replace('"text": "1', other), encoding="utf-8")
    assert cache.get(source("print(1)"), "k") is None
    assert (
        "ignored the damaged cache entry k.json of p.md: it is not what was written" in caplog.text
    )


@pytest.mark.fault
def test_every_truncated_entry_is_ignored(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put(source("print(1)"), "k", OUTPUTS)
    whole = (tmp_path / "k.json").read_bytes()
    for length in range(len(whole)):
        (tmp_path / "k.json").write_bytes(whole[:length])
        assert cache.get(source("print(1)"), "k") is None, length


@pytest.mark.fault
def test_a_cache_that_can_only_be_read_serves_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = Cache(tmp_path)
    cache.put(source("print(1)"), "k", OUTPUTS)
    os.utime(tmp_path / "k.json", (0, 0))

    def refused(*_: object, **__: object) -> None:
        raise PermissionError("read-only")

    monkeypatch.setattr(os, "utime", refused)
    monkeypatch.setattr(Path, "unlink", refused)
    assert cache.get(source("print(1)"), "k") == OUTPUTS
    cache.evict()
    assert (tmp_path / "k.json").exists()


def test_a_folder_that_cannot_be_written_costs_only_the_cache(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("")
    cache = Cache(tmp_path / "file")
    cache.put(source("print(1)"), "k", OUTPUTS)
    assert "could not keep the result of p.md" in caplog.text
    assert cache.get(source("print(1)"), "k") is None
    cache.evict()


def test_old_entries_and_leftovers_are_evicted(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for name, days in (("old.json", 40), ("new.json", 1), ("left.1.tmp", 40), ("busy.2.tmp", 0)):
        path = tmp_path / name
        path.write_text("{}")
        os.utime(path, (time.time() - days * 86400,) * 2)
    cache.evict()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["busy.2.tmp", "new.json"]


def test_an_entry_ages_to_the_second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    month, now = 30 * 86400, 10_000_000_000
    ages = {"kept.json": month, "old.json": month + 1}
    for name, age in ages.items():
        (tmp_path / name).write_text("{}")
        os.utime(tmp_path / name, (now - age,) * 2)
    monkeypatch.setattr(module.time, "time", lambda: now)
    Cache(tmp_path).evict()
    assert [path.name for path in tmp_path.iterdir()] == ["kept.json"]


def test_warnings_say_which_entry_and_why(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    cache = Cache(tmp_path)
    cache.put(source("print(1)"), "other", OUTPUTS)
    (tmp_path / "other.json").rename(tmp_path / "k.json")
    Cache(tmp_path).get(source("print(1)"), "k")
    Cache(tmp_path / "k.json").put(source("print(1)"), "k", OUTPUTS)
    read, kept = caplog.messages
    assert read == "ignored the damaged cache entry k.json of p.md: it is not what was written"
    assert kept.startswith(f"could not keep the result of p.md in {tmp_path / 'k.json'}: [Errno")


def test_prose_executes_nothing_and_a_snippet_exactly_its_pages(tmp_path: Path) -> None:
    root = tmp_path / "project"
    for name in ("hooks", "theme", "snippets", "docs/assets"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("mkdocs.yml", "requirements-torch.txt"):
        shutil.copy(ROOT / name, root)
    user = cell("from snippets.errors import expect_error\nprint(expect_error)", first=True)
    pages = {"index.md": page("Words.", user), "other.md": page(cell("print(1)", first=True))}
    small = write_project(tmp_path / "small", pages, root)

    def executed() -> list[str]:
        done = build(small, tmp_path / "site", CI="")
        assert done.returncode == 0, done.stderr
        return [name for name in pages if f" {name}: " in done.stderr]

    assert sorted(executed()) == ["index.md", "other.md"]
    assert executed() == []
    text = (small / "docs" / "index.md").read_text(encoding="utf-8")
    (small / "docs" / "index.md").write_text(
        text.replace("Words.", "Other words, and more lines.\n")
    )
    assert executed() == []
    with (root / "snippets" / "errors.py").open("a", encoding="utf-8") as file:
        file.write("\n# changed\n")
    assert executed() == ["index.md"]
