"""A page's fences: every Python one must be executed, and tested, as it is written."""

from __future__ import annotations

import re
from dataclasses import dataclass

from hooks.read.source import Source

FLAGS = {"folded", "processor", "shown", "volatile", "wrong"}
"""What may follow ```python continuation: a check that is folded away; output that differs between processors;
a proof that stays in sight; output that differs from run to run; code wrong on purpose."""

_FENCE = re.compile(r"^(?P<indent>[ \t>]*)(?P<ticks>`{3,}|~{3,})(?P<info>[^`]*)$")
_ASTRAY = re.compile(r"(?! {4}|\t)[ \t>]*[^ \t>`~<][^`~<]*(?:`{3,}|~{3,})[^`~<]*$")
"""Ticks with a word, the mark of a list or an odd space before them: no fence to any reader but its author."""
_PYTHON = re.compile(r"^\{?\s*\.?(python3?|py|ipython3?|pycon)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Fence:
    """A run of lines between ticks, at any depth."""

    line: int  # of the opening ticks, from 1
    end: int  # of the closing ticks
    indent: str
    ticks: str
    info: str
    body: str

    @property
    def python(self) -> bool:
        """Whether its language is Python, however that is written."""
        return bool(_PYTHON.match(self.info.strip()))


def read_fences(lines: list[str], start: int, source: Source) -> list[Fence]:
    """Every fence of the page from line `start` on, however deep; a fence inside another is text."""
    found: list[Fence] = []
    opened: tuple[int, re.Match[str]] | None = None
    astray = 0

    for number, line in enumerate(lines[start - 1 :], start=start):
        match = _FENCE.match(line)
        if opened is None:
            if match and astray and not match["info"].strip():
                source.refuse(astray, "no fence begins here: put its ticks on a line of their own")
            astray = 0 if match else number if _ASTRAY.match(line) else astray
            opened = (number, match) if match else None
            continue
        first, head = opened
        ticks = head["ticks"]
        closing = line.strip(" \t>")
        left = head["indent"] and line.strip() and not _within(line, head["indent"])
        if closing and set(closing) == {ticks[0]} and len(closing) >= len(ticks) and not left:
            body = "\n".join(lines[first : number - 1])
            found.append(Fence(first, number, head["indent"], ticks, head["info"], body))
            opened = None
        elif left:
            text = (
                f"this fence is not closed before line {number}, which is not as deep: end it with "
            )
            source.refuse(first, f"{text}{ticks} at its own depth")
            opened = (number, match) if match else None
        elif (
            match
            and match["info"].strip()
            and match["ticks"].startswith(ticks)
            and match["indent"] == head["indent"]
        ):
            text = (
                f"this fence is not closed before line {number}, where the next one begins: end it with "
                f"{ticks}, or give it more ticks if it shows a fence{_or_earlier(head, found)}"
            )
            source.refuse(first, text)
            opened = (number, match)
    if opened:
        first, head = opened
        end = f"end it with a line of {head['ticks']}"
        source.refuse(first, f"this fence is never closed: {end}{_or_earlier(head, found)}")
    return found


def _within(line: str, indent: str) -> bool:
    """Whether a line stands at least as deep as `indent`, the quotation marks and spaces before a fence."""
    if ">" in indent:
        return line[: len(line) - len(line.lstrip(" \t>"))].count(">") >= indent.count(">")
    spaces = line.expandtabs(4)
    return len(spaces) - len(spaces.lstrip(" ")) >= len(indent.expandtabs(4))


def _or_earlier(head: re.Match[str], found: list[Fence]) -> str:
    """Where the end is missing if ticks without a language, which begin a fence, were meant to end one.

    From a forgotten end on, ends and beginnings change places, as far as they look the same: the fences
    without a language. The last fence with one is where that can have begun.
    """
    if head["info"].strip() or not found:
        return ""
    named = [fence.line for fence in found if fence.info.strip()] or [found[0].line]
    return f". If these ticks were meant to end a fence, an end is missing from line {named[-1]} on"


def check_fence(fence: Fence, first: bool, source: Source) -> None:
    """Refuse a Python fence that would not be executed and tested; `first` is the page's first one."""

    def refuse(text: str) -> None:
        source.refuse(fence.line, text)

    words = fence.info.split()
    start = "python" if first else "python continuation"
    if fence.indent:
        refuse(
            "an indented or quoted Python fence (in an admonition, a tab, a list) is neither "
            "executed nor tested: move it to the left margin"
        )
    elif fence.ticks != "```" or not words or words[0] != "python":
        refuse(f"`{fence.ticks}{fence.info}` would not be executed and tested: write ```{start}")
    elif first and "continuation" in words:
        refuse("the first Python fence of a page continues nothing: write ```python")
    elif not first and words[1:2] != ["continuation"]:
        refuse(
            "this fence would be tested without the ones before it: write ```python continuation"
        )
    elif unknown := [word for word in words[1 if first else 2 :] if word not in FLAGS]:
        refuse(
            f"`{' '.join(unknown)}` is not known here: only {', '.join(sorted(FLAGS))} may follow"
        )
    elif not fence.body.strip():
        refuse("an empty cell: write code into it, or remove it")
