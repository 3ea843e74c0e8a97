"""Accessible in every state: the search and the drawer open, details unfolded, the lab with an error."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.axe import contrast, structure
from tests.browser.visit import Visit, leave, visit


def search_open(page: Page) -> None:
    page.keyboard.press("/")
    page.locator(".md-search__input").fill("padding")
    page.locator(".md-search-result__link").first.wait_for()


def drawer_open(page: Page) -> None:
    page.locator(".md-header [for=__drawer]").click()
    page.locator(".md-sidebar--primary a:visible").first.wait_for()


def details_open(page: Page) -> None:
    assert page.locator("article summary").count()
    page.evaluate(
        "document.querySelectorAll('article details').forEach(one => { one.open = true })"
    )


def lab_with_an_error(page: Page) -> None:
    page.get_by_label("seed", exact=True).fill("seven")
    page.get_by_label("a number, or a tensor as printed").fill("none")
    page.locator("#lab [aria-invalid=true]").wait_for()


@pytest.mark.parametrize(
    ("name", "width", "change"),
    [
        ("", 1280, search_open),
        ("", 390, search_open),
        ("linear/", 390, drawer_open),
        ("init-functions/", 1280, details_open),
        ("lab/?in=16&out=16", 390, lab_with_an_error),
        ("lab/?in=16&out=16", 1280, details_open),
    ],
)
def test_a_page_stays_accessible(
    browser: Browser, address: str, name: str, width: int, change
) -> None:
    seen: Visit = visit(browser, address + name, width=width)
    if "lab" in name:
        seen.page.locator("#lab summary").first.wait_for()
    seen.read()
    change(seen.page)
    for scheme in ("light", "dark"):
        seen.look(scheme, width)
        assert contrast(seen.page) == [], scheme
    assert structure(seen.page) == []
    leave(seen.page)
