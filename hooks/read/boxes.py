"""Boxes in a page's prose: one of HTML that is not closed swallows what follows, one without text is empty."""

from __future__ import annotations

import re
from collections.abc import Collection

from hooks.read.fences import INLINE
from hooks.read.source import Source

_FORMULA = re.compile(r"\$[^$\n]+\$")
_MARK = re.compile(
    r"<!--(?P<comment>.*?-->)?"
    r"|(?P<odd><[!?][^\n]*)"
    r"|<(?P<end>/?)(?P<tag>[A-Za-z][\w-]*)(?=[\s/>])(?P<rest>(?:\"[^\"]*\"|'[^']*'|[^<>\"'])*)(?P<close>>?)",
    re.DOTALL,
)
_ALONE = {"area", "base", "br", "col", "embed", "hr"}
_ALONE |= {"img", "input", "link", "meta", "source", "wbr"}
"""Elements of HTML that have no end."""
_RAW = {"script", "style", "textarea"}
"""What lies in these is not HTML."""
_BOX = re.compile(r"(?P<indent> *)(?:!!!|\?\?\?\+?) +(?P<kind>\w+)")


def unpaired(text: str, indented: bool = True) -> tuple[int, str, str]:
    """The first tag or comment in some HTML that begins what never ends, or ends what never began.

    Its line from 1, the tag, and what is wrong with it; 0 and nothing where all are paired. Lines that are
    indented outside of any element count only if `indented`: in Markdown they are code, or in an admonition.
    """
    lines = text.split("\n")
    opened: list[tuple[int, str, str]] = []
    line = at = 0
    for mark in _MARK.finditer(text):
        line, at = line + text.count("\n", at, mark.start()), mark.start()
        tag, whole = (mark["tag"] or "").lower(), mark[0].partition("\n")[0]
        if not opened and not indented and lines[line].startswith(("    ", "\t")):
            continue
        if opened and opened[-1][2] in _RAW and (tag != opened[-1][2] or not mark["end"]):
            continue
        if mark["odd"]:
            what = f"`{whole[:20]}` is none of HTML's elements: write it as code"
        elif not tag:
            if mark["comment"] and "<!--" not in mark["comment"]:
                continue
            what = "this comment is never closed: end it with -->"
        elif not mark["close"] or "\n\n" in mark["rest"]:
            what = f"this <{tag}> is never finished: end it with >, or write it as code"
        elif tag in _ALONE or mark["rest"].endswith("/"):
            continue
        elif not mark["end"]:
            opened.append((line + 1, whole, tag))
            continue
        elif opened and opened[-1][2] == tag:
            opened.pop()
            continue
        elif tag in (name for *_, name in opened):
            break
        else:
            what = f"this </{tag}> ends nothing that is open here"
        return line + 1, whole, what
    if not opened:
        return 0, "", ""
    first, whole, tag = opened[-1]
    return first, whole, f"this <{tag}> is never closed: end it with </{tag}>"


def check_boxes(lines: list[str], start: int, fenced: Collection[int], source: Source) -> None:
    """Refuse the first tag or comment without a partner, and the first admonition without a text."""
    prose = "\n".join(
        "" if number < start or number in fenced else line
        for number, line in enumerate(lines, start=1)
    )
    for code in (INLINE, _FORMULA):
        prose = code.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), prose)
    line, _, what = unpaired(prose, indented=False)
    if line:
        return source.refuse(line, what)
    for number, row in enumerate(prose.split("\n"), start=1):
        box = _BOX.match(row)
        after = next((each for each in lines[number:] if each.strip()), "")
        if box and box["kind"] != "claim" and not after.startswith(box["indent"] + "    "):
            return source.refuse(number, "this box is empty: indent its text by four spaces")
    return None
