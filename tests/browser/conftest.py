"""A browser, and the built site behind an address of its own."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.find import ADVICE, find
from tests.browser.visit import PATIENCE, Visit, leave, visit

expect.set_options(timeout=PATIENCE)


class QuietHandler(SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *args: object) -> None:
        """Requests are no news."""


@contextmanager
def serving(site: Path, handler: type[QuietHandler] = QuietHandler) -> Iterator[str]:
    """Serve the folder `site` at the address given."""
    with ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(handler, directory=str(site))
    ) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window; a missing one fails the test and says what to install."""
    path = find()
    assert path is not None, ADVICE
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def address(site: Path) -> Iterator[str]:
    """Where the built site is served."""
    with serving(site) as at:
        yield at


@pytest.fixture
def opened(browser: Browser, address: str) -> Iterator[Visit]:
    """The lab's page as it opens; no error may appear on its console until the test ends."""
    seen = visit(browser, address + "lab/")
    yield seen
    assert seen.errors == []
    leave(seen.page)
