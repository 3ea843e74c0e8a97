"""Every page carries a Content-Security-Policy that allows the site itself and the page's own scripts."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import pytest
from mkdocs.exceptions import PluginError

from hooks.show.policy import protect

INLINE = re.compile(r"<script(?![^>]*(?: src=|json))[^>]*>(.*?)</script>", re.DOTALL)
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')


def test_every_page_allows_its_own_scripts_and_no_other(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        text = page.read_text(encoding="utf-8")
        (policy,) = POLICY.findall(text)
        assert text.index(policy) < text.index("<script")
        rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
        assert rules["default-src"] == "'none'"
        assert "unsafe" not in rules["script-src"]
        assert not re.search(r"https?:", policy)
        scripts = {hashlib.sha256(code.encode()).digest() for code in INLINE.findall(text)}
        hashed = {f"'sha256-{base64.b64encode(script).decode()}'" for script in scripts}
        assert set(rules["script-src"].split()) == hashed | {"'self'"}, page


def test_no_page_has_a_script_in_an_attribute(site: Path) -> None:
    for page in site.rglob("*.html"):
        tags = re.findall(r"<[a-z][^>]*>", page.read_text(encoding="utf-8"))
        assert [tag for tag in tags if re.search(r"\son\w+=|javascript:", tag)] == []


def test_hosts_get_the_same_policy_as_headers(site: Path) -> None:
    headers = (site / "_headers").read_text(encoding="utf-8")
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        for hashed in re.findall(r"'sha256-[^']+'", POLICY.findall(text)[0]):
            assert hashed in headers
    assert "frame-ancestors 'none'" in headers
    assert "unsafe" not in headers.partition("script-src")[2].partition(";")[0]
    for folder in re.findall(r"^(/assets/\S+)/\*$", headers, re.MULTILINE):
        names = [path.name for path in (site / folder[1:]).glob("*") if path.suffix != ".map"]
        assert names
        assert all(re.search(r"\.[0-9a-f]{8}\.min\.", name) for name in names)


def test_a_page_that_does_not_start_as_materials_do_is_refused() -> None:
    with pytest.raises(PluginError, match="charset"):
        protect("<html><head></head></html>")
