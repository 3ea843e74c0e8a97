"""What must never be in the HTML of a page: Markdown that stayed text, and Python that nobody ran."""

from __future__ import annotations

import html
import re
from collections import Counter
from difflib import SequenceMatcher

from hooks.read.boxes import unpaired
from hooks.read.fences import PYTHON
from hooks.read.source import Problem, Source

_LANGUAGES = "|".join(sorted(PYTHON))
_BLOCK = re.compile(
    rf'<div class="language-(?:{_LANGUAGES}) (?P<more>[^"]*)">(?:<span class="filename">[^<]*</span>)?'
    r"<pre>(?:<span></span>)?<code>(?P<code>.*?)</code></pre>",
    re.DOTALL,
)
_PRE = re.compile(r"<pre[^>]*>(?:<span></span>)?<code[^>]*>(.*?)</code></pre>", re.DOTALL)
_RAW = re.compile(r"<pre\b[^>]*?(?:>\s*<code\b[^>]*?)?\bclass=[\"'](?P<classes>[^\"']*)")
_APART = re.compile(
    r"<(?P<tag>pre|code|script|style|svg|math|textarea|template)\b.*?</(?P=tag)>|<!--.*?-->",
    re.DOTALL,
)
_TAG = re.compile(r"<[^>]*>")
_LITERAL = re.compile(
    r"</?(?:div|details|summary|section|span|pre|p|ul|ol)\b[^>]*>|`{3}|~{3}|\{:? ?[.#][\w-]+[^}\n]*\}|-+8<-+"
    r"|^ *(?:!!!+|\?\?\?+\+?) |^ *===+ |[\x02\x03]|k?lzzwxh:\d+"
    r"|^ *:::+|^ *\.\. [\w-]+::|^ *:   |^ *\[[ x]\] |^\|.*\| *$|\[\^[\w-]+\]|\[![A-Z]+\]|\]\(|\]\[|\*\*|\$\$"
    r"|\{%.*?%\}|\{\{.*?\}\}|\{!.*?!\}",
    re.MULTILINE,
)
"""What Markdown, HTML, or the markup of another generator looks like when nobody has understood it."""


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
    for found in _RAW.finditer(content):
        names = re.findall(r"(?<![\w-])(?:lang(?:uage)?-)?([\w-]+)", found["classes"].lower())
        if PYTHON & set(names):
            what = "the page shows Python that nobody ran: write a fence in place of HTML"
            return Problem(source.path, _line(found[0], source), what)
    if problem := _text_lost(content, source):
        return problem
    number, tag, what = unpaired(content)
    if number:
        row = html.unescape(_TAG.sub("", content.split("\n")[number - 1]))
        return Problem(source.path, _line(tag, source, row), f"{what}, or write it as code")
    if 'markdown="' in _APART.sub("", content):
        return Problem(source.path, 1, "a box of HTML is left open: its Markdown stays text")
    if (place := content.find("&lt;ipython-input-")) >= 0:
        number = content.count('<div class="cell', 0, place) - 1
        what = "the output names its cell by a number: catch the warning, or print what it says"
        return Problem(source.path, source.cells[number].line - 1, what)
    text = html.unescape(_TAG.sub("", _APART.sub("", content)))
    if found := _LITERAL.search(text):
        what = f"`{found[0].strip()}` would be shown as text: write it as code, or mend the markup"
        start = text.rfind("\n", 0, found.end() - 1) + 1
        return Problem(source.path, _line(found[0].strip(), source, text[start:]), what)
    return None


def _text_lost(content: str, source: Source) -> Problem | None:
    """The first fence, of those that are no cells, which is not shown as code."""
    shown = Counter(_bare(html.unescape(_TAG.sub("", code))) for code in _PRE.findall(content))
    for first, last in source.texts:
        body = _bare("".join(source.lines[first : last - 1]))
        if not shown[body]:
            what = "this fence is not shown as one: mend the markup around it"
            return Problem(source.path, first, what)
        shown[body] -= 1
    return None


def _bare(text: str) -> str:
    """Text without white space."""
    return "".join(text.split())


def _plain(code: str) -> str:
    """A cell's code as HTML holds it."""
    return code.expandtabs(4).strip("\n")


def _line(text: str, source: Source, rows: str = "") -> int:
    """The line of prose with this text in it, of several the one most like `rows`; 1 where there is none."""
    cells = {cell.line + n for cell in source.cells for n in range(-1, cell.code.count("\n") + 2)}
    lines = [html.unescape(line) for line in source.lines]
    places = [n for n, line in enumerate(lines) if text in line and n + 1 not in cells] or [0]

    there = [row.strip() for row in rows.split("\n")[:2]]

    def like(place: int) -> list[float]:
        here = (line.strip() for line in lines[place : place + 2])
        return [SequenceMatcher(None, *pair).ratio() for pair in zip(here, there, strict=False)]

    return max(places, key=like) + 1
