"""What a visit costs beyond its bytes (tests/browser/budget.py): when the search loads, and what moves."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from io import BufferedIOBase
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import QuietHandler, serving
from tests.browser.visit import leave, tab, visit


def test_the_search_loads_on_first_use(browser: Browser, address: str) -> None:
    seen = visit(browser, address)
    loaded = [url.partition("?")[0] for url in seen.requests]
    assert not [url for url in loaded if "sections.json" in url or "/workers/" in url]
    seen.page.locator(".md-search__input").click()
    seen.page.keyboard.type("kaiming")
    seen.page.locator(".md-search-result__link").first.wait_for()
    assert len([url for url in seen.requests if "sections.json" in url]) == 1
    leave(seen.page)


class SlowHandler(QuietHandler):
    """Sends a page chapter by chapter, so that each is on the screen before the next arrives."""

    def copyfile(self, source: BufferedIOBase, outputfile: BufferedIOBase) -> None:
        """Wait before each chapter but the first."""
        for number, chapter in enumerate(re.split(rb"(?=<h2 )", source.read())):
            time.sleep(0.15 if number else 0)
            outputfile.write(chapter)
            outputfile.flush()


@pytest.fixture(scope="module")
def slow_address(site: Path) -> Iterator[str]:
    """Where the built site is served slowly."""
    with serving(site, SlowHandler) as at:
        yield at


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", ["initialization", "lab", "defaults"])
def test_nothing_moves_while_a_page_loads(
    browser: Browser, slow_address: str, name: str, width: int
) -> None:
    page = tab(browser, viewport={"width": width, "height": 800}, reduced_motion="reduce")
    page.goto(f"{slow_address}{name}/")  # nothing is in its cache
    shift = page.evaluate(
        """() => new Promise(resolve => {
            let sum = 0
            new PerformanceObserver(list => { for (const e of list.getEntries()) sum += e.value })
                .observe({type: "layout-shift", buffered: true})
            setTimeout(() => resolve(sum), 500)
        })"""
    )
    assert shift < 0.02
    page.close()
