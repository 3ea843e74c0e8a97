"""The site without a mouse: everything is reached by Tab, is seen when it has the focus, and works."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.visit import leave, visit

LAB = "lab/?in=16&out=16"
"""Enough numbers for a histogram, whose data opens."""

# What has the focus, and whether a reader sees that it has: within the window, not covered, and it, or
# its label, has an outline or shadow that it has not without the focus.
FOCUS = """() => {
    const element = document.activeElement
    if (element === document.body) return null
    const shown = element.matches(".md-option") ? element.nextElementSibling : element
    const look = () => ["outlineStyle", "outlineWidth", "outlineColor", "boxShadow"]
        .map(name => getComputedStyle(shown)[name]).join()
    const focused = look()
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(shown)
    const marked = (outlineStyle !== "none" && parseFloat(outlineWidth) >= 1) || boxShadow !== "none"
    const box = shown.getBoundingClientRect()
    // Some part of it is in the window and on top: enough for "not hidden" (WCAG 2.4.11).
    shown.style.pointerEvents = "auto"
    const boxes = [...shown.getClientRects()].filter(box => box.width && box.height)
    const tops = boxes.flatMap(box => [0.1, 0.3, 0.5, 0.7, 0.9].map(part =>
        document.elementFromPoint(box.left + box.width / 2, box.top + part * box.height)))
    const on_top = tops.some(top => top && shown.contains(top))
    const seen = box.width > 1 && box.height > 1 && on_top
        && shown.checkVisibility({opacityProperty: true, visibilityProperty: true})
    const name = element.id || element.className || element.tagName
    const text = element.ariaLabel || element.textContent.trim().slice(0, 30)
    element.blur()
    const changes = look() !== focused
    element.focus({preventScroll: true})
    return {name: String(name), tag: element.tagName, text, seen, marked: marked && changes}
}"""


def walk(page: Page, most: int = 400) -> list[dict[str, str]]:
    """Tab through a page from its start; fail on a focus that nobody sees; return what had the focus."""
    stops = []
    for _ in range(most):
        page.keyboard.press("Tab")
        for _ in range(100):  # until the page has followed the focus
            page.wait_for_timeout(20)
            stop = page.evaluate(FOCUS)
            if stop is None or (stop["seen"] and stop["marked"]):
                break
        if stop is None:
            break
        assert stop["seen"], stop
        assert stop["marked"], stop
        stops.append(stop)
    assert len(stops) < most, "the focus never leaves this page"
    return stops


@pytest.fixture
def home(browser: Browser, address: str) -> Iterator[Page]:
    seen = visit(browser, address)
    yield seen.page
    assert seen.errors == []
    leave(seen.page)


@pytest.mark.parametrize(("name", "width"), [("linear/", 1280), (LAB, 1280), ("linear/", 390)])
def test_every_focus_is_seen(browser: Browser, address: str, name: str, width: int) -> None:
    page = visit(browser, address + name, width=width).page
    stops = walk(page)
    names = [stop["name"] for stop in stops]
    assert "md-skip" in names[0]
    wanted = {"__palette_", "md-search__input", "md-footer__link"}
    wanted |= {"md-tabs__link"} if width > 1220 else {"LABEL"}
    wanted |= (
        {"SELECT", "INPUT", "BUTTON", "TEXTAREA", "PRE", "SUMMARY"} if name == LAB else {"SUMMARY"}
    )
    if name == "linear/" and width > 1220:
        wanted |= {"md-code__button", "headerlink"}
    found = {*names, *(stop["tag"] for stop in stops)}
    assert not {want for want in wanted if not any(want in one for one in found)}, found
    leave(page)


def test_the_skip_link_leads_to_the_content(home: Page) -> None:
    home.keyboard.press("Tab")
    home.keyboard.press("Enter")
    home.keyboard.press("Tab")
    assert home.evaluate("document.activeElement.closest('article') !== null")


@pytest.mark.parametrize("key", ["/", "f"])
def test_a_search_needs_no_mouse(home: Page, address: str, key: str) -> None:
    home.keyboard.press(key)
    home.keyboard.type("padding_idx")
    # not those of the first letters, which go when these come
    home.locator(".md-search-result__link[href*='h=padding_idx']").first.wait_for()
    home.keyboard.press("ArrowDown")
    first = home.evaluate("document.activeElement.href")
    assert home.evaluate("document.activeElement.matches('.md-search-result__link')")
    home.keyboard.press("ArrowDown")
    second = home.evaluate("document.activeElement.href")
    assert second != first
    home.keyboard.press("Enter")
    home.wait_for_url(second)
    assert home.url != address


def test_escape_closes_the_search(home: Page) -> None:
    home.keyboard.press("/")
    home.wait_for_function("() => document.getElementById('__search').checked")
    home.keyboard.press("Escape")
    home.wait_for_function("() => !document.getElementById('__search').checked")


def test_the_colors_change_by_keyboard(home: Page) -> None:
    chosen = "document.body.dataset.mdColorScheme + document.body.dataset.mdColorMedia"
    before = home.evaluate(chosen)
    home.locator("#__palette_0").focus()
    home.keyboard.press("ArrowRight")
    home.wait_for_function(f"before => {chosen} !== before", arg=before)


def test_the_drawer_opens_by_keyboard_and_its_links_are_seen(
    browser: Browser, address: str
) -> None:
    page = visit(browser, address + "linear/", width=390).page
    sidebar = "document.activeElement.closest('.md-sidebar--primary') !== null"
    page.locator(".md-header [for=__drawer]").focus()
    page.keyboard.press("Enter")
    inside = []
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(sidebar):
            stop = page.evaluate(FOCUS)
            assert stop["seen"], stop
            assert stop["marked"], stop
            inside.append(stop["text"])
    assert {"Parameter", "Embedding"} <= set(inside), inside
    page.locator('.md-nav__title[for^="__nav_"]:visible').first.focus()
    page.keyboard.press("Enter")
    page.locator(".md-sidebar--primary .md-nav__link[for]", has_text="Help").wait_for()
    page.locator(".md-header [for=__drawer]").focus()
    page.keyboard.press("Enter")
    page.locator(".md-sidebar--primary a:visible").first.wait_for(state="detached")
    leave(page)


def test_a_wide_box_of_code_scrolls_by_keyboard(browser: Browser, address: str) -> None:
    seen = visit(browser, address + "linear/", width=390)
    seen.open_drawers()
    seen.read()
    page = seen.page
    wide = "[...document.querySelectorAll('.cell code')].find(code => code.scrollWidth > code.clientWidth + 40)"
    page.evaluate(f"{wide}.focus()")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.activeElement.scrollLeft > 0")
    leave(page)


def test_details_and_the_lab_work_by_keyboard(browser: Browser, address: str) -> None:
    page = visit(browser, address + LAB).page
    page.get_by_label("seed", exact=True).focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("7")
    page.wait_for_function(
        "() => document.querySelector('#lab-python code').textContent.includes('manual_seed(7)')"
    )
    summary = page.locator("#lab summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("#lab details").first.evaluate("details => details.open")
    page.get_by_role("button", name="Add a layer").focus()
    page.keyboard.press("Enter")
    assert page.locator("#lab fieldset").count() == 2
    leave(page)
