"""The reasons of survivors.toml, held against the mutants that really survived."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.mutant import Mutant

FILE = Path(__file__).parent / "survivors.toml"


@dataclass(frozen=True)
class Reasons:
    """Why a mutant may survive: what holds for changes everywhere, and the changes named by module."""

    rules: list[re.Pattern[str]]
    named: list[tuple[str, str]]

    def explain(self, mutant: Mutant) -> bool:
        """Whether there is a reason why no test can, or need, notice this mutant."""
        named = (mutant.module, mutant.change) in self.named
        return named or any(rule.search(mutant.change) for rule in self.rules)

    def stale(self, mutants: list[Mutant], everything: bool) -> list[str]:
        """What explains no mutant any more, of the modules that ran; of all reasons if `everything` ran."""
        ran = {mutant.module for mutant in mutants}
        # A loaded machine may take its time over a mutant that survives else: that proves nothing.
        alive = [mutant for mutant in mutants if mutant.status in ("survived", "timeout")]
        known = {(mutant.module, mutant.change) for mutant in alive}
        found = [
            f"{module}: {change}"
            for module, change in self.named
            if (everything or module in ran) and (module, change) not in known
        ]
        if everything:
            found += [
                f"rule {rule.pattern}"
                for rule in self.rules
                if not any(rule.search(mutant.change) for mutant in alive)
            ]
        return found


def read(path: Path = FILE) -> Reasons:
    """The reasons of a file. Raises `KeyError` when one lacks its words."""
    found = tomllib.loads(path.read_text(encoding="utf-8"))
    assert all(entry["reason"] for entry in (*found["rules"], *found["survivors"]))
    return Reasons(
        [re.compile(rule["pattern"]) for rule in found["rules"]],
        [(entry["module"], change) for entry in found["survivors"] for change in entry["changes"]],
    )
