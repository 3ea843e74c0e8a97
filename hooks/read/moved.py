"""Anchors that have moved: `moved:` in a page's front matter leads a link to the old one to the new place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mkdocs.utils import get_relative_url

from hooks.read.source import Moved, Problem, Source

_ID = re.compile(r'\sid="([^"]+)"')


def read_moved(header: Mapping[str, Any], where: Mapping[str, int], source: Source) -> None:
    """Put what the front matter says of moved anchors into `source`; `where` has its lines."""
    found = header.get("moved", {})
    if not isinstance(found, dict):
        text = 'write `moved: {old-anchor: "new-anchor"}`, or "page.md#anchor" for another page'
        return source.refuse(where["moved"], text)
    for old, target in found.items():
        line = where.get(str(old), where["moved"])
        if not isinstance(target, str) or not target.rpartition("#")[2]:
            text = f'`{old}` has moved to no place: write "new-anchor", or "page.md#anchor"'
            source.refuse(line, text)
        else:
            page, _, anchor = target.rpartition("#")
            source.moved.append(Moved(str(old), page or source.path, anchor, line))
    return None


def check_moved(pages: Mapping[str, Source], contents: Mapping[str, str]) -> list[Problem]:
    """A problem for each old anchor that still exists, and for each new place that does not.

    `contents` is page -> its HTML; what leads to a page that is not in it stays unchecked.
    """
    ids = {page: set(_ID.findall(content)) for page, content in contents.items()}
    problems = []
    for source in pages.values():
        for one in source.moved:
            if one.old in ids.get(source.path, ()):
                text = f"`{one.old}` is said to have moved, and is still an anchor of this page"
            elif one.page not in pages:
                text = f"`{one.old}` is said to have moved to {one.page}, which does not exist"
            elif one.page in ids and one.anchor not in ids[one.page]:
                text = f"`{one.old}` is said to have moved to #{one.anchor}, which {one.page} lacks"
            else:
                continue
            problems.append(Problem(source.path, one.line, text))
    return problems


def redirects(source: Source, pages: Mapping[str, Source]) -> dict[str, str]:
    """Old anchor -> the address of its new place, relative to the page."""
    return {
        one.old: f"#{one.anchor}"
        if one.page == source.path
        else f"{get_relative_url(pages[one.page].url, source.url)}#{one.anchor}"
        for one in source.moved
        if one.page in pages
    }
