"""No visitor is exposed to anything: no foreign script runs, nothing is kept but the color scheme."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.visit import leave, visit

INJECTED = """async (kind) => {
    window.ran = false;
    const script = document.createElement("script");
    if (kind === "inline") script.textContent = "window.ran = true";
    if (kind === "data") script.src = "data:text/javascript,window.ran = true";
    if (kind === "attribute") {
        const image = document.createElement("img");
        image.setAttribute("onerror", "window.ran = true");
        image.src = "data:image/png;base64,broken";
        document.body.append(image);
    } else document.body.append(script);
    if (kind === "text") setTimeout("window.ran = true");
    await new Promise((resolve) => setTimeout(resolve, 300));
    return window.ran;
}"""


@pytest.mark.parametrize("kind", ["inline", "data", "attribute", "text"])
@pytest.mark.parametrize("path", ["", "lab/"])
def test_a_script_that_the_build_did_not_write_does_not_run(
    browser: Browser, address: str, path: str, kind: str
) -> None:
    seen = visit(browser, address + path)
    assert seen.errors == []
    assert seen.page.evaluate(INJECTED, kind) is False
    assert any("Content Security Policy" in error for error in seen.errors), seen.errors
    leave(seen.page)


def test_a_page_cannot_call_another_host(browser: Browser, address: str) -> None:
    seen = visit(browser, address)
    call = "fetch('http://127.0.0.1:9/x').then(() => 'answered', (error) => String(error))"
    assert "Failed to fetch" in seen.page.evaluate(call)
    assert any("Content Security Policy" in error for error in seen.errors), seen.errors
    leave(seen.page)


def test_nothing_is_kept_but_the_color_scheme(browser: Browser, address: str) -> None:
    seen = visit(browser, address)
    page = seen.page
    page.locator("label[for^=__palette]:visible").click()
    page.locator(".md-search__input").click()
    page.keyboard.type("kaiming")
    page.locator(".md-search-result__link").first.click()
    page.goto(address + "lab/")
    page.get_by_label("in_features").fill("3")
    page.goto(address + "defaults/")
    kept = page.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]")
    assert [key.rpartition(".")[2] for key in kept] == ["__palette"]
    assert page.context.cookies() == []
    assert page.evaluate("navigator.serviceWorker.controller") is None
    assert [url for url in seen.requests if not url.startswith((address, "blob:"))] == []
    assert seen.errors == []
    leave(page)
