"""The site can be read: short core pages, a heading for every stretch, examples and not proofs in sight."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urldefrag

from playwright.sync_api import Browser

from tests.browser.conftest import serving
from tests.browser.readable import Reading, read
from tests.sources import PAGES, address_of

CORE = ["", "parameter/", "linear/", "embedding/", "equivalence/"]
LEDGERS = {"claims/", "attacks/", "defaults/", "where-it-holds/"}
"""Lists to look something up in, not texts."""

LONGEST_CORE, LONGEST_STRETCH, LONGEST_CELL = 8.0, 1.5, 10
ALL_SCREENS, ALL_LINES = 200, 2_000
LONG_CELLS: dict[str, str] = {}
"""Page -> why one of its cells in sight has more lines."""


def faults(readings: dict[str, Reading], root: str) -> list[str]:
    """Each place where a page asks too much of its reader."""
    found = []
    for name, page in readings.items():
        if name in CORE and page.screens > LONGEST_CORE:
            found.append(f"{name or 'index'} has {page.screens:.1f} screens")
        if name in LEDGERS:
            continue
        for anchor, screens in page.stretches.items():
            if screens > LONGEST_STRETCH:
                found.append(f"{name}#{anchor}: {screens:.1f} screens without a heading")
        if max(page.cells, default=0) > LONGEST_CELL and name not in LONG_CELLS:
            found.append(f"{name}: a cell in sight has {max(page.cells)} lines")
        found += [f"{name}: a bold paragraph acts as a heading: {text}" for text in page.bold]
    for name, page in readings.items():
        for link in page.links:
            address, anchor = urldefrag(link)
            target = address.removeprefix(root)
            there = readings.get(target)
            if there and target not in LEDGERS and there.stretches.get(anchor, 0) > LONGEST_STRETCH:
                found.append(f"{name}: a link lands on {target}#{anchor}, a long stretch")
    return found


def test_the_site_asks_no_more_of_a_reader_than_it_may(browser: Browser, address: str) -> None:
    names = [address_of(page) for page in PAGES]
    readings = {name: read(browser, address + name) for name in names}
    assert faults(readings, address) == []
    texts = [page for name, page in readings.items() if name not in LEDGERS]
    assert sum(page.screens for page in texts) <= ALL_SCREENS
    assert sum(sum(page.cells) for page in texts) <= ALL_LINES
    assert sum(len(page.cells) for page in texts) > 100  # cells are found at all


PAGE = """<!doctype html><html class="js"><article><h1 id="t">T</h1><p><strong>Why?</strong> So.</p>
<p>See <strong>this.</strong></p><p><strong>Two</strong> words.</p>{details}
<h2 id="long">L</h2><div style="height: 1400px"></div><h3 id="short">S</h3><a href="b.html#long">there</a>
</article></html>"""
CELL = '<div class="cell"><div class="highlight"><pre><code>{}</code></pre></div></div>'


def test_what_is_too_much_is_seen_and_what_is_folded_does_not_count(
    browser: Browser, tmp_path: Path
) -> None:
    long, longer = (CELL.format("x\n" * lines) for lines in (11, 30))
    folded = f"<details><summary>Proof</summary>{longer}<p><strong>No.</strong></p></details>"
    (tmp_path / "a.html").write_text(PAGE.format(details=long), encoding="utf-8")
    (tmp_path / "b.html").write_text(PAGE.format(details=folded), encoding="utf-8")
    with serving(tmp_path) as root:
        readings = {name: read(browser, root + name) for name in ("a.html", "b.html")}
        found = faults(readings, root)
    assert readings["a.html"].cells == [11]
    assert readings["b.html"].cells == []
    assert [fault.partition(":")[0] for fault in found] == [
        "a.html#long",
        "a.html",
        "a.html",
        "b.html#long",
        "b.html",
        "a.html",
        "b.html",
    ]
    assert "lands on b.html#long" in found[-1]
    assert found[2].endswith("acts as a heading: Why?")
