"""What a visit costs: bytes and requests of a first visit, of each further page, and when the search loads."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.visit import visit
from tests.build.test_site import PAGES, html_of

FIRST_VISIT, REQUESTS, FURTHER_PAGE = 90 * 1024, 10, 25 * 1024


@pytest.mark.parametrize("source", PAGES, ids=lambda source: source.path)
def test_a_first_visit_stays_within_its_budget(
    browser: Browser, address: str, site: Path, source
) -> None:
    page = html_of(source, site)
    url = address + page.parent.relative_to(site).as_posix().rstrip(".")
    seen = visit(browser, url.rstrip("/") + "/")
    files = {
        request: site / request.removeprefix(address).partition("?")[0] for request in seen.requests
    }
    sizes = {
        name: len(gzip.compress((path / "index.html" if path.is_dir() else path).read_bytes()))
        for name, path in files.items()
    }
    listed = "\n".join(
        f"{size:7} {name}" for name, size in sorted(sizes.items(), key=lambda s: -s[1])
    )
    assert sum(sizes.values()) <= FIRST_VISIT, f"a first visit of {source.path} fetches\n{listed}"
    assert len(seen.requests) <= REQUESTS, listed
    assert len(gzip.compress(page.read_bytes())) <= FURTHER_PAGE, source.path
    seen.page.context.close()


def test_the_search_loads_on_first_use(browser: Browser, address: str) -> None:
    seen = visit(browser, address)
    loaded = [url.partition("?")[0] for url in seen.requests]
    assert not [url for url in loaded if "search_index" in url or "/workers/" in url]
    seen.page.locator(".md-search__input").click()
    seen.page.keyboard.type("kaiming")
    seen.page.locator(".md-search-result__link").first.wait_for()
    assert len([url for url in seen.requests if "search_index" in url]) == 1
    seen.page.context.close()


def test_nothing_moves_while_a_page_loads(browser: Browser, address: str) -> None:
    page = visit(browser, address + "initialization/").page
    shift = page.evaluate(
        """() => new Promise(resolve => {
            let sum = 0
            new PerformanceObserver(list => { for (const e of list.getEntries()) sum += e.value })
                .observe({type: "layout-shift", buffered: true})
            setTimeout(() => resolve(sum), 500)
        })"""
    )
    assert shift < 0.02
    page.context.close()
