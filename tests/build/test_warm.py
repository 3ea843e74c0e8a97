"""The parts of the warm process that can be tried in this one: answers, outputs, errors."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from hooks import warm
from hooks.warm import Job, _describe, _display, _finish, _plain, _take, _write


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The processes that were told to end; none is."""
    pids: list[int] = []
    monkeypatch.setattr(warm, "_kill", pids.append)
    return pids


def job(cells: int = 2, pid: int = 5) -> Job:
    return Job({"id": 7, "cells": [{"code": ""}] * cells, "limit": 30.0}, pid, 0, 100.0, 130.0)


def line(**more: Any) -> bytes:
    return json.dumps({"outputs": [], "seconds": 0.5, "error": None, **more}).encode() + b"\n"


def test_answers_are_taken_as_their_lines_end(
    ended: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm.time, "monotonic", lambda: 110.0)
    running = job()
    whole = line(outputs=[{"a": 1}])
    _take(running, whole[:10])
    assert (running.pending, running.cells, running.deadline) == (whole[:10], [], 130.0)
    _take(running, whole[10:] + b"{")
    assert (running.pending, running.cells, running.seconds) == (b"{", [[{"a": 1}]], [0.5])
    assert (running.deadline, running.error, ended) == (140.0, None, [])
    _take(running, line()[1:])
    assert (len(running.cells), ended) == (2, [5])
    failed = job()
    _take(failed, line(error={"kind": "Raised"}))
    assert (failed.error, ended) == ({"kind": "Raised"}, [5, 5])


@pytest.mark.parametrize(
    ("code", "cells", "how"),
    [
        ("raise SystemExit(3)", 1, "exit code 3"),
        ("import os; os.kill(os.getpid(), 15)", 1, "signal 15"),
        ("pass", 1, "exit code 0"),
        ("pass", 2, None),
    ],
)
def test_an_ended_process_is_reported_unless_it_has_answered(
    ended: list[int], monkeypatch: pytest.MonkeyPatch, code: str, cells: int, how: str | None
) -> None:
    process = subprocess.Popen([sys.executable, "-S", "-c", code])
    monkeypatch.setattr(warm.time, "monotonic", lambda: 101.5)
    running, replies = job(pid=process.pid), io.StringIO()
    running.cells, running.seconds = [[]] * cells, [0.25] * cells
    _finish(running, replies)
    process.returncode = 0  # it is gone, and Popen cannot know
    assert ended == [process.pid]
    assert replies.getvalue().endswith("}\n")
    answer = json.loads(replies.getvalue())
    error = answer.pop("error")
    assert answer == {
        "id": 7,
        "cells": [[]] * cells,
        "cell_seconds": [0.25] * cells,
        "seconds": 1.5,
    }
    if how is None:
        assert error is None
    else:
        assert error == {"kind": "Died", "text": f"ended the process ({how})"}


