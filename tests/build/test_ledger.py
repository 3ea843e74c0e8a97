"""The ledger reads the attacks from the text of the tests, and agrees with the tests themselves."""

from __future__ import annotations

from pathlib import Path

from hooks.ledger import PLACE, as_markdown, read_attacks
from hooks.pages import Claim, Source
from tests.build.project import ROOT
from tests.sabotage.runner import all_attacks


def test_the_text_names_the_attacks_that_the_tests_run() -> None:
    read = {
        (claim, attack["name"], attack["what"])
        for claim, found in read_attacks(ROOT).items()
        for attack in found
    }
    assert read == {(attack.claim, attack.name, attack.what) for attack in all_attacks()}


def test_a_project_without_attacks_has_none(tmp_path: Path) -> None:
    assert read_attacks(tmp_path) == {}


def test_the_page_lists_claims_by_page_with_their_attacks(tmp_path: Path) -> None:
    folder = tmp_path / "tests" / "sabotage"
    folder.mkdir(parents=True)
    (folder / "p.py").write_text(
        '@attacks("a-b")\ndef broken():\n    """It is broken.\n\n    x"""\n'
    )
    claim = Claim("a-b", "One is `one`", "", "int64, CPU", 1, 2, 7)
    pages = [Source("p.md", title="The page", claims=[claim]), Source("empty.md", title="Empty")]
    text = as_markdown(pages, tmp_path)
    assert "## The page" in text
    assert "[Claim 7](p.md#a-b)" in text
    assert "One is `one`" in text
    assert "int64, CPU" in text
    assert "Broken on purpose, and noticed: It is broken." in text
    assert "Empty" not in text
    assert PLACE not in text
