"""The site's own search: what people type leads to the right page among the first three results."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from hooks.give.search import FURTHER, law
from tests.browser.queries import QUERIES, UNSEEN
from tests.browser.visit import leave, visit

FIRST = 3


@pytest.fixture(scope="module")
def searched(browser: Browser, address: str) -> Iterator[Page]:
    """One page for all queries, its search opened and its index loaded."""
    page = visit(browser, address + "symptoms/").page
    page.locator(".md-search__input").click()
    yield page
    leave(page)


# Emptied first: results of the query before must not count.
ASK = """async query => {
    const field = document.querySelector(".md-search__input")
    const list = document.querySelector(".md-search-result__list")
    const set = text => { field.value = text; field.dispatchEvent(new KeyboardEvent("keyup")) }
    const until = done => new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(`no answer to ${query}`), 100000)
        const look = () => { if (done()) { clearTimeout(late); seen.disconnect(); resolve() } }
        const seen = new MutationObserver(look)
        seen.observe(list, {childList: true})
        look()
    })
    set("")
    await until(() => list.childElementCount === 0)
    set(query)
    await until(() => list.childElementCount > 0)
    const links = list.querySelectorAll(".md-search-result__item > a:first-child")
    return [...links].map(link => new URL(link.href).pathname)
}"""


def found(page: Page, query: str) -> list[str]:
    """The pages that the search names first for `query`, best first, as in `linear`."""
    links = page.evaluate(ASK, query)
    return [link.strip("/").rpartition("/")[2] or "index" for link in links[:FIRST]]


def missed(page: Page, queries: dict[str, str]) -> list[str]:
    """The queries whose page is not among the first results, each with what was wanted and found."""
    answers = {query: found(page, query) for query in queries}
    return [
        f"{query}: {wanted}, but {answers[query]}"
        for query, wanted in queries.items()
        if not set(answers[query]) & set(wanted.split())
    ]


def test_what_people_type_leads_to_its_page(searched: Page) -> None:
    assert len(QUERIES) >= 200
    misses = missed(searched, QUERIES)
    assert not misses, "\n".join(misses)


def test_what_nobody_thought_of_leads_to_its_page_four_times_in_five(searched: Page) -> None:
    """Material's own ranking and Pagefind find three in five of the first forty."""
    misses = missed(searched, UNSEEN)
    assert len(misses) <= len(UNSEEN) / 5, "\n".join(misses)


def test_a_query_for_nothing_on_this_site_finds_nothing(searched: Page) -> None:
    """Without this, a search that names every page would pass."""
    searched.locator(".md-search__input").fill("zymurgy")  # as a paste does: without a key
    searched.get_by_text("No matching documents").wait_for()
    assert searched.locator(".md-search-result__item").count() == 0


@pytest.mark.parametrize("number", ["8.2718e-25", "1.4013e-45", "-.5"])
def test_a_number_leads_to_its_reading_in_the_lab(
    browser: Browser, address: str, number: str
) -> None:
    page = visit(browser, address).page
    page.locator(".md-search__input").fill(number)
    # the first result explains such numbers
    link = page.locator(".md-search-result__item").nth(1).locator("a").first
    expect(link).to_contain_text(f"What is this number? {number}")
    link.click()
    expect(page.locator("#odd-pasted")).to_have_value(number)
    expect(page.locator(".lab-readings [scope=row]")).to_have_text(number)
    assert page.url.endswith("#what-is-this-number")
    leave(page)


@pytest.mark.parametrize("words", ["e", "2", "1e", "1.5 rows", "U+1F600 text"])
def test_what_is_no_single_number_does_not(searched: Page, words: str) -> None:
    assert found(searched, words)
    titles = searched.locator(".md-search-result__list :is(h1, h2)").all_inner_texts()
    assert not [title for title in titles if "number? " in title]


def test_a_layer_leads_to_its_row_of_the_table(browser: Browser, address: str) -> None:
    page = visit(browser, address).page
    page.locator(".md-search__input").click()
    assert found(page, "GroupNorm")[0] == "defaults"
    result = page.locator(".md-search-result__link[href$='#GroupNorm']")
    assert "GroupNorm(4, 64): weight 1; bias 0" in result.inner_text()
    result.click()
    page.wait_for_url("**/defaults/?h=groupnorm#GroupNorm")
    row = page.locator("tr#GroupNorm")
    row.scroll_into_view_if_needed()
    expect(row).to_be_in_viewport()
    assert page.locator(".defaults").evaluate("frame => frame.scrollTop") > 500
    assert row.locator("th").inner_text().startswith("GroupNorm(")
    leave(page)


def test_a_word_that_was_found_in_another_form_is_not_called_missing(searched: Page) -> None:
    found(searched, "initalization of zymurgy weights")
    missing = searched.locator(".md-search-result__terms").first
    assert missing.locator("del").all_inner_texts() == ["zymurgy"]


def test_signs_and_stop_words_alone_do_no_harm(searched: Page) -> None:
    for query in (
        "+-~^:*",
        "title:",
        "tags:x^2~",
        "not all of it",
        '"',
        "__proto__",
        "constructor",
    ):
        searched.locator(".md-search__input").fill(query)
        searched.locator(".md-search__input").dispatch_event("keyup")
    assert found(searched, "kaiming~1^2 title:uniform")


def test_every_layer_of_the_table_is_indexed_and_no_list_of_links(site: Path) -> None:
    index = json.loads((site / "search" / "sections.json").read_text(encoding="utf-8"))
    rows = json.loads((site / "defaults.json").read_text(encoding="utf-8"))
    entries = {doc["location"]: doc for doc in index["docs"]}
    for row in rows:
        entry = entries[f"defaults/#{row['module']}"]
        assert entry["title"] == f"nn.{row['module']}"
        if row["args"] and not FURTHER.search(row["parameter"]):
            assert row["parameter"] in entry["text"] or not law(row)
    assert not [location for location in entries if location.endswith("#where-next")]


def test_code_is_indexed_once(site: Path) -> None:
    index = json.loads((site / "search" / "sections.json").read_text(encoding="utf-8"))
    everything = "".join(document["text"] for document in index["docs"])
    assert everything.count("kaiming = nn.init.kaiming_uniform_(torch.empty(4, n_in)") == 1
    assert not any(document["location"].startswith("claims/") for document in index["docs"])
