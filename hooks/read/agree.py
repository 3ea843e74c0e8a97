"""Our reader decides what a fence is; Python-Markdown, which renders, and the tests are checked against it."""

from __future__ import annotations

import re
from itertools import zip_longest

from markdown import Markdown
from markdown_it import MarkdownIt
from pymdownx.superfences import highlight_validator

from hooks.read.fences import Fence
from hooks.read.source import Source

PYTHON = {"py", "py2", "py3", "pycon", "pyi", "python", "python2", "python3", "python-console"}
PYTHON |= {"bazel", "ipython", "ipython3", "numpy", "sage", "starlark"}
"""Languages that Pygments colors as Python."""

_SPACE = re.compile(r"[\s>]+")


def check_tests(text: str, fences: list[Fence], source: Source) -> None:
    """At the left margin, markdown-it (so pytest-markdown-docs) must see the fences that we see."""
    ours = {(fence.line, fence.end): fence for fence in fences if not fence.indent}
    theirs = {
        (token.map[0] + 1, token.map[1])
        for token in MarkdownIt().parse(text)
        if token.type == "fence" and token.map and not token.level
    }
    if ours.keys() == theirs:
        return
    line, end = min(ours.keys() ^ theirs)
    if (line, end) not in ours:
        what = "this begins a fence for the tests, and none for us"
    elif ours[line, end].python:
        what = "this fence would not be tested as it is"
    else:
        what = "this fence would be text for the tests"
    source.refuse(
        line, f"{what}: move it out of the markup around it, and close what is open before it"
    )


def check_rendering(lines: list[str], fences: list[Fence], source: Source) -> None:
    """Python-Markdown must render the fences that we see, as what they are to us.

    Our template writes the Python fences anew, so what follows their language does not count here.
    """
    lines = lines[:]
    for fence in fences:
        if fence.python and not fence.indent:
            lines[fence.line - 1] = f"{fence.ticks}python"
    theirs = _rendered(lines)
    for fence, (language, body) in zip_longest(fences, theirs, fillvalue=("", None)):
        if not isinstance(fence, Fence):
            line, what = 1, "Python-Markdown finds a fence in this page that is none to us"
        elif body is None or (language, _bare(body)) != (_language(fence), _bare(fence.body)):
            line, what = (
                fence.line,
                (
                    f"`{fence.ticks}{fence.info}` is no such fence to Python-Markdown: write the language "
                    f"alone, as in {fence.ticks}text, and end it with {fence.ticks} at the same depth"
                ),
            )
        elif PYTHON & {language, *_classes(fence)} and not fence.python:
            line, what = fence.line, "this is shown as Python and would not run: write ```python"
        else:
            continue
        return source.refuse(line, what)
    return None


def _rendered(lines: list[str]) -> list[tuple[str, str]]:
    """Language and body of every fence that Python-Markdown's superfences reads."""
    found: list[tuple[str, str]] = []

    def note(body: str, language: str | None, *rest: object, **more: object) -> str:
        found.append(((language or "").lower(), body))
        return ""

    every = {"name": "*", "class": "any", "format": note, "validator": highlight_validator}
    options = {"pymdownx.superfences": {"custom_fences": [every]}}
    reader = Markdown(extensions=["pymdownx.superfences", "attr_list"], extension_configs=options)
    lines = reader.preprocessors["normalize_whitespace"].run(lines)
    reader.preprocessors["fenced_code_block"].run(lines)
    return found


def _classes(fence: Fence) -> list[str]:
    """The classes that a fence gives its block, as in {.text .python}."""
    return re.findall(r"(?<=[\s{]\.)[\w#+-]+", fence.info.lower())


def _language(fence: Fence) -> str:
    """The language that a fence names: its first word, or the first class in braces; else all that it says."""
    info = fence.info.strip()
    if word := re.match(r"\.?([\w#.+-]+)(?=[\t ]|$)", info):
        return word[1].lower()
    if braces := re.fullmatch(r"\{([^}]*)\}", info):
        found = re.search(r"(?:^|\s)\.([\w#+-]+)", braces[1])
        return found[1].lower() if found else ""
    return info


def _bare(text: str) -> str:
    """The text without white space and marks of quotation, which depend on the depth of the fence."""
    return _SPACE.sub("", text)
