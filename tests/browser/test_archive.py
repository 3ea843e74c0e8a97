"""The archive of the whole site, opened from a file: links, search and lab work, no host is asked."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import pytest
from playwright.sync_api import Browser, expect

from hooks import archive
from tests.browser.visit import Visit, visit
from tests.build.markup import read_html


@pytest.fixture(scope="module")
def packed(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of the built site."""
    return archive.write(site, tmp_path_factory.mktemp("packed"))


@pytest.fixture(scope="module")
def unpacked(packed: Path) -> Path:
    """The folder that a reader gets."""
    with zipfile.ZipFile(packed) as file:
        file.extractall(packed.parent)
    return packed.parent / archive.FOLDER


@pytest.fixture
def home(browser: Browser, unpacked: Path) -> Iterator[Visit]:
    """The archive's first page; in the end there was no error, and no request to any host."""
    seen = visit(browser, (unpacked / "index.html").as_uri())
    yield seen
    assert seen.errors == []
    assert [url for url in seen.requests if not url.startswith(("file:", "blob:", "data:"))] == []
    seen.page.context.close()


def test_the_same_site_gives_the_same_archive(packed: Path, site: Path, tmp_path: Path) -> None:
    assert packed.read_bytes() == archive.write(site, tmp_path).read_bytes()


def test_every_link_of_the_archive_leads_to_a_file_in_it(unpacked: Path) -> None:
    checked = 0
    for path in unpacked.rglob("*.html"):
        for tag in read_html(path).select("[href], [src]"):
            target = urldefrag(urljoin(path.as_uri(), str(tag.get("href") or tag.get("src"))))[0]
            if target.startswith("file:"):
                assert Path(unquote(target.partition("?")[0].removeprefix("file://"))).is_file(), (
                    tag
                )
                checked += 1
    assert checked > 1000


def test_the_navigation_leads_from_page_to_page(home: Visit, unpacked: Path) -> None:
    page = home.page
    page.locator(".md-tabs__link", has_text="Starting values").click()
    page.locator(".md-nav--primary .md-nav__link:visible", has_text="nn.init, measured").click()
    page.wait_for_url((unpacked / "init-functions" / "index.html").as_uri())
    assert "nn.init, measured" in page.locator("h1").inner_text()


def test_the_search_of_the_archive_finds_and_leads_there(home: Visit) -> None:
    page = home.page
    page.locator(".md-search__input").click()
    page.locator(".md-search__input").fill("padding_idx")
    page.locator(".md-search__input").dispatch_event("keyup")
    result = page.locator(".md-search-result__link", has_text="padding_idx").first
    result.wait_for()
    result.click()
    page.wait_for_url(
        re.compile(r"^file:.*/(embedding|error-messages(-backward|-input|-loading)?)/index\.html")
    )
    expect(page.locator("mark").first).to_be_visible()


def test_the_lab_of_the_archive_computes(home: Visit, unpacked: Path) -> None:
    page = home.page
    page.goto((unpacked / "lab" / "index.html").as_uri() + "?layer=linear&in=3&out=2&seed=0")
    expect(page.locator("#lab-prints code")).to_contain_text("0.3097")
    page.get_by_label("out_features").fill("40000")  # in a worker of its own
    expect(page.locator(".lab-status").first).to_contain_text("160,000 numbers in", timeout=20_000)
