"""What a visit costs beyond its bytes (tests/browser/budget.py): when the search loads, and what moves."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from io import BufferedIOBase
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import QuietHandler, serving
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
    page = visit(browser, f"{slow_address}{name}/", width=width).page
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


@pytest.mark.parametrize("name", ["registration", "recipes", "lab"])
def test_each_element_is_styled_once(browser: Browser, address: str, name: str) -> None:
    """A class on the root or a wrapped table can have a whole page styled again: a phone is busy then."""
    page = browser.new_page(viewport={"width": 390, "height": 800})
    session = page.context.new_cdp_session(page)
    events: list[dict[str, Any]] = []
    ended: list[object] = []
    session.on("Tracing.dataCollected", lambda part: events.extend(part["value"]))
    session.on("Tracing.tracingComplete", lambda answer: ended.append(answer))
    session.send("Tracing.start", {"traceConfig": {"includedCategories": ["devtools.timeline"]}})
    page.goto(f"{address}{name}/")
    page.locator("html.js").wait_for(state="attached")
    page.wait_for_timeout(300)
    session.send("Tracing.end")
    while not ended:
        page.wait_for_timeout(20)
    styled = [event["args"] for event in events if event["name"] == "UpdateLayoutTree"]
    times = sum(args.get("elementCount", 0) for args in styled)
    drawn = page.locator("*:not(details:not([open]) > :not(summary) *)").count()
    assert 0.5 < times / drawn < 1.3
    page.close()
