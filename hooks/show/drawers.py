"""What of a cell lies in a drawer, which a click opens: the reader came for the answer, not for its proof."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from hooks.read.source import Cell


def drawer(cell: Cell, outputs: Sequence[Mapping[str, Any]]) -> dict[str, str] | None:
    """The drawer's `kind` and the `title` on it; None for a cell that stays in sight.

    A `proof` lies under its claim, a `check` and a `set-up` by themselves, code and output in them together.
    Of a `figure` the code alone is in the drawer.
    """
    count = len(cell.code.strip("\n").split("\n"))
    lines = f"{count} line{'s' * (count != 1)}"
    if "shown" in cell.flags:
        return None
    if cell.claim:
        return {"kind": "proof", "title": f"Proof · {lines}"}
    if code := [output["data"]["text/markdown"] for output in outputs if _is_code(output)]:
        copied = sum(text.strip().count("\n") - 1 for text in code)  # without the two fences
        return {"kind": "check", "title": f"Source to copy · {copied} lines"}
    if "folded" in cell.flags:
        return {"kind": "check", "title": f"Check · {lines}, run by this build"}
    if not outputs and _only_imports(cell.code):
        return {"kind": "set-up", "title": f"Set-up · {lines}"}
    if drawn := [output for output in outputs if _drawn(output)]:
        table = "text/html" in drawn[0]["data"] and "<svg" not in drawn[0]["data"]["text/html"]
        return {
            "kind": "figure",
            "title": f"Code of the {'table' if table else 'figure'} · {lines}",
        }
    return None


def _is_code(output: Mapping[str, Any]) -> bool:
    """Whether a cell shows the source of something, as a fence."""
    return output.get("data", {}).get("text/markdown", "").startswith("```")


def _only_imports(code: str) -> bool:
    try:
        body = ast.parse(code).body
    except SyntaxError:
        return False  # the run says where
    return all(isinstance(node, ast.Import | ast.ImportFrom) for node in body)


def _drawn(output: Mapping[str, Any]) -> bool:
    """Whether an output is looked at, not read."""
    return not {"text/html", "image/svg+xml", "image/png"}.isdisjoint(output.get("data", {}))
