"""A page opened in a browser, with what went over the wire and what went wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page

PAPER = {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 24, 31)"}

PATIENCE = 600_000.0
"""Milliseconds that the browser may take for anything: on a machine that does ten things at once it takes
many seconds, and what hangs may end late."""

SETTLED = """() => new Promise(done =>
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"""
"""Observers of sizes and of what is in view have been told, and the page has answered."""


@dataclass
class Visit:
    """A page opened in a browser, with what went over the wire and what went wrong."""

    page: Page
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def look(self, scheme: str, width: int) -> None:
        """Change the colors and the width in CSS pixels while the page stays open; it must follow."""
        self.page.emulate_media(color_scheme=scheme)
        self.page.set_viewport_size({"width": width, "height": 800})
        paper = "paper => getComputedStyle(document.body).backgroundColor === paper"
        self.page.wait_for_function(paper, arg=PAPER[scheme])
        self.page.evaluate(SETTLED)

    def open_drawers(self) -> None:
        """Open every drawer of the text: what lies in them is looked at, too."""
        drawers = self.page.locator("article details:not([open])")
        drawers.evaluate_all("all => { for (const one of all) one.open = true }")

    def read(self) -> None:
        """Have the whole page in view for a moment: what waits to be seen is set up then."""
        size = self.page.viewport_size
        assert size
        height = self.page.evaluate("document.documentElement.scrollHeight")
        fade = "opacity => { document.documentElement.style.opacity = opacity }"
        self.page.evaluate(
            fade, "0"
        )  # what nobody sees is laid out, but painting it all costs most
        self.page.set_viewport_size({**size, "height": height})
        self.page.evaluate(SETTLED)
        self.page.evaluate("scrollTo(0, 1e6)")  # what is as high as the screen has grown
        self.page.evaluate(SETTLED)
        self.page.set_viewport_size(size)
        self.page.evaluate("scrollTo(0, 0)")
        self.page.evaluate(fade, "")
        self.page.evaluate(SETTLED)


def tab(browser: Browser, **options: Any) -> Page:
    """An empty page of a browser that no other test has used; `options` are those of `new_page`."""
    page = browser.new_page(**options)
    page.context.set_default_timeout(PATIENCE)
    return page


VISITS: dict[Page, Visit] = {}
"""The kept tabs that a test uses or has left, each with its last visit."""

FREE: dict[Browser, list[Page]] = {}
"""The kept tabs that wait for the next test: a new one costs three times what the page does."""


def kept(browser: Browser, scheme: str = "light", width: int = 1280, height: int = 800) -> Visit:
    """A kept tab, empty and without motion; it remembers nothing and notes its requests and errors."""
    free = FREE.setdefault(browser, [])
    page = free.pop() if free else _noting(tab(browser))
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(
        media="null", color_scheme=scheme, reduced_motion="reduce", forced_colors="null"
    )
    VISITS[page] = Visit(page)
    return VISITS[page]


def _noting(page: Page) -> Page:
    page.on("request", lambda request: VISITS[page].requests.append(request.url))
    page.on("pageerror", lambda error: VISITS[page].errors.append(str(error)))
    page.on("console", lambda m: VISITS[page].errors.append(m.text) if m.type == "error" else None)
    return page


def leave(page: Page) -> None:
    """Give a kept tab to the next test: nothing is in it, on it or allowed to it any more.

    What a page has got by `route`, `add_init_script` or `on` would stay: such a test takes a `tab`.
    """
    page.evaluate("localStorage.clear(); sessionStorage.clear()")
    page.context.clear_cookies()
    page.context.clear_permissions()
    page.mouse.move(-1, -1)
    page.goto("about:blank")
    protocol = page.context.new_cdp_session(page)
    protocol.send("Network.enable")
    protocol.send("Network.setCacheDisabled", {"cacheDisabled": True})  # empties the one in memory
    protocol.send("Network.clearBrowserCache")
    protocol.detach()  # beside a second session a page forgets its media where it leads on
    FREE[page.context.browser].append(page)


def visit(
    browser: Browser, url: str, scheme: str = "light", width: int = 1280, height: int = 800
) -> Visit:
    """Open a page in a kept tab; `leave` it when all has been seen."""
    seen = kept(browser, scheme, width, height)
    seen.page.goto(url)  # until everything that the page names is loaded
    seen.page.locator("html.js").wait_for(state="attached")  # and Material's script has run
    return seen
