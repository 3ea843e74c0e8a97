"""Random pages of fences, lists, boxes, comments and odd characters, and what must become of each."""

from __future__ import annotations

import functools
import html
import random
import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from markdown import Markdown
from nbformat import from_dict

from hooks.read.pages import read_page
from hooks.read.source import Problem, Source
from hooks.run.execution import Result
from hooks.run.pins import TORCH
from hooks.show.fit import misfit
from hooks.show.held import Record
from hooks.show.notebooks import as_markdown
from hooks.show.outputs import filled
from tests.build.project import HEADER, ROOT

ODD = [
    "\u2028",
    "\u2029",
    "\x85",
    "\x0b",
    "\x0c",
    "\x1c",
    "\x1d",
    "\x1e",
    "\ufeff",
    "\xa0",
    "\u200b",
]

CODES = [
    "x = 1",
    'print(\'<div class="cell" markdown="1">\')',
    "s = '~~~' + \"```\"",
    "t = '''\n\n!!! note\n    a\n\n--8<-- \"a\"\n'''",
    "def f(x):\n    return x\n\n\nassert f(1)",
    "print('$x$ {: .a } [a](b.md) <!-- no -->')",
    "y = 'a\u2028b\x85c\u2029'",
    "z = 1  # *a* _b_ `c` &amp; &lt;",
    "# ````",
    "if 1:\n\tpass",
    "'''\n    ```text\n'''",
]

GOOD = {
    "words": "Some words, *all* of `them` good.",
    "odd": "Words{0}with{0}odd{0}characters.",
    "list": "- one\n- two\n    - three",
    "fence": "```text\nplain\n\n{0}\n```",
    "empty fence": "```text\n```",
    "bare fence": "```\nplain\n```",
    "tildes": "~~~text\n```python\nshown()\n```\n~~~",
    "four ticks": "````text\n```python\nshown()\n```\n````",
    "attributes": '```{ .json title="a" }\n{}\n```',
    "details": '??? note "More"\n    Words.',
    "comment": "<!-- a comment\n\nof lines -->",
    "box": '<div class="three" markdown="1">\n\n- one\n\n</div>',
    "table": "| a | b |\n|---|---|\n| 1 | `x` |",
    "indented": "Words:\n\n    plain code\n    --8<-- is shown\n",
    "old header": "Words:\n\n    :::python\n    plain()\n",
    "heading": "## A heading {0}",
    "inline": "Write `` ```python `` or `--8<--`.",
    "formula": "It is $1/\\sqrt{x}$.",
    "rule": "Words\n\n***\n\nmore",
    "indented first": "    # plain code\n    plain()",
    "elements": "Words <b>bold</b> <br> <kbd>a</kbd>: 1 < 2, a<b, `<div>`, <https://example.org>.",
    "less": "It is $a <b$ and $b> a$.",
    "display": "$$\na < b\n$$",
    "bold": "**bold {0} words** and [a link](#t)",
    "titled": '```text title="a {0}" hl_lines="1" linenums="1"\nplain\n```',
    "braces": "```text\n{% raw %} {{ a }} ::: [^1] | a |\n```",
    "inline Python": "`#!python x = 1` is shown",
}
"""What a page may hold beside cells; {0} stands for an odd character."""

