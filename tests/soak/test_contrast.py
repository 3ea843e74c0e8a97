"""Contrast on every page, in both color schemes, on a desktop and on a phone."""

from __future__ import annotations

import itertools

import pytest
from playwright.sync_api import Browser

from tests.browser.axe import contrast
from tests.browser.test_pages import NAMES
from tests.browser.visit import visit


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name or "index")
def test_a_page_is_read_in_all_its_colors(browser: Browser, address: str, name: str) -> None:
    seen = visit(browser, address + name)
    for scheme, width in itertools.product(("light", "dark"), (1280, 390)):
        seen.look(scheme, width)
        assert contrast(seen.page) == [], (scheme, width)
    assert seen.errors == []
    seen.page.context.close()
