"""The executed Markdown outlives MkDocs: Zensical builds it, and nothing of it is lost."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from hooks.give.export import ZENSICAL, export
from tests.build.markup import executed_cells, read_html
from tests.build.test_site import test_all_internal_links_and_anchors_resolve as links_resolve
from tests.sources import PAGES, html_of


@pytest.fixture(scope="module")
def rebuilt(site: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of the site as Zensical builds it from the export, and what it printed."""
    folder = tmp_path_factory.mktemp("export")
    export(site, folder)
    environment = folder / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True)
    programs = environment / ("Scripts" if os.name == "nt" else "bin")
    pip = [str(programs / "python"), "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, f"zensical=={ZENSICAL}"], check=True)
    done = subprocess.run(
        [str(programs / "zensical"), "build", "--strict"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    return folder / "site", output


def test_it_builds_without_an_issue(rebuilt: tuple[Path, str]) -> None:
    assert "No issues found" in rebuilt[1]


def texts(page: BeautifulSoup, selector: str) -> list[str]:
    """The text of what is selected, without the marks of a link to it and what holds words together."""
    return [
        re.sub("[¶\N{WORD JOINER}]", "", tag.get_text()).strip() for tag in page.select(selector)
    ]


def kept(page: BeautifulSoup) -> dict[str, list[str]]:
    """What a page must not lose."""
    return {
        "title": texts(page, "article h1"),
        "headings": texts(page, "article :is(h2, h3, h4)"),
        "cells": texts(page, "div.cell .highlight:not(.output) code"),
        "outputs": texts(page, "div.cell > .output"),
        "flags": [" ".join(cell["class"]) for cell in executed_cells(page)],
        "claims": texts(page, ".theorem > .claim > .admonition-title"),
        "marks": texts(page, ".theorem :is(.mark, .proof > summary)"),
        "names": [str(tag["id"]) for tag in page.select(".theorem[id]")],
        "boxes": texts(page, ".admonition > .admonition-title"),
        "drawers": texts(page, "article summary"),
        "tables": texts(page, "article table"),
        "figures": [str(tag["aria-label"]) for tag in page.select("svg[role=img]")],
        "moved": [str(tag.string) for tag in page.select("#moved")],
        "formulas": [str(tag["alttext"]) for tag in page.select("math")],
        "anchors": sorted(
            str(tag["id"]) for tag in page.select("article [id]:not(input, #__skip)")
        ),
    }


@pytest.mark.parametrize("source", PAGES, ids=lambda source: source.path)
def test_a_page_keeps_all_that_it_says(
    source: object, site: Path, rebuilt: tuple[Path, str]
) -> None:
    before, after = (kept(read_html(html_of(source, folder))) for folder in (site, rebuilt[0]))
    for what in before:
        assert after[what] == before[what], what


def test_there_was_something_to_keep(site: Path) -> None:
    counted: Counter[str] = Counter()
    for source in PAGES:
        counted.update(
            {what: len(found) for what, found in kept(read_html(html_of(source, site))).items()}
        )
    assert min(counted.values()) > 3, counted


def test_what_pages_load_and_link_to_is_there(rebuilt: tuple[Path, str]) -> None:
    links_resolve(rebuilt[0])


def test_what_readers_and_programs_take_is_there(site: Path, rebuilt: tuple[Path, str]) -> None:
    files = [*site.glob("*.json"), *site.glob("snippets/**/*.py"), *site.glob("*/*.ipynb")]
    assert len(files) > 20
    for path in [*files, site / "licenses.txt"]:
        name = path.relative_to(site)
        assert (rebuilt[0] / name).read_bytes() == path.read_bytes(), name
