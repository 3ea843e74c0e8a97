"""The built site: everything that was written ran, shows its result, and leads somewhere."""

from __future__ import annotations

import gzip
import itertools
import json
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import pytest

from hooks.read.pages import read_page
from hooks.read.source import Source
from hooks.show.stamp import DIFFERS
from tests.build.markup import code_of, executed_cells, read_html
from tests.build.project import ROOT, build, cell, page, write_project
from tests.sources import DOCS, EXECUTED, PAGES, html_of

WEIGHT_LIMIT = 40_000


def collected(docs: Path, root: Path = ROOT) -> dict[str, list[int]]:
    """Page -> the first code lines of its fences as pytest-markdown-docs collects them."""
    command = [
        "-m",
        "pytest",
        "-o",
        "addopts=",
        "--markdown-docs",
        "--collect-only",
        "-q",
        str(docs),
    ]
    done = subprocess.run(
        [sys.executable, *command, f"--rootdir={root}"], cwd=root, capture_output=True, text=True
    )
    found: dict[str, list[int]] = {}
    for name, line in re.findall(
        r"^\S*?([\w-]+\.md)::\S*\[line:(\d+)\]$", done.stdout, re.MULTILINE
    ):
        found.setdefault(name, []).append(int(line))
    return found


def check_counts(docs: Path, site: Path, tests: dict[str, list[int]]) -> None:
    """Python fences in the sources, executed cells in the HTML and collected tests are the same."""
    for path in sorted(docs.rglob("*.md")):
        fences = path.read_text(encoding="utf-8").count("```python")
        source = read_page(path, docs)
        shown = [code_of(found) for found in executed_cells(read_html(html_of(source, site)))]
        assert fences == len(shown) == len(tests.get(path.name, [])), path.name
        assert [found.code.strip("\n") for found in source.cells] == shown, path.name


def test_every_fence_is_executed_shown_and_tested(site: Path) -> None:
    assert len(EXECUTED) >= 5
    check_counts(DOCS, site, collected(DOCS))


def test_the_count_notices_a_hidden_fence(tmp_path: Path) -> None:
    pages = {"index.md": page(cell("print(1)", first=True), "Text")}
    site = tmp_path / "site"
    assert build(write_project(tmp_path, pages), site).returncode == 0
    docs = tmp_path / "docs"
    check_counts(docs, site, {"index.md": [13]})
    hidden = "\n!!! note\n\n    ```python\n    print(2)\n    ```\n"
    with (docs / "index.md").open("a", encoding="utf-8") as file:
        file.write(hidden)
    with pytest.raises(AssertionError, match=r"index\.md"):
        check_counts(docs, site, {"index.md": [13]})


def test_a_clean_build_warns_of_nothing_and_reports_each_page_once(built: tuple[Path, str]) -> None:
    log = built[1]
    assert not re.search("^(WARNING|ERROR|CRITICAL)|Warning:|Traceback", log, re.MULTILINE), log
    for source in EXECUTED:
        line = rf"\d+/{len(EXECUTED)} {re.escape(source.path)}: {len(source.cells)} cells, [\d.]+ s"
        assert len(re.findall(line, log)) == 1, source.path


@pytest.mark.parametrize("source", EXECUTED, ids=lambda source: source.path)
def test_a_page_shows_real_outputs_without_clutter(source: Source, site: Path) -> None:
    html = read_html(html_of(source, site))
    cells = executed_cells(html)
    assert sum(bool(found.select(".output")) for found in cells) >= len(cells) / 2
    text = html.get_text()
    for clutter in (
        "Traceback (most recent call last)",
        "In [",
        "Out[",
        "\x1b",
        "!!! ",
        "$",
        ":::",
    ):
        assert clutter not in text.replace("$OUT", ""), clutter
    for found, written in zip(cells, source.cells, strict=True):
        labels = [label.get_text() for label in found.select(".output > .filename")]
        expected = "output"
        for flag, said in DIFFERS.items():
            expected += f" · {said}" * (flag in written.flags)
        assert set(labels) <= {expected}
        assert ("wrong on purpose" in found.get_text()) == ("wrong" in written.flags)


@pytest.mark.parametrize("source", PAGES, ids=lambda source: source.path)
def test_a_page_weighs_little_and_can_be_had_as_markdown(source: Source, site: Path) -> None:
    path = html_of(source, site)
    assert len(gzip.compress(path.read_bytes())) < WEIGHT_LIMIT
    markdown = path.with_name("index.md").read_text(encoding="utf-8")
    assert markdown.count("{ .python") == len(source.cells)
    assert re.search("^# ", markdown, re.MULTILINE)


