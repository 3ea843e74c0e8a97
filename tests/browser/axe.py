"""axe-core on the page as it stands: every rule of WCAG 2.0 to 2.2, A and AA, and its best practices."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]

# Contrast takes nine tenths of the time, and a page has a thousand pieces of colored code: axe is asked for one
# piece of each kind. A kind has the same class, colors and letters, on the same ground.
RUN = """async ({ tags, structure }) => {
    const quick = {resultTypes: ["violations"], preload: false}
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
        if (!kinds.has(kind)) kinds.set(kind, element)
    }
    const rules = {"color-contrast": {enabled: false}}
    const all = structure ? await axe.run(document, {...quick, runOnly: tags, rules}) : null
    const include = [...kinds.values()]
    const contrast = await axe.run({include}, {...quick, runOnly: ["color-contrast"]})
    const violations = [...all?.violations ?? [], ...contrast.violations].map(({ id, nodes }) =>
        [id, ...nodes.slice(0, 4).map(node => `${node.target}: ${node.failureSummary}`)].join("\\n    "))
    return {violations, kinds: kinds.size, rules: all?.passes.length}
}"""


def violations(page: Page, structure: bool = True) -> list[str]:
    """What axe-core finds on the page in its present state, each with its places; contrast alone if asked."""
    if not page.evaluate("typeof axe !== 'undefined'"):
        script = files("axe_playwright_python") / "axe.min.js"
        page.evaluate(script.read_text(encoding="utf-8") + "; 0")
    found: dict[str, Any] = page.evaluate(RUN, {"tags": TAGS, "structure": structure})
    assert found["kinds"] > 5, "axe-core saw too little of this page"
    assert not structure or found["rules"] > 20, "axe-core saw too little of this page"
    return found["violations"]
