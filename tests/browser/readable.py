"""How much a reader has to read: what a page shows before anything is opened, as a browser lays it out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser

from tests.browser.visit import leave, visit

WIDTH, SCREEN = 1280, 900

LOOK = """() => {
  const article = document.querySelector("article")
  const seen = element => element.checkVisibility() && !element.closest("details:not([open])")
  const top = element => element.getBoundingClientRect().top
  const foot = article.getBoundingClientRect().bottom
  const heads = [...article.querySelectorAll("h1, h2, h3, h4")].filter(seen)
  const stretches = heads.map((head, i) => [head.id, (heads[i + 1] ? top(heads[i + 1]) : foot) - top(head)])
  const cells = [...article.querySelectorAll(".cell .highlight:not(.output) pre > code")].filter(seen)
  const links = [...article.querySelectorAll("a[href*='#']:not(.headerlink)")]
  // A paragraph that opens with bold words and a full stop is a heading in disguise
  const bold = [...article.querySelectorAll("p > strong:first-child")].filter(strong =>
    seen(strong) && !strong.previousSibling?.data?.trim() && /[.?!:]["”]?$/.test(strong.textContent.trim()))
  return {
    height: foot - top(article),
    stretches: Object.fromEntries(stretches),
    cells: cells.map(code => code.textContent.trimEnd().split("\\n").length),
    links: links.filter(link => link.origin === location.origin).map(link => link.href),
    bold: bold.map(strong => strong.textContent),
  }
}"""


@dataclass(frozen=True)
class Reading:
    """What lies open on a page: heights in screens of 1280 × 900, lines of each cell, links to anchors."""

    screens: float
    stretches: dict[str, float]
    """Anchor of a heading -> screens until the next one."""
    cells: list[int]
    links: list[str]
    bold: list[str]
    """Paragraphs that act as headings."""


def read(browser: Browser, url: str) -> Reading:
    """Open a page as a first visitor does, and measure it."""
    page = visit(browser, url, width=WIDTH, height=SCREEN).page
    seen: dict[str, Any] = page.evaluate(LOOK)
    leave(page)
    stretches = {anchor: height / SCREEN for anchor, height in seen["stretches"].items()}
    return Reading(seen["height"] / SCREEN, stretches, seen["cells"], seen["links"], seen["bold"])
