"""What a visit costs beyond its bytes (tests/browser/budget.py): when the search loads, and what moves."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.browser.visit import visit


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
