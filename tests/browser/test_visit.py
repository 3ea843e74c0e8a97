"""A kept tab is as good as a new one: what a test leaves in it, the next one does not find."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.visit import kept, leave, tab, visit

LEFT = """() => {
    localStorage.setItem("a", 1)
    sessionStorage.setItem("b", 2)
    document.cookie = "c=3"
}"""
FOUND = """async () => ({
    stored: localStorage.length + sessionStorage.length,
    cookies: document.cookie,
    hovered: document.querySelectorAll(":hover").length,
    focus: document.activeElement.tagName,
    allowed: (await navigator.permissions.query({name: "clipboard-read"})).state,
    looks: ["(prefers-color-scheme: dark)", "(forced-colors: active)", "(prefers-reduced-motion)", "print"]
        .map(look => matchMedia(look).matches),
    size: [innerWidth, innerHeight, scrollY],
})"""


LAST = "**/search_index.json"
"""What a page asks for when all else is there: Material's script does."""


def found(page: Page, url: str) -> dict[str, object]:
    """What a page just opened there finds."""
    page.goto(url)
    return page.evaluate(FOUND)


def test_a_tab_that_was_left_remembers_nothing(browser: Browser, address: str) -> None:
    size = {"width": 1280, "height": 800}
    new = tab(browser, viewport=size, color_scheme="light", reduced_motion="reduce")
    url = address + "linear/"
    wanted = found(new, url)
    new.close()
    used = visit(browser, url, "dark", width=390).page
    used.context.grant_permissions(["clipboard-read"])
    used.emulate_media(media="print", forced_colors="active", reduced_motion="no-preference")
    used.evaluate(LEFT)
    used.mouse.move(100, 100)
    used.evaluate("scrollTo(0, 500)")
    used.locator("article a[href]").last.focus()
    changed = used.evaluate(FOUND)
    assert [name for name in wanted if changed[name] == wanted[name]] == []
    leave(used)
    again = kept(browser)
    assert again.page is used
    assert found(again.page, url) == wanted
    leave(again.page)


def asked(page: Page, requests: list[str], url: str) -> list[str]:
    """All that the page there asks for."""
    with page.expect_request(LAST):
        page.goto(url)
    return sorted(requests)


@pytest.mark.parametrize("name", ["", "lab/"])
def test_every_visit_is_a_first_one(browser: Browser, address: str, name: str) -> None:
    """What a cache holds would hide what the page costs."""
    new, requests = tab(browser), []
    new.on("request", lambda request: requests.append(request.url))
    wanted = asked(new, requests, address + name)
    new.close()
    for _ in range(2):
        seen = kept(browser)
        assert asked(seen.page, seen.requests, address + name) == wanted
        leave(seen.page)


def test_a_kept_tab_keeps_its_looks_from_page_to_page(browser: Browser, address: str) -> None:
    for _ in range(2):
        page = visit(browser, address).page
        page.emulate_media(media="print", color_scheme="dark")
        page.goto(address + "linear/")
        assert page.evaluate(
            "['print', '(prefers-color-scheme: dark)'].every(q => matchMedia(q).matches)"
        )
        leave(page)
