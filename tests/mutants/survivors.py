"""The reasons of survivors.toml, held against the mutants that really survived, and against what is there."""

from __future__ import annotations

import ast
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.mutant import ROOT, Mutant
from tests.sources import EXECUTED

FILE = Path(__file__).parent / "survivors.toml"


@dataclass(frozen=True)
class Reasons:
    """Why a mutant may survive: rules for the changes of all modules, and changes named by claim or module."""

    rules: list[re.Pattern[str]]
    named: list[tuple[str, str]]

    def explain(self, mutant: Mutant) -> bool:
        """Whether there is a reason why no test can, or need, notice this mutant."""
        named = (mutant.where, mutant.change) in self.named
        return named or any(_holds(rule, mutant) for rule in self.rules)

    def stale(self, mutants: list[Mutant], everything: bool) -> list[str]:
        """What explains no mutant any more, of what ran; of all reasons if `everything` ran."""
        ran = {mutant.where for mutant in mutants}
        # A loaded machine may take its time over a mutant that survives else: that proves nothing.
        alive = [mutant for mutant in mutants if mutant.status in ("survived", "timeout")]
        known = {(mutant.where, mutant.change) for mutant in alive}
        found = [
            f"{where}: {change}"
            for where, change in self.named
            if (everything or where in ran) and (where, change) not in known
        ]
        if everything:
            found += [
                f"rule {rule.pattern}"
                for rule in self.rules
                if not any(_holds(rule, mutant) for mutant in alive)
            ]
        return found


def _holds(rule: re.Pattern[str], mutant: Mutant) -> bool:
    """A rule speaks of modules, not of proofs."""
    return "/" in mutant.where and bool(rule.search(mutant.change))


def read(path: Path = FILE) -> Reasons:
    """The reasons of a file. Raises `KeyError` when one lacks its words."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    assert all(entry["reason"] for entry in (*found["rules"], *found["survivors"]))
    return Reasons(
        [re.compile(rule["pattern"]) for rule in found["rules"]],
        [(entry["where"], change) for entry in found["survivors"] for change in entry["changes"]],
    )


def lost(where: str, change: str) -> str | None:
    """Why a named change can be made no more: its claim, module, function or text is gone; else None."""
    place, text = where, change
    if "/" not in where:
        code = "".join(
            c.code for p in EXECUTED for c in p.cells if c.claim and c.claim.name == where
        )
        before, sign = change, " | "
    else:
        lab = where.startswith("lab/")
        path = ROOT / "docs" / "assets" / where if lab else ROOT / where
        code = path.read_text(encoding="utf-8") if path.is_file() else ""
        before, sign = change, " → "
        if code and not lab:
            function, _, before = change.partition(": ")
            place, code = f"{where}: {function}", _function(code, function)
    if not code:
        return f"{place} is gone"
    text = before.partition(sign)[0]
    return None if " ".join(text.split()) in " ".join(code.split()) else f"{place} lacks `{text}`"


def _function(code: str, name: str) -> str:
    """The source of a function, or of a method named with its class; "" where there is none."""
    body: list[ast.stmt] = ast.parse(code).body
    *classes, last = name.split(".")
    for owner in classes:
        body = [
            inner
            for node in body
            if isinstance(node, ast.ClassDef) and node.name == owner
            for inner in node.body
        ]
    found = [node for node in body if isinstance(node, ast.FunctionDef) and node.name == last]
    return (ast.get_source_segment(code, found[0]) or "") if found else ""
