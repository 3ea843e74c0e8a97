"""Read built HTML: elements, attributes and text, with BeautifulSoup."""

from __future__ import annotations

import functools
from pathlib import Path

from bs4 import BeautifulSoup, Tag


@functools.cache
def read_html(path: Path) -> BeautifulSoup:
    """Parse one built page, once."""
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def executed_cells(page: BeautifulSoup) -> list[Tag]:
    """The cells that the build has executed, in order."""
    return page.select("div.cell")


def code_of(cell: Tag) -> str:
    """The code that a cell shows."""
    code = cell.select_one(".highlight:not(.output) code")
    assert code is not None
    return code.get_text().strip("\n")