def test_all_internal_links_and_anchors_resolve(site: Path) -> None:
    pages = {path: read_html(path) for path in site.rglob("*.html") if path.name != "404.html"}
    anchors = {
        path: {tag["id"] for tag in html.select("[id]")} | {""} for path, html in pages.items()
    }
    checked = 0
    for path, html in pages.items():
        base = "http://site/below/" + path.relative_to(site).as_posix()
        for tag in html.select("a[href], link[href], script[src], img[src]"):
            address, anchor = urldefrag(urljoin(base, str(tag.get("href", tag.get("src")))))
            if not address.startswith("http://site/"):
                continue
            address = address.partition("?")[0]
            assert address.startswith("http://site/below/"), f"{path}: {tag}"
            target = site / unquote(address.removeprefix("http://site/below/"))
            target = target / "index.html" if target.is_dir() else target
            assert target.exists(), f"{path}: {tag}"
            if target in anchors and not anchor.startswith("__"):
                assert unquote(anchor) in anchors[target], f"{path}: {tag}"
            checked += 1
    assert checked > 100


def test_nothing_is_loaded_from_another_host(site: Path) -> None:
    for path in site.rglob("*.html"):
        for tag in read_html(path).select("link[href], script[src], img[src], iframe, source[src]"):
            address = str(tag.get("href") or tag.get("src"))
            if tag.name == "link" and "canonical" in tag.get("rel", []):
                continue
            assert not re.match(r"(https?:)?//", address), f"{path}: {tag}"
    for path in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(https?:)?//", path.read_text(encoding="utf-8")), path


def test_headings_are_in_order_and_every_page_describes_itself(site: Path) -> None:
    for source in PAGES:
        html = read_html(html_of(source, site))
        levels = [int(tag.name[1]) for tag in html.select("article :is(h1, h2, h3, h4, h5, h6)")]
        assert levels[0] == 1, source.path
        assert levels.count(1) == 1, source.path
        assert all(b - a <= 1 for a, b in itertools.pairwise(levels)), source.path
        description = html.select_one('meta[name="description"]')
        assert description is not None, source.path
        assert 30 <= len(str(description["content"])) <= 160, source.path
        ids = [tag["id"] for tag in html.select("[id]")]
        assert len(ids) == len(set(ids)), source.path


def test_the_ledger_lists_every_claim_with_its_proof(site: Path) -> None:
    ledger = json.loads((site / "claims.json").read_text(encoding="utf-8"))
    keys = {"id", "statement", "page", "anchor", "proof", "scope", "torch", "sabotages"}
    keys |= {"holds", "measured"}
    claims = {claim.name: source for source in PAGES for claim in source.claims}
    assert len(ledger) == len(claims) > 0
    listed = read_html(site / "claims" / "index.html")
    links = {str(tag["href"]).partition("#")[2] for tag in listed.select("article p a[href]")}
    for record in ledger:
        assert set(record) == keys
        assert all(record[key] for key in keys - {"measured"}), record["id"]
        assert record["torch"] == "2.13.0"
        html = read_html(html_of(claims[record["id"]], site))
        theorem = html.find(id=record["anchor"])
        assert theorem is not None, record["id"]
        (proof,) = executed_cells(theorem)
        assert code_of(proof) == record["proof"].strip("\n")
        assert "∎" in theorem.get_text()
        scope = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", record["scope"]).replace("`", "")
        scope = re.sub("[,;] CPU$", "", scope)  # the processors say so, where they are known
        assert f"{record['holds']} · {scope}" in theorem.get_text()
        assert record["anchor"] in links
        where = str(theorem.find("a", string="Versions")["href"])
        assert where.removeprefix("../") == f"where-it-holds/#{record['id']}"
    assert [record["id"] for record in ledger] != sorted(claims)  # the site's order


def test_a_claim_states_what_its_page_says(site: Path) -> None:
    for source in EXECUTED:
        html = read_html(html_of(source, site))
        titles = [tag.get_text() for tag in html.select(".claim > .admonition-title")]
        shown = [re.sub("[*\N{WORD JOINER}]", "", title) for title in titles]
        assert shown == [re.sub("[`*]", "", claim.statement) for claim in source.claims]
