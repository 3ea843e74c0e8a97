"""The site for language models: `llms.txt`, a map as llmstxt.org wants it, and `llms-full.txt`, its text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urljoin

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from hooks.give.outside import without_machinery

DATA = {
    "llms-full.txt": "the text of these pages, with the outputs of their code",
    "claims.json": "every claim with its statement, proof, scope, attacks and where it holds",
    "defaults.json": "how every parameter and buffer of torch.nn starts",
}
"""Files for programs and what they hold; named where they exist."""

_HEADER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
_DRAWING = re.compile(r'<svg\b[^>]*?(?:aria-label="(?P<label>[^"]*)")?[^>]*>.*?</svg>', re.DOTALL)


def write(nav: Navigation, config: MkDocsConfig, executed: Mapping[str, str]) -> None:
    """Write both files into the built site; `executed` is page -> its Markdown with outputs.

    Links are absolute when the site knows its address, else relative to its top. A page that the search
    leaves out, because it repeats others, is left out of the text.
    """
    site, folder = config.site_url or "", Path(config.site_dir)
    texts = [
        f"Source: {_address(page, site)}\n\n{_text(executed[page.file.src_uri])}\n"
        for page in nav.pages
        if not page.meta.get("search", {}).get("exclude")
    ]
    (folder / "llms-full.txt").write_text("\n\n".join(texts), encoding="utf-8")
    parts = [f"# {config.site_name}\n\n> {config.site_description}"]
    for item in nav.items:
        pages = [page for page in nav.pages if item is page or item in page.ancestors]
        parts.append("\n".join([f"## {item.title}\n", *(_entry(page, site) for page in pages)]))
    files = [
        f"- [{name}]({urljoin(site, name)}): {what}"
        for name, what in DATA.items()
        if (folder / name).exists()
    ]
    parts.append("\n".join(["## For programs\n", *files]))
    (folder / "llms.txt").write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _address(page: Page, site: str) -> str:
    return urljoin(site, f"{page.url.removeprefix('./')}index.md")


def _entry(page: Page, site: str) -> str:
    about = page.meta.get("description")
    return f"- [{page.title}]({_address(page, site)})" + (f": {about}" if about else "")


def _text(markdown: str) -> str:
    """Without what nobody reads: front matter, styles, scripts; of a drawing, its description."""
    text = without_machinery(_HEADER.sub("", markdown))
    return _DRAWING.sub(lambda match: match["label"] or "", text).strip()
