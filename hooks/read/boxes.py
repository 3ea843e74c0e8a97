"""Boxes in a page's prose: one of HTML that is not closed swallows what follows, one without text is empty."""

from __future__ import annotations

import re
from collections.abc import Collection

from hooks.read.source import Source

_CODE = re.compile(r"(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)|\$[^$\n]+\$", re.DOTALL)
"""Inline code and formulas."""
_MARK = re.compile(
    r"<!--(?P<comment>.*?-->)?"
    r"|(?P<odd><[!?][^\n]*)"
    r"|<(?P<end>/?)(?P<tag>[A-Za-z][\w-]*)(?=[\s/>])(?P<rest>(?:\"[^\"]*\"|'[^']*'|[^<>\"'])*)(?P<close>>?)",
    re.DOTALL,
)
ALONE = {
    "area",
    "base",
    "br",
    "col",
    "embed",
    "hr",
    "img",
    "input",
    "link",
    "meta",
    "source",
    "wbr",
}
"""Elements of HTML that have no end."""
_RAW = {"script", "style", "textarea"}
"""What lies in these is not HTML."""
_BOX = re.compile(r"(?P<indent> *)(?:!!!|\?\?\?\+?) +(?P<kind>\w+)")


def check_boxes(lines: list[str], start: int, fenced: Collection[int], source: Source) -> None:
    """Refuse the first element or comment that is not closed, the first end of one that was not opened, and
    the first admonition without a text."""
    prose = "\n".join(
        "" if number < start or number in fenced else line
        for number, line in enumerate(lines, start=1)
    )
    prose = _CODE.sub(lambda code: re.sub(r"[^\n]", " ", code[0]), prose)
    opened: list[tuple[str, int]] = []
    for mark in _MARK.finditer(prose):
        line = prose.count("\n", 0, mark.start()) + 1
        tag = (mark["tag"] or "").lower()
        if not opened and lines[line - 1].startswith(("    ", "\t")):
            continue  # in an indented block of code, or inside an admonition
        if opened and opened[-1][0] in _RAW and (tag != opened[-1][0] or not mark["end"]):
            continue
        if mark["odd"]:
            return source.refuse(
                line, f"`{mark['odd'][:20]}` is none of HTML's elements: write it as code"
            )
        if not tag:
            if mark["comment"] is None or "<!--" in mark["comment"]:
                return source.refuse(line, "this comment is never closed: end it with -->")
        elif not mark["close"] or "\n\n" in mark["rest"]:
            return source.refuse(
                line, f"this <{tag} is never finished: end it with >, or write it as code"
            )
        elif tag in ALONE or mark["rest"].endswith("/"):
            continue
        elif not mark["end"]:
            opened.append((tag, line))
        elif not opened or opened.pop()[0] != tag:
            return source.refuse(line, f"this </{tag}> ends nothing that is open here")
    if opened:
        tag, line = opened[-1]
        return source.refuse(line, f"this <{tag}> is never closed: end it with </{tag}>")
    return _check_filled(prose.split("\n"), lines, source)


def _check_filled(prose: list[str], lines: list[str], source: Source) -> None:
    """Refuse the first admonition without a text; a claim says all in its title."""
    for number, line in enumerate(prose, start=1):
        box = _BOX.match(line)
        if box is None or box["kind"] == "claim":
            continue
        after = next((each for each in lines[number:] if each.strip()), "")
        if not after.startswith(box["indent"] + "    "):
            text = "this box is empty: indent its text by four spaces"
            return source.refuse(number, text)
    return None
