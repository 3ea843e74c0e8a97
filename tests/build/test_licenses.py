"""Everything of others that the site ships is named in licenses.txt, with its license."""

from __future__ import annotations

import json
import re
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote

import material
import pytest

from tests.build.project import ROOT

TEMPLATES = Path(material.__file__).parent / "templates"
TABLE = re.compile(
    r"^(?P<name>\S.*?)  +(?P<license>[A-Z0-9][\w.-]+)  +Copyright \(c\) ", re.MULTILINE
)
ICONS = {
    "material": "Material Design Icons",
    "octicons": "Octicons",
    "fontawesome": "Font Awesome Free",
    "simple": "Simple Icons",
}


@pytest.fixture(scope="module")
def text(site: Path) -> str:
    return (site / "licenses.txt").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def named(text: str) -> dict[str, str]:
    """Name -> license."""
    return {found["name"]: found["license"] for found in TABLE.finditer(text)}


def test_each_asset_is_ours_or_materials_as_it_came(site: Path) -> None:
    assets = [path.relative_to(site) for path in (site / "assets").rglob("*") if path.is_file()]
    assert len(assets) > 20
    for name in assets:
        if not (ROOT / "docs" / name).is_file():
            assert (site / name).read_bytes() == (TEMPLATES / name).read_bytes(), name


def test_each_package_in_materials_bundles_is_named(site: Path, named: dict[str, str]) -> None:
    maps = list((site / "assets").rglob("*.map"))
    minified = [path for path in (site / "assets").rglob("*.min.*") if path.suffix != ".map"]
    assert {path.with_name(f"{path.name}.map") for path in minified} == set(maps)
    sources = [name for path in maps for name in json.loads(path.read_text("utf-8"))["sources"]]
    packages = {
        found[1]
        for name in sources
        if (found := re.search(r"node_modules/((?:@[^/]+/)?[^/]+)", name))
    }
    assert {"lunr", "rxjs"} <= packages <= set(named)


def test_each_set_of_icons_is_named(site: Path, named: dict[str, str]) -> None:
    sets: dict[str, str] = {}
    for path in (TEMPLATES / ".icons").rglob("*.svg"):
        drawing = re.search(r' d="([^"]+)"', path.read_text(encoding="utf-8"))
        if drawing:
            sets.setdefault(drawing[1], path.relative_to(TEMPLATES / ".icons").parts[0])
    files = [*site.rglob("*.html"), *(site / "assets" / "stylesheets").glob("*.css")]
    shown = {
        sets[drawing]
        for path in files
        for drawing in re.findall(r"\bd=[\"']([^\"']+)", unquote(path.read_text(encoding="utf-8")))
        if drawing in sets
    }
    assert "material" in shown
    assert {ICONS[name] for name in shown} <= set(named)


def test_materials_license_is_there_to_the_letter(text: str, named: dict[str, str]) -> None:
    files = metadata.files("mkdocs-material") or []
    (path,) = [file for file in files if file.name == "LICENSE" and "dist-info" in str(file)]
    copyrights, _, license_text = Path(str(path.locate())).read_text("utf-8").partition("\n\n")
    assert license_text.strip() in text
    assert copyrights.partition(" <")[0] in text
    explained = text.partition("The texts")[2]
    assert all(re.search(rf"^  {name}\b", explained, re.MULTILINE) for name in named.values())


def test_the_pages_link_to_the_licenses(site: Path) -> None:
    assert 'href="../licenses.txt"' in (site / "linear" / "index.html").read_text(encoding="utf-8")


def test_the_stemmers_of_other_languages_are_left_out(site: Path) -> None:
    assert not list((site / "assets" / "javascripts").rglob("*lunr*"))
