"""Drawers: closed at first; a click, a link, the search, paper and the switch open them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import serving
from tests.browser.visit import kept, leave, visit
from tests.browser.visit import tab as new_tab
from tests.build.project import build, cell, page, write_project

OPEN = "all => all.map(one => one.open)"
DRAWERS = "article details:is(.proof, .check, .set-up, .figure-code)"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of two pages: one with drawers and an anchor that moved, one it moved to."""
    folder = tmp_path_factory.mktemp("drawers")
    long = "Words of no import.\n\n" * 40
    parts = [
        "## First\n\n" + long,
        cell("import math", first=True),
        '!!! claim "a-b: One is one"\n' + cell("assert 1\nprint('aardvark')", flags="volatile"),
        "## Second\n\n" + long,
        '!!! claim "c-d: Two is two"\n' + cell("assert 2\nprint('Aardvark')"),
        cell("print('zebra')", flags="folded"),
    ]
    text = page(*parts).replace("title: T", 'title: T\nmoved: {old: second, gone: "b.md#there"}')
    pages = {"index.md": text, "b.md": "# B\n\n" + long + "## There\n\n" + long}
    done = build(write_project(folder, pages), folder / "site")
    assert done.returncode == 0, done.stderr
    with serving(folder / "site") as at:
        yield at


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """An empty page that remembers nothing."""
    page = kept(browser).page
    yield page
    leave(page)


def opened(tab: Page) -> list[bool]:
    """Which drawers are open."""
    return tab.locator(DRAWERS).evaluate_all(OPEN)


def in_view(tab: Page, selector: str) -> None:
    """Wait until something is in the window."""
    inside = """selector => {
        const { top } = document.querySelector(selector).getBoundingClientRect()
        return 0 <= top && top < 800
    }"""
    tab.wait_for_function(inside, arg=selector)


def test_drawers_are_closed_and_a_link_into_one_opens_it_alone(tab: Page, small: str) -> None:
    tab.goto(small)
    assert opened(tab) == [False] * 4
    tab.goto(f"{small}#cell-2")
    tab.wait_for_function("() => document.querySelector('#cell-2').checkVisibility()")
    in_view(tab, "#cell-2")
    assert opened(tab) == [False, True, False, False]
    tab.goto("about:blank")
    tab.goto(f"{small}#cell-2")  # the page opens there
    in_view(tab, "#cell-2")
    assert opened(tab) == [False, True, False, False]


def test_a_link_to_a_claim_shows_the_claim_and_leaves_its_proof_closed(
    tab: Page, small: str
) -> None:
    tab.goto(f"{small}#c-d")
    in_view(tab, "#c-d")
    assert opened(tab) == [False] * 4


@pytest.mark.parametrize(
    ("query", "which"),
    [
        ("?h=aardvark#first", [False, True, False, False]),
        ("?h=aardvark#second", [False, False, True, False]),
        ("?h=Zebra+aardvark#second", [False, False, True, True]),
        ("?h=words+import", [False] * 4),
        ("?h=one#first", [False] * 4),
    ],
)
def test_what_the_search_found_in_a_drawer_is_seen(
    tab: Page, small: str, query: str, which: list[bool]
) -> None:
    tab.goto(small + query)
    tab.locator("html.js").wait_for(state="attached")
    assert opened(tab) == which


def test_print_opens_all_and_closes_them_again(tab: Page, small: str) -> None:
    tab.goto(small)
    tab.locator("html.js").wait_for(state="attached")
    tab.locator(".proof > summary").first.click()
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert opened(tab) == [True] * 4
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert opened(tab) == [False, True, False, False]


def test_the_switch_opens_all_and_stays_on(tab: Page, small: str) -> None:
    tab.goto(small)
    switch = tab.get_by_role("button", name="Show all proofs")
    switch.focus()
    tab.keyboard.press("Enter")
    assert opened(tab) == [True] * 4
    assert switch.get_attribute("aria-pressed") == "true"
    tab.reload()
    assert opened(tab) == [True] * 4
    assert switch.get_attribute("aria-pressed") == "true"
    switch.click()
    assert opened(tab) == [False] * 4
    tab.reload()
    assert opened(tab) == [False] * 4


def test_a_browser_that_keeps_nothing_still_opens_all(browser: Browser, small: str) -> None:
    page = new_tab(browser)
    page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw 1 } })")
    page.goto(small)
    page.get_by_role("button", name="Show all proofs").click()
    assert opened(page) == [True] * 4
    page.close()


def test_a_summary_opens_by_keyboard(tab: Page, small: str) -> None:
    tab.goto(small)
    tab.locator(".check > summary").focus()
    tab.keyboard.press("Enter")
    assert opened(tab) == [False, False, False, True]


def test_an_anchor_that_has_moved_leads_to_its_new_place(tab: Page, small: str) -> None:
    tab.goto(f"{small}#old")
    tab.wait_for_url(f"{small}#second")
    in_view(tab, "#second")
    tab.evaluate("location.hash = '#gone'")
    tab.wait_for_url(f"{small}b/#there")
    in_view(tab, "#there")


def test_without_a_script_a_click_opens_a_drawer_and_paper_shows_all(
    browser: Browser, small: str
) -> None:
    page = new_tab(browser, java_script_enabled=False)
    page.goto(small)
    assert page.locator(".drawers").is_hidden()
    page.locator(".proof > summary").first.click()
    assert opened(page) == [False, True, False, False]
    page.emulate_media(media="print")
    assert page.locator(".check .output code").is_visible()
    page.close()


def test_the_line_of_a_proof_stands_clear_of_the_links_beside_it(
    browser: Browser, address: str
) -> None:
    for width in (1280, 390, 320):
        page = visit(browser, address + "linear/", width=width).page
        touching = """all => all.filter(one => {
            const first = one.querySelector(".number a").getBoundingClientRect()
            return [...one.querySelectorAll(".proof > summary > span")].some(span => {
                const words = new Range()
                words.selectNodeContents(span)
                return [...words.getClientRects()].some(box => box.right > first.left && box.bottom > first.top
                    && box.top < first.bottom)
            })
        }).length"""
        assert page.locator(".theorem:has(> .proof)").count() > 3
        assert page.locator(".theorem:has(> .proof)").evaluate_all(touching) == 0, width
        leave(page)
