"""Publishing: the site's folder holds the last good site or the new one, whole, whatever comes between."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mkdocs.exceptions import Abort, PluginError

from hooks.give.publish import Publication
from tests.build.project import ROOT

pytestmark = pytest.mark.fault


def begun(target: Path) -> tuple[Publication, Any]:
    """A build that has begun, and its configuration."""
    publication, config = Publication(), SimpleNamespace(site_dir=str(target))
    publication.begin(config)
    return publication, config


def publish(target: Path, text: str) -> None:
    """A build that writes one page and ends well."""
    publication, config = begun(target)
    (Path(config.site_dir) / "index.html").write_text(text)
    complete(publication)


def complete(publication: Publication) -> None:
    publication.complete = True
    publication.end()


def read(target: Path) -> str:
    return (target / "index.html").read_text()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_site_changes_only_when_all_is_there(tmp_path: Path) -> None:
    target = tmp_path / "site"
    publish(target, "one")
    publication, config = begun(target)
    assert read(target) == "one"
    assert config.site_dir != str(target)
    (Path(config.site_dir) / "index.html").write_text("two")
    assert read(target) == "one"
    complete(publication)
    assert (read(target), config.site_dir) == ("two", str(target))
    assert names(tmp_path) == ["site"]


def test_a_build_that_stops_leaves_the_last_site_and_nothing_else(tmp_path: Path) -> None:
    publish(tmp_path / "site", "one")
    publication, config = begun(tmp_path / "site")
    (Path(config.site_dir) / "index.html").write_text("half")
    publication.end()
    assert (names(tmp_path), read(tmp_path / "site")) == (["site"], "one")


def killed_build(target: Path, code: str) -> None:
    """A build in a process of its own that runs `code` and is then killed."""
    script = (
        "import os, signal, sys\nfrom types import SimpleNamespace\nfrom pathlib import Path\n"
        "from hooks.give.publish import Publication\nconfig = SimpleNamespace(site_dir=sys.argv[1])\n"
        f"build = Publication()\nbuild.begin(config)\n{code}\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(target)], cwd=ROOT, check=False)
    assert done.returncode == -9


def test_the_next_build_removes_what_a_killed_one_left(tmp_path: Path) -> None:
    target = tmp_path / "site"
    publish(target, "one")
    killed_build(target, "(Path(config.site_dir) / 'index.html').write_text('half')")
    assert len(names(tmp_path)) == 2
    assert read(target) == "one"
    publish(target, "two")
    assert (names(tmp_path), read(target)) == (["site"], "two")


def test_a_build_killed_between_the_renames_loses_nothing(tmp_path: Path) -> None:
    target = tmp_path / "site"
    publish(target, "one")
    killed_build(target, "Path(sys.argv[1]).rename(build._old)")
    assert "site" not in names(tmp_path)
    publication, _ = begun(target)  # the next build puts it back before it does anything else
    assert read(target) == "one"
    publication.end()
    assert names(tmp_path) == ["site"]


def test_an_interruption_between_the_renames_puts_the_last_site_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path / "site", "one")
    publication, _ = begun(tmp_path / "site")
    rename = Path.rename

    def interrupted(self: Path, to: Path) -> Path:
        if self.name == ".site.building":
            raise KeyboardInterrupt
        return rename(self, to)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        complete(publication)
    assert read(tmp_path / "site") == "one"
    assert names(tmp_path) == ["site"]


def test_a_build_waits_for_the_one_that_runs(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    target = tmp_path / "site"
    first, config = begun(target)
    with caplog.at_level(logging.INFO, "mkdocs"):
        second = threading.Thread(target=publish, args=(target, "second"))
        second.start()
        while "waiting for its end" not in caplog.text:
            time.sleep(0.01)
    (Path(config.site_dir) / "index.html").write_text("first")
    complete(first)
    second.join(60)
    assert (names(tmp_path), read(target)) == (["site"], "second")


def test_many_builds_at_once_all_end_well(tmp_path: Path) -> None:
    target, failures = tmp_path / "site", []

    def builds(name: int) -> None:
        try:
            for number in range(20):
                publish(target, f"{name} {number}")
        except BaseException as error:
            failures.append(repr(error))

    threads = [threading.Thread(target=builds, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert names(tmp_path) == ["site"]
    assert read(target).endswith(" 19")


def test_what_is_hidden_in_the_folder_stays_as_mkdocs_would_leave_it(tmp_path: Path) -> None:
    target = tmp_path / "site"
    publish(target, "one")
    target.chmod(0o750)
    (target / ".nojekyll").write_text("")
    (target / ".git").mkdir()
    (target / ".git" / "HEAD").write_text("ref")
    (target / "stale.html").write_text("old")
    publish(target, "two")
    assert names(target) == [".git", ".nojekyll", "index.html"]
    assert (target / ".git" / "HEAD").read_text() == "ref"
    assert stat.S_IMODE(target.stat().st_mode) == 0o750


def test_a_linked_site_is_replaced_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "site").symlink_to(tmp_path / "real")
    publish(tmp_path / "site", "one")
    assert (tmp_path / "site").is_symlink()
    assert read(tmp_path / "real") == "one"


def test_a_target_that_is_a_file_or_a_mount_point_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "site").write_text("mine")
    with pytest.raises(PluginError, match="is a file: remove it"):
        begun(tmp_path / "site")
    monkeypatch.setattr(os.path, "ismount", lambda path: True)
    with pytest.raises(PluginError, match="a mount point"):
        begun(tmp_path / "other")
    assert names(tmp_path) == ["site"]


@pytest.mark.parametrize(
    ("number", "advice"),
    [(errno.ENOSPC, "free some space"), (errno.EACCES, "make that folder writable")],
)
def test_what_the_disk_refused_is_said_with_advice(
    tmp_path: Path, number: int, advice: str
) -> None:
    target = tmp_path / "site"
    publication, config = begun(target)
    error = OSError(number, os.strerror(number), f"{config.site_dir}/index.html")
    text = publication.explain(error)
    publication.end()
    assert f"{os.strerror(number)}: {tmp_path}/.site.building/index.html. First {advice}" in text
    assert text.endswith(f"{target} is as it was.")


def test_what_the_disk_refuses_at_the_last_step_is_said_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(tmp_path / "site", "one")
    publication, config = begun(tmp_path / "site")
    (Path(config.site_dir) / "index.html").write_text("two")

    def refused(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(shutil, "copymode", refused)
    with pytest.raises(Abort, match=r"Permission denied\. First make that folder writable"):
        complete(publication)
    assert (names(tmp_path), read(tmp_path / "site")) == (["site"], "one")
