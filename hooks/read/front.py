"""A page's front matter: what it says, and what MkDocs would drop, or show, without a word."""

from __future__ import annotations

import re
from typing import Any

import yaml
from mkdocs.utils.meta import META_RE, YAML_RE
from yaml.constructor import ConstructorError

from hooks.read.source import Source

KNOWN = {"title", "description", "jupyter", "moved", "style", "search", "hide", "template"}
"""What somebody reads: this project, Material or MkDocs."""


class _Loader(yaml.SafeLoader):
    """Refuses a name that comes twice, of which YAML keeps the last; knows the line of each."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text, self.lines = text, {}

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """A mapping, if each of its names is its own."""
        seen: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                raise ConstructorError(None, None, f"{key.value} comes twice", key.start_mark)
            seen.add(str(key.value))
            self.lines.setdefault(str(key.value), _line(self.text, key.start_mark))
        return super().construct_mapping(node, deep)


def read_front_matter(text: str, source: Source) -> tuple[int, dict[str, Any], dict[str, int]]:
    """The line after the front matter, what it says, as MkDocs reads it, and the line of each of its names.

    What is wrong with it goes into `source`.
    """
    found = YAML_RE.match(text)
    if not found:
        if dashes := re.match(r"\s*(-{3,}|\+{3,})[ \t]*\n", text):
            line = text.count("\n", 0, dashes.start(1)) + 1
            what = "this begins no front matter: put --- into the first line, and after its end"
            source.refuse(line, what)
        elif META_RE.match(text):
            what = "MkDocs would take this line for metadata and not show it: begin with a heading"
            source.refuse(1, what)
        return 1, {}, {}
    try:
        loader = _Loader(found[1])
        header = loader.get_single_data()
    except yaml.YAMLError as error:
        line = _line(found[1], getattr(error, "problem_mark", None))
        why = getattr(error, "problem", None) or "a character it cannot hold"
        what = f"the front matter is not YAML, and would be dropped: {why}; put the text in quotes"
        source.refuse(line, what)
        return 1, {}, {}
    if header is not None and not isinstance(header, dict):
        source.refuse(2, "the front matter is no list of `name: value`, and would be dropped")
        return 1, {}, {}
    for name, value in (header or {}).items():
        line = loader.lines.get(str(name), 2)
        if name not in KNOWN:
            what = f"nobody reads `{name}`: the front matter holds {', '.join(sorted(KNOWN))}"
            source.refuse(line, what)
        elif name in ("title", "description", "style") and not (isinstance(value, str) and value):
            source.refuse(line, f"`{name}` is no text: write it, in quotes")
    return text[: found.end()].count("\n") + 1, header or {}, loader.lines


def _line(text: str, mark: yaml.Mark | None) -> int:
    """The page's line of a place in its front matter, by its index: YAML also ends lines where no page does."""
    return text.count("\n", 0, mark.index) + 2 if mark else 1
