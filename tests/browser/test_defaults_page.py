"""The table of defaults in a browser: whole without a script, filtered, sorted, equal to its JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.visit import leave, tab, visit

DRAWN = """() => document.querySelector(".defaults tbody tr")
    .checkVisibility({contentVisibilityAuto: true})"""
"""The browser lays out the table once it has noticed that it is in view; until then a row has no text."""


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    seen = visit(browser, address + "defaults/")
    seen.page.locator(".defaults").scroll_into_view_if_needed()
    seen.page.wait_for_function(DRAWN)
    yield seen.page
    assert seen.errors == []
    leave(seen.page)


def rows(page: Page) -> Locator:
    return page.locator(".defaults tbody tr")


def column(page: Page, number: int) -> list[str]:
    cells = f"rows => rows.filter(row => !row.hidden).map(row => row.cells[{number}].textContent)"
    return rows(page).evaluate_all(cells)


def test_without_a_script_the_table_is_whole(browser: Browser, address: str, site: Path) -> None:
    plain = tab(browser, java_script_enabled=False)
    plain.goto(address + "defaults/")
    every = len(json.loads((site / "defaults.json").read_text(encoding="utf-8")))
    shown = plain.locator(".defaults tbody tr").count()
    assert every > shown > 350
    assert f"{shown} rows; defaults.json has {every - shown} more" in plain.content()
    assert plain.locator(".defaults-filter > *, .defaults button").count() == 0
    assert plain.locator(".defaults tbody tr").last.is_visible()
    plain.close()


def test_the_json_is_the_table(page: Page, site: Path) -> None:
    records = json.loads((site / "defaults.json").read_text(encoding="utf-8"))
    cells = "rows => rows.map(row => [...row.cells].map(cell => cell.innerText.trim()))"
    shown = rows(page).evaluate_all(cells)
    links = rows(page).evaluate_all("rows => rows.map(row => row.cells[7].querySelector('a').href)")
    by_name = {}
    for record in records:
        args, _, first = record["args"].partition("# ")
        call = f"{record['module']}({args.strip()}) {first}".strip()
        by_name[call, record["parameter"]] = record
    assert len(by_name) == len(records)
    for row, link in zip(shown, links, strict=True):
        record = by_name[re.sub(r"\s+", " ", row[0]), re.split(r"\s", row[1])[0]]
        assert row[1].endswith("buffer") == (record["kind"] == "buffer")
        law, test = record["distribution"], record["test"]
        if law["kind"] == "uniform":
            assert row[2].endswith(f"= {law['high']:.4g}")
            assert float(row[9]) <= float(f"{law['high']:.3g}")
        if law["kind"] == "constant":
            assert row[8:] == [f"{law['value']:.3g}".replace("-", "−")] * 3 + ["0"]
        if test["control_p_value"] is not None:
            assert row[5] == f"p = {test['p_value']:.1g}"
        assert row[6] == record["docstring"]
        assert link.endswith(f"{record['source']['file']}#L{record['source']['line']}")


def test_the_filter_keeps_rows_with_all_words(page: Page) -> None:
    box = page.get_by_label("Filter")
    total = rows(page).count()
    box.fill("lstm BIAS_ih")
    layers, parameters = column(page, 0), column(page, 1)
    assert 0 < len(layers) < total
    assert all("LSTM" in layer for layer in layers)
    assert all("bias_ih" in parameter for parameter in parameters)
    count = page.locator(".defaults-filter output")
    assert count.inner_text() == f"{len(layers)} of {total} rows"
    assert "rows=lstm+bias_ih" in page.url
    box.fill("disagrees")
    assert {layer.partition("(")[0] for layer in column(page, 0)} == {
        *("SyncBatchNorm", "LazyInstanceNorm1d", "LazyInstanceNorm2d", "LazyInstanceNorm3d")
    }
    wide = page.locator(".defaults").bounding_box()
    box.fill("no such layer")
    assert column(page, 0) == []
    assert "class name such as LSTM" in count.inner_text()
    assert abs(page.locator(".defaults").bounding_box()["width"] - wide["width"]) < 1
    box.fill("")
    assert len(column(page, 0)) == total
    assert "rows=" not in page.url


def test_an_address_can_hold_a_filter(browser: Browser, address: str) -> None:
    page = visit(browser, address + "defaults/?rows=prelu").page
    assert page.get_by_label("Filter").input_value() == "prelu"
    assert {layer.partition("(")[0] for layer in column(page, 0)} == {"PReLU"}
    leave(page)


def test_a_head_sorts_up_and_down_and_back(page: Page) -> None:
    order = column(page, 0)
    head = page.locator(".defaults thead th", has_text="Max")
    button = head.get_by_role("button")

    def numbers() -> list[float]:
        return [float(text.replace("−", "-")) for text in column(page, 9) if text]

    button.click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert numbers() == sorted(numbers())
    button.click()
    assert head.get_attribute("aria-sort") == "descending"
    assert numbers() == sorted(numbers(), reverse=True)
    button.click()
    assert head.get_attribute("aria-sort") is None
    assert column(page, 0) == order


def test_shapes_sort_by_size_and_words_by_the_alphabet(page: Page) -> None:
    page.get_by_role("button", name="Shape").click()
    sizes = []
    for shape in column(page, 3):
        if re.fullmatch(r"\d+( × \d+)*", shape):
            size = 1
            for side in shape.split(" × "):
                size *= int(side)
            sizes.append(size)
    assert sizes == sorted(sizes)
    page.get_by_role("button", name="Docstring").click()
    assert column(page, 6) == sorted(column(page, 6))
    assert page.locator(".defaults thead [aria-sort]").count() == 1


def test_it_works_by_keyboard(page: Page) -> None:
    page.get_by_label("Filter").focus()
    page.keyboard.type("gru")
    assert all("GRU" in layer for layer in column(page, 0))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    last = page.locator(".defaults thead th").last
    expect(last).to_be_in_viewport(ratio=0.95)  # a fraction of a pixel may be cut off
    expect(page.locator(".defaults-filter button")).to_have_text("← Layer to Source")
    page.keyboard.press("Enter")
    expect(last).not_to_be_in_viewport()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.classList.contains('defaults')")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Layer"
    page.keyboard.press("Enter")
    assert page.locator(".defaults thead th").first.get_attribute("aria-sort") == "ascending"


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390), ("light", 320)])
def test_the_frame_scrolls_and_the_page_does_not(
    browser: Browser, address: str, scheme: str, width: int
) -> None:
    page = visit(browser, address + "defaults/", scheme, width).page
    frame = page.locator(".defaults")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert frame.evaluate("frame => frame.clientHeight < innerHeight")
    frame.scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('.defaults').scrollHeight > 5000")
    frame.evaluate("frame => frame.scrollTo(400, 2000)")
    head, first = (page.locator(f".defaults {part} th").first for part in ("thead", "tbody"))
    top, left = (
        frame.evaluate(f"f => f.getBoundingClientRect().{side}") for side in ("top", "left")
    )
    assert abs(head.evaluate("h => h.getBoundingClientRect().top") - top) < 3
    assert abs(first.evaluate("h => h.getBoundingClientRect().left") - left) < 3
    leave(page)


def test_its_script_loads_on_its_page_alone(browser: Browser, address: str) -> None:
    for name, files in (("", []), ("defaults/", ["table.js"])):
        seen = visit(browser, address + name)
        asked = [url for url in seen.requests if "assets/defaults" in url]
        assert [url.rpartition("/")[2] for url in asked] == files
        leave(seen.page)
