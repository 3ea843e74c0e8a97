"""Finding a browser: one that is there, one that gets installed, and none."""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import find


def test_an_installed_browser_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert find.main() == 0
    assert capsys.readouterr().out.strip() == find.find()


def test_a_missing_browser_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([None, "/somewhere/chromium"])
    called = []
    monkeypatch.setattr(find, "find", functools.cache(lambda: next(answers)))
    monkeypatch.setattr(find, "install", lambda: called.append(True))
    assert find.main() == 0
    assert called == [True]


def test_without_any_way_to_a_browser_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(find, "find", functools.cache(lambda: None))
    monkeypatch.setattr(find, "install", lambda: None)
    assert find.main() == 1
    message = capsys.readouterr().err
    assert message == find.ADVICE + "\n"
    assert "apt-get install chromium" in message


@pytest.fixture
def forget() -> Iterator[None]:
    """Look for a browser anew, in this test and after it."""
    find.find.cache_clear()
    yield
    find.find.cache_clear()


def program(path: Path, status: int) -> str:
    """Write a program that ends at once with this status."""
    path.write_text(f"#!/bin/sh\nexit {status}\n", encoding="utf-8")
    path.chmod(0o755)
    return str(path)


@pytest.mark.usefixtures("forget")
def test_a_browser_that_does_not_start_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    there = {
        "chromium": program(tmp_path / "snap", 1),
        "chromium-browser": str(tmp_path / "gone"),
        "google-chrome": program(tmp_path / "chrome", 0),
    }
    monkeypatch.setattr(find.shutil, "which", there.get)
    assert find.find() == there["google-chrome"]
    del there["google-chrome"]
    find.find.cache_clear()
    mac = program(tmp_path / "Google Chrome", 0)
    monkeypatch.setattr(find, "MAC", (tmp_path / "no", Path(mac)))
    assert find.find() == mac


@pytest.mark.parametrize(
    ("apt", "uid", "status", "commands"),
    [
        ("/usr/bin/apt-get", 0, 0, ["update", "chromium-headless-shell"]),
        ("/usr/bin/apt-get", 0, 1, ["update", "--with-deps chromium"]),
        ("/usr/bin/apt-get", 1000, 0, ["install chromium"]),
        (None, 0, 0, ["--with-deps chromium"]),
    ],
)
def test_debian_s_package_as_root_and_the_download_elsewhere(
    monkeypatch: pytest.MonkeyPatch, apt: str | None, uid: int, status: int, commands: list[str]
) -> None:
    called: list[list[str]] = []

    class Done:
        returncode = status

    def run(command: list[str], **_: object) -> Done:
        called.append(command)
        return Done()

    monkeypatch.setattr(find.shutil, "which", lambda name: apt)
    monkeypatch.setattr(find.os, "geteuid", lambda: uid)
    monkeypatch.setattr(find.sys, "platform", "linux")
    monkeypatch.setattr(find.subprocess, "run", run)
    find.install()
    assert len(called) == len(commands)
    for command, words in zip(called, commands, strict=True):
        assert words in " ".join(command)
    if apt is None or uid:
        assert called[-1][:3] == [sys.executable, "-m", "playwright"]