BAD = {
    "text in a list": "- one\n\n    ```text\n    plain\n    ```\n\n- two",
    "text in a box": '!!! note "A box"\n    Words.\n\n    ```text\n    plain\n    ```',
    "text quoted": "> words\n>\n> ```text\n> plain\n> ```",
    "text quoted in a list": "- one\n\n    > ```text\n    > plain\n    > ```",
    "text in a footnote": "Words[^1].\n\n[^1]: Note.\n\n    ```text\n    plain\n    ```",
    "other extension": "```{index} terms\n```",
    "code cell": "```{code-cell} python\nnever()\n```",
    "include": '--8<-- "file.txt"',
    "include of lines": "--8<--\nfile.txt\n--8<--",
    "in a list": "- one\n\n    ```python continuation\n    never()\n    ```",
    "in a box": "!!! note\n\n    ```python continuation\n    never()\n    ```",
    "quoted": "> ```python continuation\n> never()\n> ```",
    "in a comment": "<!--\n\n```python continuation\nnever()\n```\n\n-->",
    "in a script": "<script>\n\n```python continuation\nnever()\n```\n\n</script>",
    "tildes": "~~~python continuation\nnever()\n~~~",
    "four ticks": "````python continuation\nnever()\n````",
    "attributes": "```{.python continuation}\nnever()\n```",
    "an id": "```{#here .python}\nnever()\n```",
    "other name": "```py\nnever()\n```",
    "capital": "```Python\nnever()\n```",
    "space": "``` python\nnever()\n```",
    "unknown word": "```python continuation later\nnever()\n```",
    "alone": "```python\nnever()\n```",
    "longer end": "```text\nplain\n`````",
    "wrong depth": "- one\n\n    ```text\n    plain\n```",
    "option": '```text hl="a"\nplain\n```',
    "empty cell": "```python continuation\n\n```",
    "open box": '<div class="a">\n\nwords',
    "open comment": "<!-- words\n\nwords",
    "claim alone": '!!! claim "a-b: Nothing follows"\n\nWords.',
    "stray end": "words\n\n</div>",
    "tab": '=== "A tab"\n\n    words',
    "never closed": "```text\nplain",
    "after a mark": "- ```text\n  plain\n  ```",
    "after two marks": "> 1. ~~~text\n>    plain\n>    ~~~",
    "after a word": "Run: ```text\nplain\n```",
    "after an odd space": "\x0c```text\nplain\n```",
    "after an odd line": "words\u2028```python\nnever()\n```",
    "escaped": "\\```text\nplain\n```",
    "not as deep": "> ```text\n> plain\n\nwords",
    "in a definition": "Term\n:   Words.\n\n    ```text\n    plain\n    ```",
    "in a footnote": "Words[^a].\n\n[^a]: Words.\n\n    ```python\n    never()\n    ```",
    "no footnote": "Words[^b].",
    "open element": "<dialog>\n\nwords",
    "open inline": "Words <b>bold.",
    "open in a box": "!!! note\n    Words <b>bold.",
    "unfinished": '<div class="a\n\nwords',
    "unfinished word": "Words <div\n\nwords",
    "declaration": "<![CDATA[\nwords",
    "raw Python": '<pre><code class="language-python">never()\n</code></pre>',
    "raw Python in a box": "!!! note\n    <pre class='python'><code>never()\n    </code></pre>",
    "empty box": "!!! note\nwords",
    "empty details": '??? note "More"\n\nwords',
    "class": "```{.text .python}\nnever()\n```",
    "as numpy": "```numpy\nnever()\n```",
    "control": "words \x02 words",
    "template": "{% include 'a.md' %} and {{ a }}",
    "directive": ".. code-block:: python\n\n    never()",
    "colons": "::: note\nwords\n:::",
    "alert": "> [!NOTE]\n> words",
    "broken table": "| a | b |\n|---|\n| 1 | 2 |",
    "broken link": "Words [a] [b](c d) [e][f].",
    "open bold": "Words **bold.",
    "open display": "$$\nx",
}
"""What no page may hold: not run, not tested, or not shown as it is written."""


@dataclass
class Random:
    """A page, its cells' codes in order, and the lines of what is bad in it (the first and the one after)."""

    text: str
    codes: list[str] = field(default_factory=list)
    bad: tuple[int, int] | None = None
    what: str = ""


