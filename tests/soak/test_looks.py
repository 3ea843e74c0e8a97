"""Every page in both color schemes, on a desktop and on a phone, looked at by axe-core."""

from __future__ import annotations

import itertools

import pytest
from playwright.sync_api import Browser

from tests.browser.axe import contrast, structure, unreachable
from tests.browser.test_pages import NAMES
from tests.browser.visit import leave, visit


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name or "index")
def test_a_page_is_for_everyone_in_all_its_looks(browser: Browser, address: str, name: str) -> None:
    seen = visit(browser, address + name)
    seen.read()
    for scheme, width in itertools.product(("light", "dark"), (1280, 390)):
        seen.look(scheme, width)
        assert contrast(seen.page) == [], (scheme, width)
    for width in (1280, 390):
        seen.look("dark", width)
        assert structure(seen.page) == [], width
    assert seen.errors == []
    leave(seen.page)


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", NAMES, ids=lambda name: name or "index")
def test_keys_reach_what_scrolls_before_it_was_in_view(
    browser: Browser, address: str, name: str, width: int
) -> None:
    page = visit(browser, address + name, width=width).page
    assert unreachable(page) == []
    leave(page)


def test_a_region_that_no_key_reaches_is_noticed(browser: Browser, address: str) -> None:
    """Without this, the test above could see nothing."""
    page = visit(browser, address + "linear/", width=390).page
    mute = "all => all.forEach(one => { one.style.width = '9em'; one.tabIndex = -1 })"
    page.locator("pre > code").evaluate_all(mute)
    assert unreachable(page)
    leave(page)
