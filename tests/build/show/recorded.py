"""A small record, invented: five versions and two processors, and pages whose claims went differently there."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from hooks.read.source import Cell, Claim, Source
from hooks.show.held import RECORD, Record, read

BUILT = "2.13.0"


def facts(torch: str, processor: str = "x86-64 AVX-512", **other: Any) -> dict[str, Any]:
    """What a column says of itself."""
    about = {"torch": torch, "processor": processor, "python": "3.11.7", "numpy": "2.3.5"}
    about |= {"blas": "mkl", "system": "Linux", "emulated": False, "date": "2026-12-01"}
    return about | other


COLUMNS = {
    "2.2.2": facts("2.2.2", numpy="1.26.4"),
    "2.8.0": facts("2.8.0"),
    "2.10.0": facts("2.10.0"),
    BUILT: facts(BUILT),
    "2.14.1": facts("2.14.1", date="2026-12-03"),
    f"{BUILT} AVX2": facts(BUILT, "x86-64 AVX2"),
    f"{BUILT} ARM": facts(BUILT, "ARM Neoverse N1", emulated=True),
}
SHORT = {"h": "holds", "f": "false: AssertionError: a < b", "n": "n/a: AttributeError: no Buffer"}


def outcomes(letters: str) -> dict[str, str]:
    """Column -> outcome: a letter a column, `.` where nothing was measured."""
    pairs = zip(COLUMNS, letters, strict=True)
    return {name: SHORT[letter] for name, letter in pairs if letter != "."}


def page_of(**claims: str) -> Source:
    """A page with these claims (name -> proof), numbered from 1."""
    page = Source("p.md", title="A {page} & more", url="p/")
    for number, (name, code) in enumerate(claims.items(), start=1):
        claim = Claim(name, f"`{name}` < 1", "", "float32, CPU", 1, 2, number)
        page.claims.append(claim)
        page.cells.append(Cell(code, 3, claim=claim))
    return page


def write_record(root: Path, claims: dict[str, tuple[str, str]]) -> None:
    """Write a record into the project in `root`: claim -> its proof when it was measured, its outcomes."""
    kept = {
        name: {
            "proof": hashlib.sha256(code.encode()).hexdigest()[:8],
            "outcomes": outcomes(letters),
        }
        for name, (code, letters) in claims.items()
    }
    (root / RECORD).parent.mkdir(parents=True)
    text = json.dumps({"columns": COLUMNS, "claims": kept, "defaults": {}})
    (root / RECORD).write_text(text, encoding="utf-8")


def record_of(root: Path, *letters: str, **more: str) -> tuple[Source, Record]:
    """A page with a claim c1, c2, … for each string of outcomes, and the record of it.

    `more` has outcomes of claims that the page lacks.
    """
    names = {f"c{number}": each for number, each in enumerate(letters, start=1)}
    page = page_of(**dict.fromkeys(names, "assert 1"))
    write_record(root, {name: ("assert 1", each) for name, each in (names | more).items()})
    return page, read(root, [page], BUILT)
