"""The lab's modules of the built site, run in a page of the browser."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from playwright.sync_api import Browser, Page, Route

from tests.browser.visit import tab

BASE64 = """const base64 = (values) => new Promise((done) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.split(",")[1] ?? "");
    reader.readAsDataURL(new Blob([values]));
});
const floats = (text) => new Float32Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);"""


@contextmanager
def modules(
    browser: Browser, address: str, instead: dict[str, str] | None = None
) -> Iterator[Page]:
    """A page of the site; `instead` gives a module (by its file name) another text."""
    page = tab(browser)
    for name, text in (instead or {}).items():
        page.route(f"**/assets/lab/{name}", _answer(text))
    page.goto(address + "lab/")
    yield page
    page.close()


def _answer(text: str) -> Callable[[Route], None]:
    return lambda route: route.fulfill(body=text, content_type="text/javascript")


def call(page: Page, module: str, body: str, given: Any = None) -> Any:
    """What `body` returns, an async function's: `lab` is the module, `given` the argument."""
    code = f"""async ([url, given]) => {{
        const lab = await import(url);
        {BASE64}
        {body}
    }}"""
    url = page.evaluate("location.href").split("lab/")[0] + f"assets/lab/{module}.js"
    return page.evaluate(code, [url, given])


def to_base64(values: np.ndarray) -> str:
    """Float32 values for `floats` in a page."""
    return base64.b64encode(values.astype("<f4").tobytes()).decode()


def from_base64(text: str) -> np.ndarray:
    """Float32 values of `base64` in a page."""
    return np.frombuffer(base64.b64decode(text), "<f4")
