"""What a page's process tells of its cells: outputs as text, errors with their line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hooks.run.cells import _describe, _display, _plain


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
    monkeypatch.delenv("MKDOCS_CELL_MEMORY")
    found = raised("raise MemoryError")
    assert found is not None
    assert "A page may use 4 GiB more" in found["text"]


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
