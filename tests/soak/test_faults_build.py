"""Faults of whole builds: a clear message, a true exit code, the last good site whole, nothing left behind."""

from __future__ import annotations

import shutil
import signal
import time
from pathlib import Path

import pytest

from hooks.read.pages import read_page
from tests.build.faults import Project, rewrite, two_pages, whole
from tests.build.project import PATIENCE, cell, happens, page

pytestmark = pytest.mark.fault

NO_NETWORK = """
import sys
def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        if event != "socket.connect" or isinstance(arguments[1], tuple):
            raise SystemExit(f"the build wants the network: {event} {arguments}")
sys.addaudithook(refuse)
"""

OTHER_TORCH = """
from importlib import metadata
true = metadata.version
def version(name):
    if name == "torch":
"""
OTHERWISE = """
    return true(name)
metadata.version = version
"""


def small_files(size: int) -> str:
    """Nothing that the build writes may grow beyond `size` bytes: as if the disk were full there."""
    return f"import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({size}, {size}))"


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project that was built, without the network, and well."""
    project = Project(tmp_path_factory.mktemp("good"))
    code, output = project.build(NO_NETWORK)
    assert code == 0, output
    assert f"Building documentation to directory: {project.folder / '.site.building'}\n" in output
    return project


@pytest.fixture
def project(good: Project, tmp_path: Path) -> Project:
    """A copy of its own for a test."""
    shutil.copytree(good.folder, tmp_path / "project")
    (tmp_path / "tmp").mkdir()
    return Project(tmp_path)


def test_a_build_without_the_network_ends_well_and_leaves_nothing(good: Project) -> None:
    assert "first index" in (good.site / "index.html").read_text(encoding="utf-8")
    good.check_clean()


FAULTS = {
    "a cell that is killed": (
        {"index.md": page(cell("import os\nos.kill(os.getpid(), 9)", first=True))},
        "",
        "index.md:13: this cell ended the process (signal 9)",
    ),
    "a link that leads nowhere": (
        {"index.md": page(cell("print(1)", first=True), "[x](missing.md)")},
        "",
        "'index.md' contains a link 'missing.md'",
    ),
    "files that cannot grow": ({}, small_files(30_000), "File too large"),
    "a foreign torch": (
        {},
        f"{OTHER_TORCH}        return '1.0+cpu'{OTHERWISE}",
        "torch 1.0 is installed, and requirements-torch.txt pins 2.13.0: run `python -m pip install",
    ),
    "no torch": (
        {},
        f"{OTHER_TORCH}        raise metadata.PackageNotFoundError(name){OTHERWISE}",
        "torch is not installed, and requirements-torch.txt pins 2.13.0: run `python -m pip install",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_leaves_the_last_good_site(project: Project, name: str) -> None:
    pages, before, message = FAULTS[name]
    last = whole(project.site)
    rewrite(project, {**two_pages("second"), **pages})
    code, output = project.build(before)
    assert code == 1, output
    assert message in output
    assert "Traceback" not in output
    assert whole(project.site) == last
    project.check_clean()


def test_a_terminated_build_says_so_by_its_exit_code_and_leaves_nothing(project: Project) -> None:
    last = whole(project.site)
    rewrite(project, {"index.md": page(cell("import time\ntime.sleep(9999)", first=True))})
    process = project.start()
    assert happens(lambda: list(project.folder.glob(".site.*")), step=0.01)
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 143, output
    assert whole(project.site) == last
    project.check_clean()


def test_line_ends_and_byte_order_marks_change_nothing(tmp_path: Path) -> None:
    plain = page(cell("if True:\n\tprint('ok')", first=True), cell("print(2)")).encode()
    (tmp_path / "plain.md").write_bytes(plain)
    expected = read_page(tmp_path / "plain.md", tmp_path)
    assert len(expected.cells) == 2
    for raw in (
        plain.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + plain,
        plain.rstrip(b"\n"),
        b"\xef\xbb\xbf" + plain.replace(b"\n", b"\r\n").rstrip(),
    ):
        (tmp_path / "odd.md").write_bytes(raw)
        found = read_page(tmp_path / "odd.md", tmp_path)
        assert found.problems == []
        assert found.cells == expected.cells
        assert found.notebook is not None


def test_a_cell_of_2_mb_is_refused_before_it_is_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "\n".join(f"x{number} = {number}" for number in range(150_000))
    (tmp_path / "p.md").write_text(page(cell(code, first=True)), encoding="utf-8")
    monkeypatch.setattr("hooks.read.pages.check_fence", None)  # it parses: minutes
    (problem,) = read_page(tmp_path / "p.md", tmp_path).problems
    assert str(problem).startswith("p.md:12: a fence of 2,")
    assert "put the rest into a module" in problem.text
