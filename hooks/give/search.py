"""What the search knows beyond the pages' prose: a line for each layer; and what it need not know."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hooks.give import defaults
from hooks.read.source import Source

INDEX = Path("search", "search_index.json")
"""What Material loads with each page: how to search, and no section."""

SECTIONS = Path("search", "sections.json")
"""What the search's worker loads when something is asked."""

LAYER = {"module", "args", "parameter", "distribution", "formula"}
"""What a row of a table of defaults says; other data that a page shows is not for the search."""

FURTHER = re.compile(r"_l[1-9]\d*\b|_reverse\b|layers\.[1-9]")
"""Parameters of a further layer or direction: they start as those of the first."""


def write_sections(
    shown: Mapping[str, Sequence[Sequence[Mapping[str, Any]]]],
    sources: Mapping[str, Source],
    site: Path,
) -> None:
    """Move the sections of the index that was written into a file of their own.

    Each layer of a table of defaults becomes a section, too: the table itself is too long for the index.
    """
    path = site / INDEX
    if not path.is_file():  # the search plugin is off
        return
    index = json.loads(path.read_text(encoding="utf-8"))
    for page, cells in shown.items():
        shows = defaults.find(cells)
        rows = [row for row in shows if is_layer(row)] if isinstance(shows, list) else []
        for title, text in describe(rows).items():
            location = f"{sources[page].url}#{title}"
            index["docs"].append({"location": location, "title": f"nn.{title}", "text": text})
    for name, docs in ((INDEX, []), (SECTIONS, index["docs"])):
        text = json.dumps(index | {"docs": docs}, ensure_ascii=False, separators=(",", ":"))
        (site / name).write_text(text, encoding="utf-8")


def is_layer(row: Any) -> bool:
    """Whether a value in a page's data is a row of a table of defaults."""
    return isinstance(row, dict) and row.keys() >= LAYER


def describe(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Layer -> what its parameters and buffers start as, each with the first arguments that give it values."""
    laws: dict[str, dict[str, tuple[str, str]]] = {}
    for row in rows:
        names = laws.setdefault(row["module"], {})
        if (start := law(row)) and not FURTHER.search(row["parameter"]):
            args, _, first = row["args"].partition("# ")
            call = f"{row['module']}({args.strip()})" + (first and f", {first}")
            names.setdefault(row["parameter"], (call, start))
    described = {}
    for module, names in laws.items():
        calls: dict[str, dict[str, list[str]]] = {}
        for name, (call, start) in names.items():
            calls.setdefault(call, {}).setdefault(start, []).append(name)
        each = (
            f"{call}: "
            + "; ".join(f"{', '.join(alike)} {start}" for start, alike in starts.items())
            for call, starts in calls.items()
        )
        described[module] = f"Default initialization of {'. '.join(each)}."
    return described


def law(row: Mapping[str, Any]) -> str:
    """What a parameter starts as, in words that people type; empty when nothing is written yet."""
    formula = row["formula"]
    match row["distribution"]:
        case {"kind": "constant", "value": value}:
            return f"{value:g}"
        case {"kind": "uniform"}:
            return f"uniform within ±{formula}"
        case {"kind": "normal"}:
            return f"normal, std {formula}"
        case {"kind": "rows"}:
            return f"normal, std {formula}, row of padding_idx zero"
        case {"kind": "given"}:
            return f"the tensor given as {formula}"
    return ""
