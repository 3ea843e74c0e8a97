"""A page's data for programs: a cell that shows an object with `_repr_json_` makes `<page>.json` of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

KIND = "application/json"


def find(cells: Sequence[Sequence[Mapping[str, Any]]]) -> Any:
    """The JSON that the cells of a page show, or None. Raises `ValueError` when two outputs have some."""
    outputs = [output for cell in cells for output in cell if KIND in output.get("data", {})]
    if len(outputs) > 1:
        raise ValueError("two cells of one page show JSON: one page makes one file")
    return outputs[0]["data"][KIND] if outputs else None


def write_json(pages: Mapping[str, Sequence[Sequence[Mapping[str, Any]]]], site: Path) -> None:
    """Write `<page>.json` into `site` for each page (path -> outputs of its cells) that shows JSON.

    It is the output that the page shows, so the file and the page cannot differ.
    """
    for page, cells in pages.items():
        if (data := find(cells)) is not None:
            path = site / Path(page).with_suffix(".json")
            path.parent.mkdir(parents=True, exist_ok=True)
            lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in data)
            text = f"[\n{lines}\n]\n" if isinstance(data, list) else json.dumps(data) + "\n"
            path.write_text(text, encoding="utf-8")
