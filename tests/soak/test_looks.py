"""Every page in both color schemes, on a desktop and on a phone, looked at by axe-core."""

from __future__ import annotations

import itertools

import pytest
from playwright.sync_api import Browser

from tests.browser.axe import contrast, structure
from tests.browser.test_pages import NAMES
from tests.browser.visit import visit


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
    seen.page.context.close()
