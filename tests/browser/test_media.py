"""Paper, reduced motion, forced colors, no JavaScript: the page is still the page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.visit import leave, tab, visit


def styles(page: Page, selector: str, *names: str) -> list[list[str]]:
    """Computed styles of all elements that match; fails when there is none."""
    found = page.locator(selector).evaluate_all(
        "(all, names) => all.map(one => names.map(name => getComputedStyle(one)[name]))",
        list(names),
    )
    assert found, f"{selector} matches nothing"
    return found


@pytest.mark.parametrize("name", ["linear/", "lab/"])
def test_who_wants_no_motion_gets_none(browser: Browser, address: str, name: str) -> None:
    page = visit(browser, address + name).page
    slow = """() => [...document.querySelectorAll("*")].filter(one => ["", "::before", "::after"].some(part => {
        const style = getComputedStyle(one, part || null)
        const seconds = list => Math.max(...list.split(",").map(parseFloat))
        return seconds(style.transitionDuration) > 0.01
            || (style.animationName !== "none" && seconds(style.animationDuration) > 0.01)
    })).length"""
    page.emulate_media(reduced_motion="no-preference")
    assert page.evaluate(slow) > 5, "nothing moves anyway: this test tests nothing"
    page.emulate_media(reduced_motion="reduce")
    assert page.evaluate(slow) == 0
    leave(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_printed_page_is_ink_on_paper_and_nothing_is_cut_off(
    browser: Browser, address: str, scheme: str
) -> None:
    page = visit(browser, address + "linear/", scheme, width=700).page
    page.emulate_media(media="print", color_scheme=scheme)
    for gone in (".md-header", ".md-tabs", ".md-footer", ".md-sidebar", ".md-code__nav"):
        assert page.locator(gone).count()
        assert page.locator(f"{gone}:visible").count() == 0, gone
    assert styles(page, ".md-typeset h1", "color") == [["rgb(28, 36, 48)"]]
    for border, width in styles(page, ".theorem", "borderLeftStyle", "borderLeftWidth"):
        assert border == "solid"
        assert float(width.removesuffix("px")) >= 1
    assert {tuple(one) for one in styles(page, "pre > code", "whiteSpace", "overflowX")} == {
        ("pre-wrap", "visible")
    }
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    after = "one => [one.getAttribute('href'), getComputedStyle(one, '::after').content]"
    page.goto(address + "errata/")
    outside = page.locator("article p > a[href^='http'], article li > a[href^='http']")
    shown = outside.evaluate_all(f"all => all.map({after})")
    assert shown
    assert all(href in text for href, text in shown), "where a link leads is printed"
    leave(page)


def test_forced_colors_leave_claims_their_edge_and_figures_their_lines(
    browser: Browser, address: str
) -> None:
    page = visit(browser, address + "linear/", "dark").page
    line = styles(page, ".figure .line", "stroke")
    page.emulate_media(forced_colors="active")
    assert all(one == ["solid"] for one in styles(page, ".theorem", "borderLeftStyle"))
    assert all(one == ["solid"] for one in styles(page, ".short", "borderLeftStyle"))
    assert styles(page, ".figure .line", "stroke") != line
    leave(page)


def test_without_javascript_a_page_can_be_read(browser: Browser, address: str) -> None:
    page = tab(browser, java_script_enabled=False)
    page.goto(address + "linear/")
    assert page.locator(".cell .output:visible").count() > 3
    page.locator(".theorem summary").first.click()
    assert page.locator(".theorem .output").first.is_visible()
    assert page.locator(".md-tabs a:visible").count() > 5
    assert page.locator(".md-footer__link:visible").count() == 2
    for useless in (".md-search", "[data-md-component=palette]"):
        assert page.locator(useless).count() == 1
        assert page.locator(useless).is_hidden(), useless
    page.set_viewport_size({"width": 390, "height": 800})
    page.locator(".md-header [for=__drawer]").click()
    page.locator(".md-sidebar--primary a:visible").first.wait_for()
    page.goto(address + "lab/")
    assert page.locator("noscript strong").is_visible()
    assert "The lab needs JavaScript." in page.locator("noscript").inner_text()
    assert page.locator(".cell .output").first.is_visible()
    page.close()