def random_page(seed: int) -> Random:
    """A page of up to twelve parts; every second one holds one bad part."""
    draw = random.Random(seed)
    page = Random(HEADER)
    parts = [draw.choice(("cell", "cell", "claim", "good")) for _ in range(draw.randint(1, 11))]
    wrong = draw.choice(sorted(BAD)) if draw.random() < 0.5 else ""
    place = draw.randrange(1, len(parts) + 1) if wrong else -1
    parts.insert(0, "cell")
    for number, kind in enumerate(parts):
        if number == place:
            start = page.text.count("\n") + 1
            page.text += BAD[wrong] + "\n" * draw.randint(1, 3)
            page.text += "" if page.text.endswith("\n\n") else "\n"
            page.bad, page.what = (start, page.text.count("\n") + 1), wrong
        if kind == "good":
            good = draw.choice(sorted(GOOD))
            page.text += GOOD[good].replace("{0}", draw.choice(ODD))
        else:
            code = draw.choice(CODES) + f"\nassert {len(page.codes)} + 1"
            words = "" if not page.codes else " continuation"
            words += draw.choice(["", "", " volatile", " folded"]) if page.codes else ""
            name = f'!!! claim "c-{number}: It is so"\n' if kind == "claim" else ""
            page.text += f"{name}```python{words}\n{code}\n```"
            page.codes.append(code)
        page.text += "\n" * draw.randint(2, 4)
    return page


@functools.cache
def _converter() -> Markdown:
    """Python-Markdown with the extensions of the site."""
    loader = type("Loader", (yaml.SafeLoader,), {})
    loader.add_constructor("!ENV", lambda *_: "")
    config = yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), loader)
    names, options = [], {}
    for one in config["markdown_extensions"]:
        name, settings = one.popitem() if isinstance(one, dict) else (one, {})
        names.append(name)
        options[name] = settings
    return Markdown(extensions=names, extension_configs=options)


def publish(page: Random, folder: Path) -> tuple[Problem | None, str]:
    """Why the page is refused, or its HTML; each cell prints its number in place of being run."""
    path = folder / "p.md"
    path.write_bytes(page.text.encode())
    source = read_page(path, folder)
    if source.problems:
        return source.problems[0], ""
    content = _converter().reset().convert(_executed(source))
    return misfit(content, source), content


def _executed(source: Source) -> str:
    """The Markdown of a page with outputs, as the build makes it."""
    cells = [
        [from_dict({"output_type": "stream", "name": "stdout", "text": f"ran {number}\n"})]
        for number in range(len(source.cells))
    ]
    return as_markdown(filled(source, Result(cells), Record(TORCH)))


def wrong_with(page: Random, folder: Path) -> str:
    """What the build does wrongly with a page; "" when it does right.

    A bad page is refused at a line of its bad part, or at the fence after it, which a box that stays open
    swallows, or at bare ticks after it with a word on where their end may be missing: the bare ticks that
    begin a fence end one that was left open, in every reader of Markdown. Any other page shows each of its
    cells with what it printed.
    """
    problem, content = publish(page, folder)
    if problem:
        if page.bad is None:
            return f"refused without a reason: {problem}"
        first, after = page.bad
        fences = [
            n for n, row in enumerate(page.text.split("\n"), 1) if row.startswith("```python")
        ]
        last = next((n for n in fences if n >= after), after)
        swallowed = problem.line == last and page.what in SWALLOW
        led = problem.line >= after and problem.text.endswith(f"from line {first} on")
        if not (first <= problem.line < after or swallowed or led):
            return f"refused at another line than {first} to {after - 1} ({page.what}): {problem}"
        return ""
    if page.bad is not None:
        return f"published with {page.what} in line {page.bad[0]}"
    shown = re.findall(
        r'<div class="language-python highlight"><pre><span></span><code>(.*?)</code></pre>',
        content,
        re.DOTALL,
    )
    shown = [html.unescape(re.sub("<[^>]*>", "", one)).strip("\n") for one in shown]
    if shown != [code.expandtabs(4) for code in page.codes]:
        return f"shows other cells than it holds: {shown}"
    ran = re.findall(r"<code>ran (\d+)\n</code>", content)
    if ran != [str(number) for number in range(len(page.codes))]:
        return f"shows other outputs than its cells have: {ran}"
    return ""


SWALLOW = {"open box", "open comment", "stray end"}
"""What is found by the cell after it."""
