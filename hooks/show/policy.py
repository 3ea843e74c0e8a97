"""What a browser may load for a page: the site's own files, and no inline script but those of the build."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from mkdocs.exceptions import PluginError

_SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<code>.*?)</script>", re.DOTALL)
_START = '<meta charset="utf-8">'
RULES = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",  # figures and math carry their sizes in the HTML
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",  # the lab's worker is made of the page's own script
    "manifest-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
FOREVER = ("/assets/javascripts/workers/*", "/assets/stylesheets/*")
"""Material's files whose names carry a hash of their content."""


def hashes(page: str) -> list[str]:
    """The hashes of the scripts that stand in a page, as Content-Security-Policy writes them, sorted."""
    found = {
        hashlib.sha256(script["code"].encode()).digest()
        for script in _SCRIPT.finditer(page)
        if " src=" not in script["attributes"] and "json" not in script["attributes"]
    }
    return sorted(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in found)


def policy(scripts: list[str]) -> str:
    """The Content-Security-Policy that allows the site itself and the inline scripts with these hashes."""
    rules = RULES | {"script-src": " ".join([RULES["script-src"], *scripts])}
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def protect(page: str) -> str:
    """The page with its policy in it, before anything that it governs.

    Raises `PluginError` when the page does not start as Material's do.
    """
    if page.count(_START) != 1:
        raise PluginError(f"Material no longer writes `{_START}` once: see hooks/show/policy.py")
    rule = f'<meta http-equiv="Content-Security-Policy" content="{policy(hashes(page))}">'
    return page.replace(_START, _START + rule)


def write_headers(site: Path) -> None:
    """Write `_headers`, which several static hosts read: the policy of all pages, and what may be kept."""
    scripts = {
        script
        for page in site.rglob("*.html")
        for script in hashes(page.read_text(encoding="utf-8"))
    }
    rule = policy(sorted(scripts)) + "; frame-ancestors 'none'"
    lines = ["/*", f"  Content-Security-Policy: {rule}"]
    lines += [f"  {name}: {value}" for name, value in HEADERS.items()]
    for path in FOREVER:
        lines += [path, "  Cache-Control: public, max-age=31536000, immutable"]
    (site / "_headers").write_text("\n".join(lines) + "\n", encoding="utf-8")
