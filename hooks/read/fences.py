"""A page's fences, as markdown-it finds them: every Python one is executed, and tested, as it is written."""

from __future__ import annotations

import re
from dataclasses import dataclass

from markdown_it import MarkdownIt

from hooks.read.source import Source

FLAGS = {"folded", "processor", "shown", "volatile", "wrong"}
"""What may follow ```python continuation: a check that is folded away; output that differs between processors;
a proof that stays in sight; output that differs from run to run; code wrong on purpose."""

PYTHON = {"py", "py2", "py3", "pycon", "pyi", "python", "python2", "python3", "python-console"}
PYTHON |= {"bazel", "ipython", "ipython3", "numpy", "sage", "starlark"}
"""Languages that Pygments colors as Python."""

INLINE = re.compile(r"(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)", re.DOTALL)
"""Code in a line of prose."""
_TICKS = re.compile(r"`{3}|~{3}")
_LANGUAGE = re.compile(r"[{\s.]*([\w#+-]*)")
_TEXT = re.compile(
    r'(\{ ?\.)?[\w#+-]*( (title|hl_lines|linenums)="[^"]*")*(?(1) ?\})[ \t]*', re.IGNORECASE
)
"""What every reader of Markdown understands after the ticks: a language, and what Material does with it."""


@dataclass(frozen=True)
class Fence:
    """A run of lines between ticks, at the left margin."""

    line: int  # of the opening ticks, from 1
    end: int  # of the closing ticks
    ticks: str
    info: str
    body: str

    @property
    def python(self) -> bool:
        """Whether its language is Python, however that is written."""
        found = _LANGUAGE.match(self.info)
        return bool(found and found[1].lower() in PYTHON)


def read_fences(lines: list[str], start: int, source: Source) -> list[Fence]:
    """Every fence of the page from line `start` on, as pytest-markdown-docs, which tests them, finds them.

    Ticks anywhere else are refused: in an admonition, a list, a quotation, a comment.
    """
    found: list[Fence] = []
    for token in MarkdownIt().parse("\n".join(lines)):
        if token.type == "fence" and token.map and not token.level:
            first, end = token.map
            body = "\n".join(lines[first + 1 : end - 1])
            fence = Fence(first + 1, end, token.markup, token.info, body)
            _check_closed(fence, lines, found, source)
            found.append(fence)
    fenced = {number for fence in found for number in range(fence.line, fence.end + 1)}
    for number, line in enumerate(lines[start - 1 :], start=start):
        if number not in fenced and _TICKS.search(INLINE.sub("", line)):
            what = (
                "indented or quoted ticks, or those in a comment or in HTML, are no fence that is "
            )
            what += "run, tested and shown: put them on lines of their own at the left margin"
            source.refuse(number, what)
            break
    return found


def _check_closed(fence: Fence, lines: list[str], before: list[Fence], source: Source) -> None:
    """Refuse a fence that does not end with the ticks that began it, or has the next one in it."""
    ticks, rows = fence.ticks, fence.body.split("\n")
    inner = [n for n, row in enumerate(rows, fence.line + 1) if re.match(rf"{ticks}.*\w", row)]
    if inner:
        text = (
            f"this fence is not closed before line {inner[0]}, where the next one begins: end it with "
            f"{ticks}, or give it more ticks if it shows a fence"
        )
    elif lines[fence.end - 1].rstrip() != ticks or fence.end == fence.line:
        text = f"this fence is never closed: end it with a line of {ticks}"
    else:
        return
    # From a forgotten end on, ends and beginnings change places, as far as they look the same: the fences
    # without a language. The last fence with one is where that can have begun.
    if before and not fence.info.strip():
        named = [one.line for one in before if one.info.strip()] or [before[0].line]
        text += ". If these ticks were meant to end a fence, an end is missing from line "
        text += f"{named[-1]} on"
    source.refuse(fence.line, text)


def check_fence(fence: Fence, first: bool, source: Source) -> None:
    """Refuse a fence that would not be executed and tested, or shown; `first` is the page's first of Python."""
    words = fence.info.split()
    start = "python" if first else "python continuation"
    if not fence.python:
        if _TEXT.fullmatch(fence.info):
            return
        what = f"`{fence.ticks}{fence.info}` is no such fence to Python-Markdown: write the "
        what += f"language alone, as in {fence.ticks}text"
    elif fence.ticks != "```" or words[0] != "python":
        what = f"`{fence.ticks}{fence.info}` would not be executed and tested: write ```{start}"
    elif first and "continuation" in words:
        what = "the first Python fence of a page continues nothing: write ```python"
    elif not first and words[1:2] != ["continuation"]:
        what = "this fence would be tested without the ones before it: write ```python continuation"
    elif unknown := [word for word in words[1 if first else 2 :] if word not in FLAGS]:
        known = ", ".join(sorted(FLAGS))
        what = f"`{' '.join(unknown)}` is not known here: only {known} may follow"
    elif not fence.body.strip():
        what = "an empty cell: write code into it, or remove it"
    else:
        return
    source.refuse(fence.line, what)
