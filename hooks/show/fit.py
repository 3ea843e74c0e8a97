"""What must never be in the HTML of a page: Markdown that stayed text, and Python that nobody ran."""

from __future__ import annotations

import html
import re

from hooks.read.agree import PYTHON
from hooks.read.source import Problem, Source

_LANGUAGES = "|".join(sorted(PYTHON))
_BLOCK = re.compile(
    rf'<div class="language-(?:{_LANGUAGES}) (?P<more>[^"]*)">(?:<span class="filename">[^<]*</span>)?'
    r"<pre>(?:<span></span>)?<code>(?P<code>.*?)</code></pre>",
    re.DOTALL,
)
_APART = re.compile(
    r"<(?P<tag>pre|code|script|style|svg|math|textarea|template)\b.*?</(?P=tag)>|<!--.*?-->",
    re.DOTALL,
)
_TAG = re.compile(r"<[^>]*>")
_LITERAL = re.compile(
    r"</?(?:div|details|summary|section|span|pre|p|ul|ol)\b[^>]*>|`{3}|~{3}|\{:? ?[.#][\w-]+[^}\n]*\}|-+8<-+"
    r"|^ *(?:!!!|\?\?\?\+?) |^ *=== \"|[\x02\x03]|k?lzzwxh:\d+",
    re.MULTILINE,
)
"""What Markdown or HTML looks like when nobody has understood it."""


def misfit(content: str, source: Source) -> Problem | None:
    """Why a page's HTML must not be published: a cell that is not shown as one, or markup that is text.

    `content` is what Python-Markdown made of the page, with the languages of code as classes.
    """
    if not content.strip():
        return Problem(source.path, 1, "this page came out empty: write something into it")
    shown = [
        html.unescape(_TAG.sub("", found["code"])).strip("\n")
        for found in _BLOCK.finditer(content)
        if "output" not in found["more"].split()
    ]
    for number, cell in enumerate(source.cells):
        if number >= len(shown) or shown[number] != _plain(cell.code):
            what = "this cell is not shown as one: close what is open before it, as a <div>"
            return Problem(source.path, cell.line - 1, what)
    if len(shown) > len(source.cells):
        first = shown[len(source.cells)].partition("\n")[0]
        what = f"the page shows Python that nobody ran: `{first}`"
        return Problem(source.path, _line(first, source), what)
    if (place := content.find("&lt;ipython-input-")) >= 0:
        number = content.count('<div class="cell', 0, place) - 1
        what = "the output names its cell by a number: catch the warning, or print what it says"
        return Problem(source.path, source.cells[number].line - 1, what)
    if 'markdown="' in _APART.sub("", content):
        return Problem(source.path, 1, "a box of HTML is left open: its Markdown stays text")
    text = html.unescape(_TAG.sub("", _APART.sub("", content)))
    if found := _LITERAL.search(text):
        what = f"`{found[0].strip()}` would be shown as text: write it as code, or mend the markup"
        return Problem(source.path, _line(found[0].strip(), source), what)
    return None


def _plain(code: str) -> str:
    """A cell's code as HTML holds it."""
    return code.expandtabs(4).strip("\n")


def _line(text: str, source: Source) -> int:
    """The first line of prose with this text in it; 1 where there is none."""
    cells = {cell.line + n for cell in source.cells for n in range(-1, cell.code.count("\n") + 2)}
    lines = enumerate(source.lines, start=1)
    return next((number for number, line in lines if text in line and number not in cells), 1)
