"""Slow faults of whole builds: interruptions at random moments, a full disk, builds at once, while serving."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.build.faults import Project, rewrite, two_pages, whole
from tests.build.project import PATIENCE, ROOT, cell, happens, page
from tests.build.test_serve import Server

pytestmark = pytest.mark.fault

MOMENTS = 20


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, dict[str, bytes], float]:
    """A project built well; the site of its second edition, built elsewhere; the seconds of a build."""
    project = Project(tmp_path_factory.mktemp("good"))
    code, output = project.build()
    assert code == 0, output
    other = Project(tmp_path_factory.mktemp("second"), two_pages("second"))
    start = time.monotonic()
    code, output = other.build()
    assert code == 0, output
    return project, whole(other.site), time.monotonic() - start


@pytest.fixture
def project(good: tuple[Project, dict[str, bytes], float], tmp_path: Path) -> Project:
    """A copy for one test: the first edition's site, the second edition's pages."""
    shutil.copytree(good[0].folder, tmp_path / "project")
    (tmp_path / "tmp").mkdir()
    project = Project(tmp_path)
    rewrite(project, two_pages("second"))
    return project


def check_next_build(project: Project, second: dict[str, bytes]) -> None:
    """The next build is right, and tidies up."""
    code, output = project.build()
    assert code == 0, output
    assert whole(project.site) == second
    project.check_clean()


@pytest.mark.parametrize("moment", range(MOMENTS))
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_a_build_interrupted_at_a_random_moment(
    good: tuple[Project, dict[str, bytes], float], project: Project, name: str, moment: int
) -> None:
    """Each moment is drawn from its own stretch of the build, by a seed that the test prints."""
    _, second, seconds = good
    first = whole(project.site)
    seed = f"{name} {moment} {os.environ.get('FAULT_SEED', '1')}"
    after = (moment + random.Random(seed).random()) / MOMENTS * seconds
    print(f"FAULT_SEED: {seed!r}; {name} after {after:.3f} s of about {seconds:.3f} s")
    process = project.start()
    time.sleep(after)
    process.send_signal(getattr(signal, name))
    output, _ = process.communicate(timeout=PATIENCE)
    code, now = process.returncode, whole(project.site)
    print(f"exit code {code}\n{output}")
    if code == 0:  # it had ended, or the new site was in its place
        assert now == second
    else:
        assert now in (first, second)
        assert code in {"SIGINT": (1, 130, -2), "SIGTERM": (143, -15), "SIGKILL": (-9,)}[name]
    if name == "SIGKILL":
        assert happens(lambda: not project.processes())
    else:
        project.check_clean()
    check_next_build(project, second)


@pytest.fixture
def full_disk() -> list[str]:
    """What runs a command in a file system namespace of its own, where small disks can be mounted."""
    prefix = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "-r", "--mount"]
    tried = subprocess.run([*prefix, "true"], capture_output=True, text=True, check=False)
    assert tried.returncode == 0, f"this test mounts a small disk, which needs rights: {tried}"
    return prefix


@pytest.mark.parametrize("part", [0, 0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99])
def test_a_disk_that_fills_up_while_the_site_is_written(
    good: tuple[Project, dict[str, bytes], float], tmp_path: Path, full_disk: list[str], part: float
) -> None:
    """The project lies on a disk of its own, with room for this part of a site beside the last good one."""
    source, second, _ = good
    kib = 4 + int(part * sum(len(data) for data in second.values()) / 1024)
    disk = tmp_path / "disk"
    disk.mkdir()
    script = f"""
set -e
mount -t tmpfs -o size=64m tmpfs {disk}
cp -r {source.folder}/. {disk}
cp -r {disk}/site {tmp_path}/before
used=$(du -sk {disk} | cut -f1)
mount -o remount,size=$((used + {kib}))k {disk}
sed -i s/first/second/ {disk}/docs/index.md
cd {disk}
code=0
{sys.executable} -m mkdocs build > {tmp_path}/log 2>&1 || code=$?
ls -A > {tmp_path}/names
diff -r site {tmp_path}/before > {tmp_path}/difference && echo same >> {tmp_path}/names
exit $code
"""
    environment = {**os.environ, "CI": "true", "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        [*full_disk, "sh", "-c", script], env=environment, capture_output=True, text=True
    )
    log = (tmp_path / "log").read_text()
    assert done.returncode == 1, done.stdout + done.stderr + log
    assert "No space left on device" in log
    assert "First free some space, then build again" in log, log
    assert "Traceback" not in log
    assert (tmp_path / "names").read_text().split() == ["docs", "mkdocs.yml", "site", "same"]


@pytest.mark.parametrize("how", ["full", "read-only"])
def test_a_cache_that_takes_nothing_costs_only_the_cache(
    good: tuple[Project, dict[str, bytes], float],
    project: Project,
    tmp_path: Path,
    full_disk: list[str],
    how: str,
) -> None:
    """The cache lies on a disk of its own, full or read-only; the build ends well all the same."""
    folder = ROOT / ".cache" / "pages"
    folder.mkdir(parents=True, exist_ok=True)
    word = f"{how} {time.time()}"  # pages that the cache does not hold yet
    rewrite(project, two_pages(word))
    script = f"""
