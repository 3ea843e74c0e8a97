"""The search, the lab and the table of defaults take whatever an address or a reader puts into them as text."""

from __future__ import annotations

import random
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Dialog, Page

from tests.browser.visit import Visit, visit

PIECES = [
    "<script>window.ran=1</script>",
    "<img src=x onerror=window.ran=1>",
    "<svg onload=window.ran=1>",
    "javascript:window.ran=1",
    "</textarea><iframe srcdoc='<script>top.ran=1</script>'>",
    '"><b id=planted>',
    "'-window.ran=1-'",
    "${window.ran=1}",
    "{{constructor.constructor('window.ran=1')()}}",
    "&lt;script&gt;",
    "%3Cscript%3E",
    "__proto__",
    "\u202e\u0000\ud83d\ude00",
    "*:^~+-",
    "0",
    " ",
    "nn.Linear",
    "1.4e-45",
    "tensor([",
    "a" * 5000,
    "9" * 400,
]
PLANTED = "#planted, iframe, .md-search-result script, #lab img, #lab script, .md-search-result img"


def hostile(seed: int) -> str:
    """A text of one to four pieces."""
    chosen = random.Random(seed)
    return "".join(chosen.choices(PIECES, k=chosen.randint(1, 4)))


def watch(seen: Visit) -> list[str]:
    """The dialogs that open on a page, closed at once."""
    opened: list[str] = []

    def close(dialog: Dialog) -> None:
        opened.append(dialog.message)
        dialog.dismiss()

    seen.page.on("dialog", close)
    return opened


def unharmed(page: Page) -> None:
    """Nothing ran and nothing was planted."""
    assert page.evaluate("window.ran") is None
    assert page.locator(PLANTED).count() == 0


@pytest.mark.parametrize(
    "path", ["?q=", "linear/?h=", "lab/?number=", "lab/?in=", "defaults/?rows="]
)
def test_two_hundred_hostile_addresses(browser: Browser, address: str, path: str) -> None:
    seen = visit(browser, address + path)
    dialogs = watch(seen)
    for seed in range(200):
        seen.page.goto(address + path + quote(hostile(seed), errors="surrogatepass")[:8000])
        unharmed(seen.page)
    seen.page.goto(address + "linear/#" + quote(PIECES[1]))
    unharmed(seen.page)
    assert (dialogs, seen.errors) == ([], [])
    seen.page.context.close()


def test_a_thousand_hostile_searches(browser: Browser, address: str) -> None:
    seen = visit(browser, address)
    dialogs, page = watch(seen), seen.page
    field = page.locator(".md-search__input")
    field.click()
    for seed in range(1000):
        field.fill(hostile(seed))
        field.dispatch_event("keyup")  # what the search listens to
        if seed % 20 == 0:
            page.wait_for_timeout(50)
            unharmed(page)
    field.fill("kaiming")
    field.dispatch_event("keyup")
    page.locator(".md-search-result__link[href*=kaiming]:visible").first.wait_for()
    assert (dialogs, seen.errors) == ([], [])
    page.context.close()


def test_two_thousand_hostile_pastes_into_the_lab(browser: Browser, address: str) -> None:
    seen = visit(browser, address + "lab/")
    dialogs, page = watch(seen), seen.page
    fields = page.locator(".lab :is(input, textarea):enabled").all()
    paste = """(field, text) => {
        field.value = text
        field.dispatchEvent(new Event("input", { bubbles: true }))
    }"""
    for seed in range(2000):
        fields[seed % len(fields)].evaluate(paste, hostile(seed))
        if seed % 100 == 0:
            unharmed(page)
    fields[-1].evaluate(paste, "<b>" * 1_000_000)
    unharmed(page)
    page.goto(address + "lab/")
    assert "nn.Linear" in page.locator("#lab").inner_text()
    assert (dialogs, seen.errors) == ([], [])
    page.context.close()
