"""Every page in a real browser: cheap, from its own host alone, no error, fits the screen, accessible."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from hooks.show.markup import PLAIN
from tests.browser.axe import contrast, structure
from tests.browser.budget import check_budget
from tests.browser.visit import SETTLED, leave, tab, visit
from tests.sources import PAGES, address_of

NAMES = [*map(address_of, PAGES), "404.html"]


def too_wide(page: Page) -> int:
    """Pixels that a page is wider than the window."""
    return page.evaluate("document.documentElement.scrollWidth - window.innerWidth")


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name or "index")
def test_a_page_is_light_and_alone_and_everyone_can_use_it(
    browser: Browser, address: str, site: Path, name: str
) -> None:
    seen = visit(browser, address + name)
    check_budget(seen, address, site)
    seen.open_drawers()
    seen.read()
    # colors wide, where axe-core judges code, too; the rest narrow, where the navigation is in its drawer;
    # tests/soak looks at both everywhere
    for scheme in ("light", "dark"):
        seen.look(scheme, 1280)
        assert contrast(seen.page) == [], scheme
    for width in (1280, 390, 320):
        seen.look("dark", width)
        assert too_wide(seen.page) <= 0, width
    assert structure(seen.page) == []
    assert seen.errors == []
    assert [request for request in seen.requests if not request.startswith(address)] == []
    leave(seen.page)


def test_gray_code_of_any_one_kind_is_noticed(browser: Browser, address: str) -> None:
    """Without this, a page where axe-core sees too little would pass."""
    seen = visit(browser, address + "linear/")
    seen.open_drawers()
    page = seen.page
    whole = page.locator("article").inner_text()
    assert contrast(page) == []
    assert page.locator("article").inner_text() == whole
    for kind in (".mi", ".mf", ".k", ".output code", ".theorem p"):
        gray = f"document.adoptedStyleSheets[0].replaceSync('.md-typeset {kind} {{ color: #ccc !important }}')"
        page.evaluate(f"document.adoptedStyleSheets = [new CSSStyleSheet()]; {gray}")
        assert len(contrast(page)) == 1, kind
    leave(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_code_is_marked_where_that_shows(browser: Browser, address: str, scheme: str) -> None:
    page = visit(browser, address + "silent-failures/", scheme).page
    code = page.locator(".cell code").first
    classes = set(
        code.page.locator("pre code span").evaluate_all("all => all.map(e => e.className)")
    )
    shown = code.evaluate(
        """(code, names) => names.filter(name => {
            const piece = code.appendChild(Object.assign(document.createElement("span"), {className: name}))
            const look = ({ color, fontWeight, fontStyle }) => [color, fontWeight, fontStyle].join()
            return look(getComputedStyle(piece)) !== look(getComputedStyle(code))
        })""",
        [*classes, *PLAIN],
    )
    assert len(classes) > 8
    assert sorted(shown) == sorted(classes)
    leave(page)


def test_code_can_be_copied_and_outputs_carry_no_button(browser: Browser, address: str) -> None:
    seen = visit(browser, address + "linear/")
    seen.open_drawers()
    seen.read()
    page = seen.page
    code = page.locator(".cell > .highlight:not(.output)")
    assert page.locator(".cell > .highlight:not(.output) .md-code__button").count() == code.count()
    for button in page.locator(".cell > .output .md-code__button").all():
        assert not button.is_visible()
    assert code.locator("button").first.get_attribute("title")
    leave(page)


def test_the_open_page_and_its_tab_are_marked(browser: Browser, address: str) -> None:
    page = visit(browser, address + "linear/").page
    assert page.locator("[aria-current=page]").inner_text() == "Linear"
    weights = page.locator(".md-tabs__link").evaluate_all(
        "all => all.map(one => getComputedStyle(one).fontWeight)"
    )
    assert weights.count("700") == 1
    leave(page)


@pytest.mark.parametrize("name", ["articles/", "init-functions/"])
def test_code_in_a_table_is_one_piece_and_the_keyboard_reaches_the_rest(
    browser: Browser, address: str, name: str
) -> None:
    page = visit(browser, address + name, width=390).page
    broken = "all => all.filter(one => one.getClientRects().length > 1).length"
    assert page.locator("article td code").evaluate_all(broken) == 0
    box = page.locator(".md-typeset__scrollwrap").first
    box.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => document.activeElement.scrollLeft > 0")
    leave(page)


def test_the_script_moves_no_table(browser: Browser, address: str) -> None:
    """To wrap a table while the page opens would style the whole page once more."""
    found = []
    for script in (False, True):
        page = tab(browser, java_script_enabled=script)
        page.goto(address + "linear/")
        boxes = page.locator(".md-typeset__scrollwrap[tabindex='0'] > .md-typeset__table > table")
        found.append(boxes.evaluate_all("all => all.map(one => one.textContent)"))
        assert page.locator("article table:not(.data)").count() == boxes.count() >= 1
        assert page.locator("figure .md-typeset__scrollwrap").count() == 0
        page.close()
    assert found[0] == found[1]


def test_outputs_without_columns_wrap_on_a_phone(browser: Browser, address: str) -> None:
    page = visit(browser, address + "error-messages/", width=390).page
    cut = "all => all.filter(one => one.scrollWidth > one.clientWidth).length"
    assert page.locator(".wraps code").count() > 20
    assert page.locator(".wraps code").evaluate_all(cut) == 0
    leave(page)


def test_a_claim_is_recognized_without_color(browser: Browser, address: str) -> None:
    page = visit(browser, address + "linear/").page
    theorem = page.locator(".theorem").first
    assert "∎" in theorem.inner_text()
    assert theorem.evaluate("element => getComputedStyle(element).borderLeftStyle") == "solid"
    leave(page)


@pytest.mark.parametrize(
    ("query", "expected"), [("padding_idx", "embedding/"), ("one-hot", "one-hot/")]
)
def test_search_finds_the_page(browser: Browser, address: str, query: str, expected: str) -> None:
    page = visit(browser, address).page
    page.locator(".md-search__input").fill(query)  # at once: no results of its first letters come
    results = page.locator(".md-search-result__link")
    results.first.wait_for()
    links = [str(link.get_attribute("href")) for link in results.all()[:6]]
    assert any(expected in link for link in links), links
    leave(page)


@pytest.mark.parametrize("name", ["recipes/", "lab/", "error-messages/"])
def test_the_keyboard_scrolls_all_code_of_a_page_that_has_just_opened(
    browser: Browser, address: str, name: str
) -> None:
    """Code far below counts, too: nobody has scrolled to it yet."""
    seen = visit(browser, address + name, width=390)
    seen.page.evaluate(SETTLED)
    stuck = """all => all.filter(code => code.scrollWidth > code.clientWidth && code.tabIndex < 0).length"""
    code = seen.page.locator("article pre > code:visible")
    assert code.evaluate_all("all => all.filter(one => one.tabIndex === 0).length") > 0
    assert code.evaluate_all(stuck) == 0
    leave(seen.page)
