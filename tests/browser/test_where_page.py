"""Where it holds, in a browser: whole without a script, filtered by keyboard; every claim leads there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from hooks.show.where import fill
from tests.browser.axe import contrast, structure
from tests.browser.conftest import serving
from tests.browser.visit import kept, leave, tab, visit
from tests.build.project import ROOT
from tests.build.show.recorded import record_of

ASSETS = ROOT / "docs" / "assets"
SHELL = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>T</title>
<style>{style}</style></head><body data-md-color-scheme="default"><main class="md-typeset"><h1>T</h1>{table}
<script>{script}</script></main></body></html>"""


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page with the table of a small record: five versions, two processors, five claims."""
    folder = tmp_path_factory.mktemp("where")
    page, record = record_of(folder, "hhhhhhh", "nfhhhhh", "hhhhfh.", "nhhhhfh", ".hhhhhh")
    style = "".join((ASSETS / name).read_text("utf-8") for name in ("site.css", "held/table.css"))
    script = (ASSETS / "held" / "table.js").read_text("utf-8")
    table = fill("<!-- where it differs -->", page, [page], record)
    text = SHELL.format(style=style, table=table, script=script)
    (folder / "index.html").write_text(text, encoding="utf-8")
    with serving(folder) as address:
        yield address


@pytest.fixture
def page(browser: Browser, at: str) -> Iterator[Page]:
    page = kept(browser).page
    page.goto(at)
    yield page
    leave(page)


def shown(page: Page) -> list[str]:
    """The claims whose rows are in sight."""
    return page.locator(".held tbody tr:visible").evaluate_all("all => all.map(row => row.id)")


def columns(page: Page) -> list[str]:
    return page.locator(".held thead th[scope=col]:visible").all_inner_texts()


EVERY = ["Claim", "2.2", "2.8", "2.10", "2.13", "2.14", "AVX2", "ARM"]


def test_without_a_script_the_table_is_whole(browser: Browser, at: str) -> None:
    page = tab(browser, java_script_enabled=False)
    page.goto(at)
    assert page.locator(".held-filter").is_hidden()
    assert columns(page) == EVERY
    assert page.locator(".held tbody tr:visible").count() == 3
    page.locator("#c2 summary").click()
    assert page.get_by_text("AttributeError: no Buffer").first.is_visible()
    page.close()


def test_the_keyboard_chooses_a_version_and_what_is_left_does_not_hold_there(page: Page) -> None:
    assert shown(page) == ["c2", "c3", "c4"]
    page.locator(".held-filter :checked").focus()
    page.keyboard.press("ArrowRight")
    assert columns(page) == ["Claim", "2.2"]
    assert shown(page) == ["c2", "c4"]
    said = page.locator(".held-filter output")
    expect(said).to_have_text(
        "2.2: 0 false, 2 cannot run there, 1 not measured; the other 2 of 5 claims hold."
    )
    page.keyboard.press("ArrowRight")
    assert shown(page) == ["c2"]
    expect(said).to_contain_text(
        "2.8: 1 false, 0 cannot run there, 0 not measured; the other 4 of 5"
    )
    page.keyboard.press("ArrowRight")
    assert (shown(page), columns(page)) == ([], ["Claim", "2.10"])
    page.get_by_label("ARM").check()
    assert shown(page) == ["c3"]
    page.get_by_label("all").check()
    assert (shown(page), columns(page)) == (["c2", "c3", "c4"], EVERY)
    expect(said).to_have_text("")


def test_the_keyboard_opens_what_a_proof_raised(page: Page) -> None:
    page.locator("#c2 a").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.get_by_text("AssertionError: a < b").first.is_visible()


def test_everybody_can_use_it(page: Page) -> None:
    """Whatever the record holds: the site's own table is looked at with all pages, dark and narrow, too."""
    page.locator("details").evaluate_all("all => { for (const one of all) one.open = true }")
    assert contrast(page) == []
    assert structure(page) == []


@pytest.mark.parametrize("name", ["", "linear/"])
def test_a_claim_leads_to_its_place_in_the_list(browser: Browser, address: str, name: str) -> None:
    page = visit(browser, address + name).page
    claim = page.locator(".theorem").last
    link = claim.get_by_role("link", name="Versions")
    claim.locator("summary").focus()
    page.keyboard.press("Tab")
    assert link.evaluate("link => link === document.activeElement")
    page.keyboard.press("Enter")
    page.wait_for_url("**/where-it-holds/#*")
    place = page.locator(f"[id='{page.url.partition('#')[2]}']")
    expect(place).to_be_in_viewport()
    leave(page)


def test_its_script_loads_on_its_page_alone(browser: Browser, address: str) -> None:
    for name, files in (("", []), ("where-it-holds/", ["table.js"])):
        seen = visit(browser, address + name)
        asked = [url for url in seen.requests if "assets/held" in url]
        leave(seen.page)
        assert [url.rpartition("/")[2] for url in asked] == files
