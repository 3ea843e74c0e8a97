"""Pages that fail while they run: the build tells the truth, and publishes nothing."""

from __future__ import annotations

import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hooks.read.source import Cell, Source
from hooks.run.execution import Runner
from hooks.run.pins import installed_torch
from tests.build.project import ROOT, build, cell, page, write_project
from tests.sources import EXECUTED

FIRST = cell("print('first')", first=True)


def test_a_page_that_raises_fails_the_build_and_leaves_no_page(tmp_path: Path) -> None:
    claim = '!!! claim "a-b: x"\n\n' + cell("x = 1\nassert x == 2, 'no'")
    site = tmp_path / "site"
    done = build(write_project(tmp_path, {"index.md": page(FIRST, claim)}), site)
    assert done.returncode != 0
    assert "index.md:20: this cell raises" in done.stderr
    assert ">   20  assert x == 2, 'no'" in done.stderr
    assert "this cell raises (the proof of a-b)" in done.stderr
    assert "AssertionError: no" in done.stderr
    system = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    here = rf"Ran with torch {installed_torch()}, CPU capability \w+, BLAS \w+, {system}\."
    assert re.search(here, done.stderr)
    assert "`make everywhere PAGES=index.md` tries other processors" in done.stderr
    assert not (site / "index.html").exists()


def test_a_cell_past_its_time_limit_fails_the_build(tmp_path: Path) -> None:
    text = page(FIRST, cell("import time\ntime.sleep(9999)"))
    project = write_project(tmp_path, {"index.md": text})
    done = build(project, tmp_path / "site", MKDOCS_CELL_SECONDS="0.5")
    assert done.returncode != 0
    assert "index.md:17: this cell ran past its limit of 5 s by the clock\n" in done.stderr
    assert "MKDOCS_CELL_SECONDS=120 make build" in done.stderr


def test_a_page_without_any_output_fails_the_build(tmp_path: Path) -> None:
    project = write_project(tmp_path, {"index.md": page(cell("x = 1", first=True))})
    done = build(project, tmp_path / "site")
    assert done.returncode != 0
    assert "index.md:13: no cell of this page has an output" in done.stderr


def test_an_empty_page_fails_the_build(tmp_path: Path) -> None:
    project = write_project(tmp_path, {"index.md": "---\ntitle: T\n---\n"})
    done = build(project, tmp_path / "site")
    assert done.returncode != 0
    assert "index.md:1: this page came out empty" in done.stderr


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    warm = Runner()
    yield warm
    warm.stop()


@pytest.mark.parametrize("source", EXECUTED, ids=lambda source: source.path)
def test_breaking_an_assert_of_a_page_is_reported_with_page_and_line(
    source: Source, runner: Runner
) -> None:
    """The first assert, the last, and one between; of what runs before them only its lines count here."""
    asserts = [
        (written, offset)
        for written in source.cells
        for offset, line in enumerate(written.code.splitlines())
        if re.match(r"\s*assert ", line)
    ]
    assert asserts
    for written, offset in (asserts[0], asserts[len(asserts) // 2], asserts[-1]):
        broken = Cell("#\n" * offset + "assert not 'broken'", written.line)
        ((_, result),) = runner.run([Source(source.path, cells=[broken])])
        where = f"{source.path}:{written.line + offset}: this cell raises"
        assert str(result.problem).startswith(where), result.problem


def test_a_broken_assert_fails_the_tests_with_page_and_line(tmp_path: Path) -> None:
    (tmp_path / "broken.md").write_text(page(FIRST, cell("x = 1\nassert x == 2")), encoding="utf-8")
    command = ["-m", "pytest", "--markdown-docs", "-n0", f"--rootdir={ROOT}", str(tmp_path)]
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert re.search(r'broken\.md", line 18, in', done.stdout)
    assert "1 failed, 1 passed" in done.stdout
