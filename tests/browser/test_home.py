"""The home page answers before the reader scrolls, and leads each visitor on."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.visit import leave, visit

SCREENS = {1280: 800, 390: 844 * 1.5}
"""Width -> how far down the answer may end: one screen, and one and a half on a phone."""


@pytest.mark.parametrize("width", SCREENS)
def test_the_three_stand_within_the_first_screen(
    browser: Browser, address: str, width: int
) -> None:
    page = visit(browser, address, width=width).page
    boxes = [card.bounding_box() for card in page.locator(".three > div").all()]
    assert len(boxes) == 3
    assert page.locator(".lede").bounding_box()["y"] < boxes[0]["y"]
    for card in page.locator(".three > div").all():
        assert card.locator("p").nth(1).inner_text().startswith("Use it for")
    for box in boxes:
        assert box is not None
        assert box["y"] + box["height"] <= SCREENS[width]
    leave(page)


def test_every_entry_leads_somewhere_in_two_columns_or_one(browser: Browser, address: str) -> None:
    page = visit(browser, address).page
    entries = page.locator(".entries li").all()
    links = [entry.locator("a").first.get_attribute("href") for entry in entries]
    assert len(set(links)) == len(entries) >= 6
    for entry in entries:
        assert entry.locator("strong").inner_text().strip()
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        tops = [entry.bounding_box() for entry in entries]
        columns = {round(box["x"]) for box in tops if box}
        assert len(columns) == {1280: 2, 390: 1}[width]
    leave(page)
