"""Boxes of HTML in a page's prose: one that is not closed swallows what follows it."""

from __future__ import annotations

import re
from collections.abc import Collection

from hooks.read.source import Source

_CODE = re.compile(r"(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)", re.DOTALL)
_MARK = re.compile(
    r"<!--(?P<comment>.*?-->)?"
    r"|<(?P<end>/?)(?P<tag>div|section|details|article|aside|figure|form|fieldset|template|noscript"
    r"|pre|script|style|svg|textarea|table|ul|ol|dl)\b(?:[^<>]|\n)*>",
    re.DOTALL,
)
_RAW = {"script", "style", "textarea"}
"""What lies in these is not HTML."""


def check_boxes(lines: list[str], start: int, fenced: Collection[int], source: Source) -> None:
    """Refuse the first box or comment that is not closed, and the first end of one that was not opened."""
    prose = "\n".join(
        "" if number < start or number in fenced else line
        for number, line in enumerate(lines, start=1)
    )
    prose = _CODE.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), prose)
    opened: list[tuple[str, int]] = []
    for mark in _MARK.finditer(prose):
        line = prose.count("\n", 0, mark.start()) + 1
        tag = mark["tag"]
        if not opened and lines[line - 1].startswith(("    ", "\t")):
            continue  # in an indented block of code, or inside an admonition
        if opened and opened[-1][0] in _RAW and (tag != opened[-1][0] or not mark["end"]):
            continue
        if tag is None:
            if mark["comment"] is None or "<!--" in mark["comment"]:
                return source.refuse(line, "this comment is never closed: end it with -->")
        elif not mark["end"]:
            opened.append((tag, line))
        elif not opened or opened.pop()[0] != tag:
            return source.refuse(line, f"this </{tag}> ends nothing that is open here")
    if opened:
        tag, line = opened[-1]
        return source.refuse(line, f"this <{tag}> is never closed: end it with </{tag}>")
    return None
