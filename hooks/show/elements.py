"""Elements of HTML: one that is left open swallows what follows it."""

from __future__ import annotations

from html.parser import HTMLParser

from hooks.read.boxes import ALONE


def unpaired(content: str) -> str:
    """The first tag in some HTML that begins what never ends, or ends what never began; else nothing."""
    elements = _Elements()
    elements.feed(content)
    elements.close()
    return elements.fault or next((tag for _, tag in elements.opened), "")


class _Elements(HTMLParser):
    """Follows the elements of a page; `fault` is the first tag without a partner, once there is one."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[tuple[str, str]] = []
        self.fault = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        if tag not in ALONE:
            self.opened.append((tag, (self.get_starttag_text() or tag).partition("\n")[0]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element that ends where it begins."""

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        if tag in ALONE or self.fault:
            return
        name, start = self.opened.pop() if self.opened else ("", f"</{tag}>")
        self.fault = "" if name == tag else start
