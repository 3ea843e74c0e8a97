"""The pages of the site as the tests see them: their sources, those that run code, where each is served."""

from __future__ import annotations

from pathlib import Path

from hooks.read.pages import read_page
from hooks.read.source import Source

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [read_page(path, DOCS) for path in sorted(DOCS.rglob("*.md"))]
EXECUTED = [source for source in PAGES if source.cells]


def html_of(source: Source, site: Path) -> Path:
    """The file of a page in the built site."""
    return site / address_of(source) / "index.html"


def address_of(source: Source) -> str:
    """Where a page is served, seen from the top of the site, as in `linear/`; "" for the home page."""
    name = source.path.removesuffix(".md")
    return "" if name == "index" else f"{name}/"
