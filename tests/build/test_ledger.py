"""The ledger reads the attacks from the text of the tests, and agrees with the tests themselves."""

from __future__ import annotations

import json
from pathlib import Path

from hooks.ledger import PLACE, as_markdown, read_attacks, write_json
from hooks.source import Cell, Claim, Source
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


def write_attacks(root: Path, text: str) -> None:
    folder = root / "tests" / "sabotage"
    folder.mkdir(parents=True)
    (folder / "p.py").write_text(text, encoding="utf-8")


ATTACKS = '''
NAMES: tuple[str, ...]
NAMES = ("a-b", "c")
MORE = ("e",)


@attacks(*NAMES)
@other("c")
def first():
    """It is √ broken.

    x"""


@attacks("d", "a-b")
def second():
    "It is X."


@attacks("d", *MORE, "f")
def third():
    pass


def helper():
    "No attack."
'''


def test_attacks_are_named_one_by_one_or_by_a_constant(tmp_path: Path) -> None:
    write_attacks(tmp_path, ATTACKS)
    first = {"name": "first", "what": "It is √ broken."}
    second = {"name": "second", "what": "It is X."}
    third = {"name": "third", "what": ""}
    assert read_attacks(tmp_path) == {
        "a-b": [first, second],
        "c": [first],
        "d": [second, third],
        "e": [third],
        "f": [third],
    }


def test_the_page_shows_one_attack_and_counts_the_others(tmp_path: Path) -> None:
    write_attacks(tmp_path, ATTACKS)
    claims = [Claim(name, name.upper(), "", "CPU", 1, 2, n) for n, name in enumerate("acdx", 1)]
    claims[0].name = "a-b"
    pages = [Source("empty.md", title="Empty"), Source("p.md", title="T", claims=claims)]
    noticed = "CPU · Broken on purpose, and noticed: It is"
    assert as_markdown(pages, tmp_path) == (
        "## T\n\n"
        "**[Claim 1](p.md#a-b)** A\n\n"
        f"{noticed} √ broken · and 1 more.\n{{: .attacks }}\n\n"
        "**[Claim 2](p.md#c)** C\n\n"
        f"{noticed} √ broken.\n{{: .attacks }}\n\n"
        "**[Claim 3](p.md#d)** D\n\n"
        f"{noticed} X · and 1 more.\n{{: .attacks }}\n\n"
        "**[Claim 4](p.md#x)** X\n\n"
        "CPU\n{: .attacks }\n"
    )


def test_programs_get_a_record_a_claim(tmp_path: Path) -> None:
    write_attacks(tmp_path, ATTACKS)
    claim = Claim("a-b", "√ is a root", "", "CPU", 1, 2, 7)
    cells = [Cell("print(1)", 1), Cell("assert 1", 5, claim=claim)]
    cells.append(Cell("assert 2", 9, claim=Claim("x", "Two", "", "CPU", 7, 8, 8)))
    page = Source("p.md", url="p/", claims=[claim], cells=cells)
    write_json([page, Source("q.md")], tmp_path, tmp_path, "2.13.0")
    text = (tmp_path / "claims.json").read_text(encoding="utf-8")
    assert "√ is a root" in text
    assert text.startswith("[\n {\n  ")
    assert text.endswith("]\n")
    assert json.loads(text) == [
        {
            "id": "a-b",
            "statement": "√ is a root",
            "page": "p/",
            "anchor": "a-b",
            "proof": "assert 1",
            "scope": "CPU",
            "torch": "2.13.0",
            "sabotages": ["It is √ broken.", "It is X."],
        },
        {
            "id": "x",
            "statement": "Two",
            "page": "p/",
            "anchor": "x",
            "proof": "assert 2",
            "scope": "CPU",
            "torch": "2.13.0",
            "sabotages": [],
        },
    ]
    write_json([Source("q.md")], tmp_path / "no such folder", tmp_path, "2.13.0")
    assert (tmp_path / "claims.json").read_text(encoding="utf-8") == "[]\n"
