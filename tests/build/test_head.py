"""What search engines and previews read: titles, descriptions, addresses, a picture; and the missing page."""

from __future__ import annotations

import struct
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import urljoin

import pytest
from bs4 import BeautifulSoup

from tests.build.markup import read_html
from tests.build.project import build, write_project
from tests.sources import DOCS, PAGES, html_of

ADDRESS = "https://example.org/proven/"


def meta(html: BeautifulSoup, name: str) -> str | None:
    """The content of a `<meta>`, by its name or property."""
    tag = html.select_one(f'meta[name="{name}"], meta[property="{name}"]')
    return str(tag["content"]) if tag else None


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small site that knows its address."""
    folder = tmp_path_factory.mktemp("published")
    head = "---\ntitle: {0}\ndescription: About {0}.\n---\n\n# {0}\n\nText.\n"
    names = {"index.md": "Home", "symptoms.md": "Symptoms"}
    write_project(folder, {path: head.format(name) for path, name in names.items()})
    config = (folder / "mkdocs.yml").read_text(encoding="utf-8")
    assert "site_url: ''" in config
    (folder / "mkdocs.yml").write_text(
        config.replace("site_url: ''", f"site_url: {ADDRESS}"), encoding="utf-8"
    )
    done = build(folder, folder / "site")
    assert done.returncode == 0, done.stderr
    return folder / "site"


def test_titles_and_descriptions_tell_the_pages_apart(site: Path) -> None:
    pages = [read_html(html_of(source, site)) for source in PAGES] + [read_html(site / "404.html")]
    titles = [html.title.get_text() for html in pages]
    descriptions = [meta(html, "description") for html in pages]
    assert len(set(titles)) == len(set(descriptions)) == len(PAGES) + 1
    for html, title, description in zip(pages, titles, descriptions, strict=True):
        name, _, rest = title.partition(" - ")
        assert rest == "PyTorch parameters, proven"
        assert 5 < len(name) <= 60, title
        assert description is not None
        assert len(description) <= 160, title
        assert html.html is not None
        assert html.html["lang"] == "en"
        assert len(html.select("h1")) == 1, title
        assert meta(html, "og:title") == name
        assert meta(html, "og:description") == description
    assert meta(read_html(site / "index.html"), "og:type") == "website"
    assert meta(read_html(site / "linear" / "index.html"), "og:type") == "article"


def test_without_an_address_nothing_claims_one(site: Path) -> None:
    for source in PAGES:
        html = read_html(html_of(source, site))
        assert meta(html, "og:url") is None
        assert meta(html, "og:image") is None
        assert meta(html, "twitter:card") == "summary"
        assert html.select_one("link[rel=canonical]") is None
    assert not list(ET.parse(site / "sitemap.xml").getroot())


def test_with_an_address_every_page_has_its_own_and_a_picture(published: Path) -> None:
    for path, address in (("index.html", ADDRESS), ("symptoms/index.html", f"{ADDRESS}symptoms/")):
        html = read_html(published / path)
        canonical = html.select_one("link[rel=canonical]")
        assert canonical is not None
        assert canonical["href"] == meta(html, "og:url") == address
        assert meta(html, "og:image") == f"{ADDRESS}assets/preview.png"
        assert meta(html, "twitter:card") == "summary_large_image"
    listed = [tag.text for tag in ET.parse(published / "sitemap.xml").iter() if "loc" in tag.tag]
    assert sorted(filter(None, listed)) == [ADDRESS, f"{ADDRESS}symptoms/"]


def test_the_picture_has_the_size_that_the_pages_state_and_is_light(site: Path) -> None:
    picture = (site / "assets" / "preview.png").read_bytes()
    assert struct.unpack(">II", picture[16:24]) == (1200, 630)
    assert len(picture) < 40_000
    assert (DOCS / "assets" / "preview.png").read_bytes() == picture


def test_the_missing_page_helps_at_any_depth(site: Path, published: Path) -> None:
    for folder, root in ((site, "http://site/"), (published, ADDRESS)):
        html = read_html(folder / "404.html")
        assert html.title is not None
        assert html.title.get_text().startswith("Page not found")
        links = {
            urljoin(root + "a/b/c", str(tag.get("href") or tag.get("src")))
            for tag in html.select("a[href], link[href], script[src], img[src]")
            if not str(tag.get("href")).startswith(("#", "https://squidfunk"))
        }
        assert {root, f"{root}symptoms/"} <= links
        for link in links:
            assert link.startswith(root), link
            target = folder / link.removeprefix(root).partition("?")[0]
            assert (target / "index.html" if target.is_dir() else target).exists(), link