set -e
mount -t tmpfs -o size=4k tmpfs {folder}
if [ {how} = full ]; then
    head -c 4096 /dev/zero > {folder}/filled
else
    mount -o remount,ro {folder}
fi
cd {project.folder}
exec {sys.executable} -m mkdocs build
"""
    environment = {**os.environ, "CI": "", "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        [*full_disk, "sh", "-c", script], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert f"could not keep the result of index.md in {folder}" in done.stderr
    assert "Traceback" not in done.stderr
    assert word in (project.site / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("time_apart", [0.0, 0.05, 0.1, 0.5, 1.0])
def test_two_builds_at_once_in_one_folder_both_end_well(
    good: tuple[Project, dict[str, bytes], float], project: Project, time_apart: float
) -> None:
    first = project.start()
    time.sleep(time_apart)
    second = project.start()
    for process in (first, second):
        output, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, output
    assert whole(project.site) == good[1]
    project.check_clean()


def test_a_cell_that_takes_memory_without_end(project: Project) -> None:
    last = whole(project.site)
    hungry = "taken = []\nwhile True:\n    taken.append(bytearray(10**6))"
    rewrite(project, {"index.md": page(cell(hungry, first=True))})
    code, output = project.build(MKDOCS_CELL_MEMORY="0.5")
    assert code == 1
    assert "index.md:15: this cell raises" in output
    assert "MemoryError" in output
    assert "A page may use 0.5 GiB more than torch itself" in output
    assert whole(project.site) == last
    project.check_clean()


def test_a_page_that_is_not_text(project: Project) -> None:
    last = whole(project.site)
    (project.folder / "docs" / "bad.md").write_bytes(b"# T\n\ncaf\xe9\n")
    code, output = project.build()
    assert code == 1
    assert "bad.md:3: this is not UTF-8: save the page as UTF-8" in output
    assert whole(project.site) == last
    project.check_clean()


def test_pages_come_and_go_while_serving(tmp_path: Path) -> None:
    project = Project(tmp_path)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Server(project.folder, port)
    docs = project.folder / "docs"
    try:
        server.wait(lambda: "first index" in server.read(), "the first page")
        (docs / "new.md").write_text(page(cell("print('added')", first=True)), encoding="utf-8")
        server.wait(lambda: "added" in server.read("new/"), "the added page")
        (docs / "new.md").rename(docs / "renamed.md")
        server.wait(lambda: "added" in server.read("renamed/"), "the renamed page")
        server.wait(lambda: server.read("new/") == "", "the end of its old name")
        (docs / "other.md").unlink()
        server.wait(lambda: server.read("other/") == "", "the end of the deleted page")
        assert "first index" in server.read()
        (docs / "bad.md").write_bytes(b"# T\n\ncaf\xe9\n")
        server.wait(lambda: "bad.md:3: this is not UTF-8" in server.read("bad/"), "the refusal")
        (docs / "bad.md").write_text("# Mended\n", encoding="utf-8")
        server.wait(lambda: "Mended" in server.read("bad/"), "the mended page")
    finally:
        server.process.terminate()
        assert server.process.wait(PATIENCE) == 143
    assert "Traceback" not in server.log.read_text()


def test_a_snippet_with_a_syntax_error_is_named_with_its_line(tmp_path: Path) -> None:
    for name in ("hooks", "theme", "snippets", "docs/assets"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, tmp_path / "root" / name, ignore=ignored)
    for name in ("mkdocs.yml", "requirements-torch.txt"):
        shutil.copy(ROOT / name, tmp_path / "root")
    (tmp_path / "root" / "snippets" / "errors.py").write_text("x = 1\ny = = 2\n", encoding="utf-8")
    user = page(cell("x = 1\nfrom snippets.errors import y", first=True))
    project = Project(tmp_path, {"index.md": user}, tmp_path / "root")
    code, output = project.build()
    assert code == 1
    assert "index.md:14: this cell raises" in output
    assert "SyntaxError: invalid syntax (snippets/errors.py, line 2)" in output
    project.check_clean()
