"""The lab's page in a reader's hands: linked to, typed into, wrong, without mouse, server or JavaScript."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.visit import Visit, leave, tab, visit
from tests.build.markup import read_html
from tests.lab.page import CODE, PRINTED, STATUS, check_script, text

QUERIES = [
    "layer=linear&in=2&out=2&seed=0",
    "layer=linear&in=400&out=300&bias=0&seed=-1",
    "layer=embedding&num=100&dim=64&padding=-1&seed=18446744073709551615",
    "layer=embedding&num=5&dim=3&seed=7",
    "layer=rand&shape=2%2C3%2C4&seed=1",
    "layer=randn&shape=()&seed=3",
    "layer=zeros&shape=3&seed=3",
    "layer=linear&in=0&out=3&seed=3",
    "in=3&out=1&layer=linear&seed=2",
    "layer=linear&in=3&out=2&layer=embedding&num=3&dim=2&layer=randn&shape=5&layer=linear&in=7"
    "&out=7&bias=0&seed=42",
]


@pytest.mark.parametrize("query", QUERIES)
def test_a_link_shows_what_its_code_prints(browser: Browser, address: str, query: str) -> None:
    seen = visit(browser, f"{address}lab/?{query}")
    page = seen.page
    expect(page.locator(STATUS)).to_contain_text("numbers in")
    assert len(text(page, CODE).splitlines()) == 2 + query.count("layer=")
    check_script(page)
    shown = text(page, PRINTED)
    page.get_by_label("seed").press("End")  # any key counts as typing
    page.get_by_label("seed").dispatch_event("input")
    page.wait_for_function("() => location.search.includes('seed') && !location.hash")
    page.wait_for_timeout(400)
    page.goto(page.url)
    expect(page.locator(PRINTED)).to_have_text(shown)
    assert seen.errors == []
    leave(page)


def test_the_lab_opens_with_the_example_that_the_build_ran(opened: Visit, site: Path) -> None:
    built = read_html(site / "lab" / "index.html").select_one(".cell .output code")
    assert built is not None
    assert text(opened.page, PRINTED).strip() == built.get_text().strip()


def test_typing_changes_result_and_address(opened: Visit) -> None:
    page = opened.page
    page.get_by_label("layer", exact=True).select_option("embedding")
    page.get_by_label("num_embeddings").fill("4")
    page.get_by_label("padding_idx").fill("−1")  # the sign that people copy from a text
    page.get_by_label("seed").fill("12")
    check_script(page)
    assert "padding_idx=-1" in text(page, CODE)
    page.wait_for_url("**/lab/?layer=embedding&num=4&dim=3&padding=*&seed=12")


def test_up_to_five_layers_share_a_seed(opened: Visit) -> None:
    page = opened.page
    add = page.get_by_role("button", name="Add a layer")
    remove = page.get_by_role("button", name="Remove the last layer")
    expect(remove).to_be_disabled()
    for _ in range(4):
        add.click()
    expect(add).to_be_disabled()
    assert page.get_by_role("group", name="Layer 5").is_visible()
    assert text(page, CODE).count("nn.Linear(2, 2)") == 5
    check_script(page)
    remove.click()
    expect(add).to_be_enabled()
    assert text(page, CODE).count("nn.Linear(2, 2)") == 4


def test_the_lab_works_by_keyboard_alone(opened: Visit) -> None:
    page = opened.page
    page.get_by_label("layer", exact=True).focus()
    keys = page.keyboard
    keys.press("ArrowDown")  # nn.Embedding
    keys.press("Tab")
    keys.type("2")
    keys.press("Tab")
    keys.type("4")
    keys.press("Tab")
    keys.type("1")
    keys.press("Tab")
    keys.type("77")
    keys.press("Enter")  # sends nothing
    keys.press("Tab")
    keys.press("Enter")  # Add a layer
    keys.press("Tab")
    keys.press("Space")  # Remove the last layer
    assert text(page, CODE).splitlines()[1:] == [
        "torch.manual_seed(77)",
        'print(*torch.nn.Embedding(2, 4, padding_idx=1).parameters(), sep="\\n")',
    ]
    check_script(page)
    outlined = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate(outlined) == "solid"


def test_the_page_works_from_a_file_without_a_server(browser: Browser, site: Path) -> None:
    seen = visit(
        browser, (site / "lab" / "index.html").as_uri() + "?layer=linear&in=3&out=2&seed=0"
    )
    page = seen.page
    assert "0.3097" in text(page, PRINTED)
    page.get_by_label("out_features").fill("40000")  # in a worker
    expect(page.locator(STATUS)).to_contain_text("160,000 numbers in")
    page.get_by_label("a number").fill("3.0774e-41")
    assert "uninitialized" in text(page, ".lab-verdict")
    local = ("file:", "blob:", "data:")
    assert [request for request in seen.requests if not request.startswith(local)] == []
    assert [
        request for request in seen.requests if request.endswith(".js") and "/lab/" in request
    ] == []
    lab_errors = [
        error for error in seen.errors if "search" not in error and "Failed to load" not in error
    ]
    assert lab_errors == []  # Material's search needs a server
    leave(page)


def test_without_javascript_the_page_says_what_is_missing(browser: Browser, address: str) -> None:
    page = tab(browser, java_script_enabled=False)
    page.goto(address + "lab/")
    assert "needs JavaScript" in page.locator("article").inner_text()
    assert not page.locator("#lab, #odd-number").evaluate_all(
        "parts => parts.filter(part => part.checkVisibility()).length"
    )
    assert page.locator(".cell .output").first.is_visible()
    page.close()


def test_only_this_page_loads_the_lab(site: Path) -> None:
    for path in site.rglob("*.html"):
        loads = "function lab(" in path.read_text(encoding="utf-8")
        assert loads == (path == site / "lab" / "index.html"), path
