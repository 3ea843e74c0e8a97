"""The lab's page in a browser: where its parts are, and the check of what it prints."""

from __future__ import annotations

import contextlib
import io
import warnings

from playwright.sync_api import Page

from tests.lab.bits import bits_as_written

CODE = "#lab-python code"
PRINTED = "#lab-prints code"
STATUS = "#lab [role=status]"


def text(page: Page, selector: str) -> str:
    """What a reader sees there."""
    return page.locator(selector).inner_text()


def check_script(page: Page) -> None:
    """What the lab prints is what Python prints for the code it shows."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Initializing zero-element tensors")
        exec(text(page, CODE), {})
    if bits_as_written():
        assert text(page, PRINTED).rstrip("\n") == output.getvalue().rstrip("\n")
