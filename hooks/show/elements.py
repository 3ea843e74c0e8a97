"""Elements of HTML: one that is left open swallows what follows it."""

from __future__ import annotations

from html.parser import HTMLParser

from hooks.read.boxes import ALONE


def unpaired(content: str) -> tuple[str, str]:
    """The first tag in some HTML that begins what never ends, or ends what never began, and its line."""
    elements = _Elements()
    elements.feed(content)
    elements.close()
    tag, line = elements.fault or next((where for _, where in elements.opened), ("", 1))
    return tag, content.split("\n")[line - 1] if tag else ""


class _Elements(HTMLParser):
    """Follows the elements of a page; `fault` is the first tag without a partner, once there is one."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[tuple[str, tuple[str, int]]] = []
        self.fault: tuple[str, int] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        if tag not in ALONE:
            start = (self.get_starttag_text() or tag).partition("\n")[0]
            self.opened.append((tag, (start, self.getpos()[0])))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element that ends where it begins."""

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        if tag in ALONE or self.fault:
            return
        nothing = "", (f"</{tag}>", self.getpos()[0])
        name, start = self.opened.pop() if self.opened else nothing
        self.fault = None if name == tag else start
