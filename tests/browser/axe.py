"""axe-core on the page as it stands: every rule of WCAG 2.0 to 2.2, A and AA, and its best practices."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]

# A page has thousands of pieces of colored code, and axe-core reads them all each time. So of the pieces with
# the same tags and classes up to the page's root, which look alike in any scheme, one is kept and the others
# become plain text; contrast is asked for one piece of each kind (one class, one look, one ground; axe-core
# says nothing of a single character), and the structure is looked at after all code has become plain text.
THIN = """() => {
    const shown = new CSSStyleSheet()
    shown.replaceSync("* { content-visibility: visible !important }") // out of view, colors would be old ones
    document.adoptedStyleSheets.push(shown)
    const paths = new Map([[null, ""]])
    const path = element => {
        if (!paths.has(element)) {
            const above = path(element.parentElement)
            paths.set(element, `${above} > ${element.tagName}.${element.className}`)
        }
        return paths.get(element)
    }
    const pieces = [...document.querySelectorAll("pre code span")], first = new Map(), kept = new Set()
    const tells = piece => piece?.checkVisibility() && piece.textContent.length > 1
    for (const piece of pieces) if (!tells(first.get(path(piece)))) first.set(path(piece), piece)
    for (let piece of first.values()) for (; piece; piece = piece.parentElement) kept.add(piece)
    for (const piece of pieces) if (!kept.has(piece)) piece.replaceWith(...piece.childNodes)
}"""
CONTRAST = """async () => {
    await Promise.all(document.getAnimations().map(change => change.finished))
    const kinds = new Map(), grounds = new Map([[null, ""]])
    const ground = element => {
        if (!grounds.has(element)) {
            const { backgroundColor: color, backgroundImage: image, opacity } = getComputedStyle(element)
            const above = ground(element.parentElement)
            const own = color === "rgba(0, 0, 0, 0)" && opacity === "1" ? "" : [color, image, opacity].join()
            grounds.set(element, above + own)
        }
        return grounds.get(element)
    }
    for (const element of document.body.querySelectorAll("*")) {
        const has_text = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim())
        if (!has_text || !element.checkVisibility()) continue
        const { color, fontSize, fontWeight } = getComputedStyle(element)
        const kind = [element.tagName, element.className, color, fontSize, fontWeight, ground(element)].join()
        if (!(kinds.get(kind)?.textContent.length > 1)) kinds.set(kind, element)
    }
    const include = [...kinds.values()]
    const only = {resultTypes: ["violations"], preload: false, runOnly: ["color-contrast"]}
    const { violations } = await axe.run({include}, only)
    return {violations: violations.map(report), seen: kinds.size}
}"""
STRUCTURE = """async tags => {
    for (const code of document.querySelectorAll("pre code")) code.textContent = code.textContent
    // A list of contents that follows the page has an entry half under its title; at its start it has none
    for (const column of document.querySelectorAll(".md-sidebar__scrollwrap")) column.scrollTop = 0
    const rules = {"color-contrast": {enabled: false}}
    const options = {resultTypes: ["violations"], preload: false, runOnly: tags, rules}
    const { violations, passes } = await axe.run(document, options)
    return {violations: violations.map(report), seen: passes.length}
}"""
REGIONS = """async () => {
    const only = {resultTypes: ["violations"], preload: false, runOnly: ["scrollable-region-focusable"]}
    const { violations } = await axe.run(document, only)
    return {violations: violations.map(report)}
}"""
REPORT = """; window.report = ({ id, nodes }) =>
    [id, ...nodes.slice(0, 4).map(node => `${node.target}: ${node.failureSummary}`)].join("\\n    "); 0"""


def contrast(page: Page) -> list[str]:
    """Where axe-core finds too little contrast, in the colors that the page has now.

    Code that looks alike has become plain text afterwards.
    """
    found = _run(page, CONTRAST, None)
    assert found["seen"] > 5, "axe-core saw too little of this page"
    return found["violations"]


def structure(page: Page) -> list[str]:
    """What else axe-core finds; afterwards the code on the page has lost its colors."""
    found = _run(page, STRUCTURE, TAGS)
    assert found["seen"] > 20, "axe-core saw too little of this page"
    return found["violations"]


def unreachable(page: Page) -> list[str]:
    """What scrolls and no key reaches, in what the page has of it now."""
    found = _run(page, REGIONS, None)
    return found["violations"]


def _run(page: Page, script: str, argument: Any) -> dict[str, Any]:
    if not page.evaluate("typeof axe !== 'undefined'"):
        source = files("axe_playwright_python") / "axe.min.js"
        page.evaluate(source.read_text(encoding="utf-8") + REPORT)
        page.evaluate(THIN)
    return page.evaluate(script, argument)
