"""defaults.json is what a cell of the page shows: written once, row by row, and never in two versions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hooks.give.defaults import find, write_json

SHOWN = {
    "output_type": "display_data",
    "data": {"text/html": "<p>", "application/json": [{"a": "√"}, 2]},
}
PRINTED = {"output_type": "stream", "text": "hello"}


def test_the_output_with_json_is_found() -> None:
    assert find([[PRINTED], [PRINTED, SHOWN]]) == [{"a": "√"}, 2]
    assert find([[PRINTED], []]) is None


def test_two_outputs_with_json_are_refused() -> None:
    with pytest.raises(
        ValueError, match=r"^two cells of one page show JSON: one page makes one file$"
    ):
        find([[SHOWN], [SHOWN]])


def test_a_file_a_page(tmp_path: Path) -> None:
    single = {"data": {"application/json": {"b": 1}}}
    pages = {"defaults.md": [[SHOWN]], "very/deep/one.md": [[single]], "plain.md": [[PRINTED]]}
    write_json(pages, tmp_path)
    written = sorted(tmp_path.rglob("*.json"))
    assert written == [tmp_path / "defaults.json", tmp_path / "very" / "deep" / "one.json"]
    text = written[0].read_text(encoding="utf-8")
    assert json.loads(text) == [{"a": "√"}, 2]
    assert text.splitlines() == ["[", '{"a": "√"},', "2", "]"]
    assert json.loads(written[1].read_text(encoding="utf-8")) == {"b": 1}
    assert not (tmp_path / "plain.json").exists()
