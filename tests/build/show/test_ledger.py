"""The ledger reads the attacks from the text of the tests, and agrees with the tests themselves."""

from __future__ import annotations

import json
from pathlib import Path

from hooks.read.source import Cell, Claim, Source
from hooks.show.held import Record
from hooks.show.ledger import ATTACKS, CLAIMS, fill, read_attacks, write_json
from tests.build.project import ROOT
from tests.build.show.recorded import COLUMNS, outcomes
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


RECORD = Record("2.13.0", COLUMNS, {"a-b": outcomes("nhhhhh."), "d": outcomes("hhhhfhh")})


def write_attacks(root: Path, text: str) -> None:
    folder = root / "tests" / "sabotage"
    folder.mkdir(parents=True)
    (folder / "p.py").write_text(text, encoding="utf-8")


TEXT = '''
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
    "It is Y"


@attacks("g")
def fourth():
    pass


def helper():
    "No attack."
'''


def test_attacks_are_named_one_by_one_or_by_a_constant(tmp_path: Path) -> None:
    write_attacks(tmp_path, TEXT)
    first = {"name": "first", "what": "It is √ broken."}
    second = {"name": "second", "what": "It is X."}
    third = {"name": "third", "what": "It is Y"}
    assert read_attacks(tmp_path) == {
        "a-b": [first, second],
        "c": [first],
        "d": [second, third],
        "e": [third],
        "f": [third],
        "g": [{"name": "fourth", "what": ""}],
    }


def test_the_pages_list_claims_and_attacks_by_page(tmp_path: Path) -> None:
    write_attacks(tmp_path, TEXT)
    claims = [Claim(name, name.upper(), "", "CPU", 1, 2, n) for n, name in enumerate("acdx", 1)]
    claims[0].name = "a-b"
    silent = Source("s.md", title="S", claims=[Claim("y", "Y", "", "GPU", 1, 2, 5)])
    pages = [Source("empty.md", title="Empty"), Source("p.md", title="T", claims=claims), silent]
    assert fill(f"1\n{CLAIMS}\n2\n", pages, tmp_path, RECORD) == (
        "1\n## T\n\n"
        "**[Claim 1](p.md#a-b)** A\n\n"
        "from torch 2.8 · x86-64 · CPU · [2 attacks](attacks.md#a-b)\n{: .scope }\n\n"
        "**[Claim 2](p.md#c)** C\n\n"
        "torch 2.13.0 · CPU · [1 attack](attacks.md#c)\n{: .scope }\n\n"
        "**[Claim 3](p.md#d)** D\n\n"
        "until torch 2.13 · x86-64, ARM · CPU · [2 attacks](attacks.md#d)\n{: .scope }\n\n"
        "**[Claim 4](p.md#x)** X\n\n"
        "torch 2.13.0 · CPU\n{: .scope }\n\n"
        "## S\n\n"
        "**[Claim 5](s.md#y)** Y\n\n"
        "torch 2.13.0 · GPU\n{: .scope }\n\n2\n"
    )
    assert fill(f"1\n{ATTACKS}\n2\n", pages, tmp_path, RECORD) == (
        "1\n## T\n\n"
        "**[Claim 1](p.md#a-b)** It is √ broken. It is X.\n{: #a-b .broken }\n\n"
        "**[Claim 2](p.md#c)** It is √ broken.\n{: #c .broken }\n\n"
        "**[Claim 3](p.md#d)** It is X. It is Y.\n{: #d .broken }\n\n2\n"
    )
    assert fill("other text", pages, tmp_path, RECORD) == "other text"


def test_programs_get_a_record_a_claim(tmp_path: Path) -> None:
    write_attacks(tmp_path, TEXT)
    claim = Claim("a-b", "√ is a root", "", "CPU", 1, 2, 7)
    cells = [Cell("print(1)", 1), Cell("assert 1", 5, claim=claim)]
    cells.append(Cell("assert 2", 9, claim=Claim("x", "Two", "", "CPU", 7, 8, 8)))
    page = Source("p.md", url="p/", claims=[claim], cells=cells)
    write_json([page, Source("q.md")], tmp_path, tmp_path, RECORD)
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
            "holds": "from torch 2.8 · x86-64",
            "measured": {"2.2.2": "n/a"} | dict.fromkeys(list(COLUMNS)[1:-1], "holds"),
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
            "holds": "torch 2.13.0",
            "measured": {},
            "sabotages": [],
        },
    ]
    write_json([Source("q.md")], tmp_path / "no such folder", tmp_path, RECORD)
    assert (tmp_path / "claims.json").read_text(encoding="utf-8") == "[]\n"
