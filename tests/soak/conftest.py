"""The browser and the served site, as the browser tests have them."""

from tests.browser.conftest import address, browser

__all__ = ["address", "browser"]
