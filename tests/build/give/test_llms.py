"""What the site offers to programs: `llms.txt` names every page and file, `llms-full.txt` holds their text."""

from __future__ import annotations

import re
from pathlib import Path

from hooks.read.source import Source
from tests.build.markup import read_html
from tests.build.project import ROOT
from tests.sources import EXECUTED, PAGES


def in_order() -> list[str]:
    """The pages in the order of the navigation."""
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    return re.findall(r": ([\w-]+\.md)$", text.partition("\nnav:\n")[2], re.MULTILINE)


def markdown_of(path: str) -> str:
    return "index.md" if path == "index.md" else f"{path.removesuffix('.md')}/index.md"


def test_the_map_has_the_form_of_llmstxt_and_leads_to_every_page(site: Path) -> None:
    text = (site / "llms.txt").read_text(encoding="utf-8")
    assert re.match(r"# .+\n\n> .+\n\n## ", text)
    entries = re.findall(r"^- \[[^\]]+\]\(([^)]+)\): \S.*$", text, re.MULTILINE)
    assert entries[: len(PAGES)] == [markdown_of(path) for path in in_order()]
    assert set(entries[len(PAGES) :]) == {"llms-full.txt", "claims.json", "defaults.json"}
    assert text.count("\n- ") == len(entries)
    assert [entry for entry in entries if not (site / entry).is_file()] == []


def test_the_full_text_has_every_page_with_its_outputs_in_order(site: Path) -> None:
    text = (site / "llms-full.txt").read_text(encoding="utf-8")
    repeat = {"claims.md", "attacks.md"}
    pages = [path for path in in_order() if path not in repeat]
    assert re.findall(r"^Source: (.+)$", text, re.MULTILINE) == [markdown_of(p) for p in pages]
    sources: dict[str, Source] = {source.path: source for source in EXECUTED}
    parts = re.split(r"^Source: .+$", text, flags=re.MULTILINE)[1:]
    for path, part in zip(pages, parts, strict=True):
        assert part.strip().startswith("# "), path
        if path in sources:
            assert part.count("{ .python") == len(sources[path].cells)
            assert part.count('title="output') >= len(sources[path].cells) / 3
    assert not re.search(r"<(svg|style|script|template)\b", text)


def test_the_page_of_claims_leads_to_all_of_it(site: Path) -> None:
    html = read_html(site / "claims" / "index.html")
    links = {str(tag["href"]) for tag in html.select("article a[href]")}
    for name in ("claims.json", "defaults.json", "llms.txt", "llms-full.txt"):
        assert f"../{name}" in links
    assert not [link for link in links if link.endswith(".zip")]  # this build made none
