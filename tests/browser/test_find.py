"""Finding a browser: one that is there, one that gets installed, and none."""

from __future__ import annotations

import pytest

from tests.browser import find


def test_an_installed_browser_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert find.main() == 0
    assert capsys.readouterr().out.strip() == find.find()


def test_a_missing_browser_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([None, "/somewhere/chromium"])
    called = []
    monkeypatch.setattr(find, "find", lambda: next(answers))
    monkeypatch.setattr(find, "install", lambda: called.append(True))
    assert find.main() == 0
    assert called == [True]


def test_without_any_way_to_a_browser_one_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(find, "find", lambda: None)
    monkeypatch.setattr(find, "install", lambda: None)
    assert find.main() == 1
    message = capsys.readouterr().err
    assert message == find.ADVICE + "\n"
    assert "apt-get install chromium" in message


@pytest.mark.parametrize(
    ("apt", "uid", "program"),
    [("/usr/bin/apt-get", 0, "apt-get"), ("/usr/bin/apt-get", 1000, None), (None, 0, None)],
)
def test_debian_s_package_as_root_and_the_download_elsewhere(
    monkeypatch: pytest.MonkeyPatch, apt: str | None, uid: int, program: str | None
) -> None:
    commands: list[list[str]] = []

    class Done:
        returncode = 0

    def run(command: list[str], **_: object) -> Done:
        commands.append(command)
        return Done()

    monkeypatch.setattr(find.shutil, "which", lambda name: apt)
    monkeypatch.setattr(find.os, "geteuid", lambda: uid)
    monkeypatch.setattr(find.subprocess, "run", run)
    find.install()
    if program:
        assert [command[0] for command in commands] == [program, program]
        assert "chromium-headless-shell" in commands[-1]
    else:
        (command,) = commands
        assert command[1:] == ["-m", "playwright", "install", "chromium"]