def test_a_process_that_was_killed_or_lives_on_says_so(
    ended: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = []
    for ends in (True, False):
        code = "import os; os.kill(os.getpid(), 9)"
        process = subprocess.Popen([sys.executable, "-S", "-c", code])
        if not ends:
            monkeypatch.setattr(warm, "_ends_by_itself", lambda pid: False)
        replies = io.StringIO()
        _finish(job(pid=process.pid), replies)
        process.returncode = 0
        error = json.loads(replies.getvalue())["error"]
        assert error.keys() == {"kind", "text"}
        assert error["kind"] == "Died"
        texts.append(error["text"])
    assert texts == [
        "ended the process (signal 9): somebody killed it, or the machine ran out of memory",
        "closes files that it did not open",
    ]


def test_nobody_is_killed_twice() -> None:
    process = subprocess.Popen([sys.executable, "-S", "-c", ""], start_new_session=True)
    process.wait()
    warm._kill(process.pid)


def test_everything_is_written_even_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    write = os.write
    monkeypatch.setattr(warm.os, "write", lambda pipe, data: write(pipe, data[:3]))
    _write(writer, b"0123456789")
    os.close(writer)
    with os.fdopen(reader, "rb") as written:
        assert written.read() == b"0123456789"


def test_text_loses_its_colors_and_returns() -> None:
    assert _plain("\x1b[31;1mred\x1b[0m\r\nx\ry\x1b]8;;link\x07z") == "red\nx\nyz"


def test_pictures_become_text_and_metadata_stays() -> None:
    shown = {"data": {"image/png": b"\x89P", "text/plain": "a\r\nb", "application/json": [1]}}
    assert _display(shown | {"metadata": {"a": 1}}) == {
        "output_type": "display_data",
        "data": {"image/png": "iVA=", "text/plain": "a\nb", "application/json": [1]},
        "metadata": {"a": 1},
    }
    assert _display(shown | {"metadata": None})["metadata"] == {}
    assert _display(shown)["metadata"] == {}


def raised(code: str, name: str = "<ipython-input-1>") -> dict[str, Any] | None:
    try:
        exec(compile(code, name, "exec"), {})
    except BaseException as error:
        return _describe(error)
    return None


def test_an_error_tells_its_line_in_the_cell_and_its_last_frames() -> None:
    assert _describe(None) is None
    assert raised("\n\n1 / 0") == {
        "kind": "Raised",
        "text": '  raised: exec(compile(code, name, "exec"), {})\nZeroDivisionError: division by zero',
        "line": 3,
    }
    assert raised("\n1 / 0", "/tmp/ipykernel_1/1.py")["line"] == 2  # type: ignore[index]
    assert raised("x = 1\ny = = 2")["line"] == 2  # type: ignore[index]
    assert raised("1 / 0", "other")["line"] == 1  # type: ignore[index]
    found = raised("import json\n\njson.loads('\x1b[31m{')")
    assert found is not None
    assert found["line"] == 3
    frames = found["text"].splitlines()
    names = [frame.partition(":")[0] for frame in frames]
    assert names == ["  loads", "  decode", "  raw_decode", "json.decoder.JSONDecodeError"]
    assert "\x1b" not in found["text"]


def test_an_error_says_what_its_reader_can_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MKDOCS_CELL_MEMORY", "2.5")
    place = tmp_path / "m.py"
    place.touch()
    more = (
        "A page may use 2.5 GiB more than torch itself: use less, or set MKDOCS_CELL_MEMORY to more"
    )
    for code, said in (
        ("OSError(27, 'File too large')", "A page may write files of 64 MiB"),
        ("MemoryError('no room')", more),
        ('RuntimeError("can\'t allocate memory: 9 GB")', more),
        ("OSError(5, 'No answer')", "OSError: [Errno 5] No answer"),
        (f"SyntaxError('bad', ({str(place)!r}, 7, 1, 'x'))", "SyntaxError: bad (m.py, line 7)"),
        ("SyntaxError('bad', ('gone.py', 7, 1, 'x'))", "SyntaxError: bad"),
    ):
        found = raised(f"raise {code}")
        assert found is not None
        frame, kind, *rest = found["text"].splitlines()
        assert frame.startswith("  raised:")
        assert [kind, *rest][-1] == said
        assert kind.startswith(code.partition("(")[0])
        assert len(rest) == said.startswith("A page")


def test_only_the_last_three_frames_outside_ipython_are_shown(tmp_path: Path) -> None:
    code = "def f(n, g=None):\n    return f(n - 1, g) if n else g() if g else 1 / 0\n"
    functions = []
    for folder in ("other", "IPython"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "m.py").write_text(code, encoding="utf-8")
        found: dict[str, Any] = {}
        exec(compile(code, str(tmp_path / folder / "m.py"), "exec"), found)
        functions.append(found["f"])
    outside, inside = functions
    texts = []
    for call in (lambda: outside(5), lambda: outside(0, lambda: inside(3))):
        with pytest.raises(ZeroDivisionError) as error:
            call()
        described = _describe(error.value)
        assert described is not None
        texts.append(described["text"].splitlines())
    shown = "  f: return f(n - 1, g) if n else g() if g else 1 / 0"
    assert texts[0] == [shown] * 3 + ["ZeroDivisionError: division by zero"]
    assert texts[1].count(shown) == 1  # the frames in IPython are not the page's business


def test_what_torch_imports_late_is_asked_for_once_and_left_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called: list[tuple[str, object]] = []

    def note(name: str, *given: object) -> None:
        called.append((name, *given[:1]))

    monkeypatch.setattr("torch.testing.assert_close", lambda *given: note("close"))
    monkeypatch.setattr("torch.optim.SGD", lambda *given, **options: note("SGD"))
    setter = "torch.use_deterministic_algorithms"
    monkeypatch.setattr(setter, lambda mode: note("deterministic", mode))
    warm.preload(["torch"])
    assert called == []
    warm.preload(["torch.testing"])
    warm.preload(["torch.optim"])
    warm.preload([setter])
    wanted = [("close",), ("SGD",), ("deterministic", True), ("deterministic", False)]
    assert called == wanted


def test_what_cannot_be_imported_in_advance_is_left_to_the_page() -> None:
    names = ["no.such.module", "torch.testing", "torch.optim", "colorsys"]
    sys.modules.pop("colorsys", None)
    warm.preload(names)
    assert "colorsys" in sys.modules
