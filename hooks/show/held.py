"""The record of where each claim holds, in which versions of torch and on which processors; the mark of it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hooks.read.source import Source

RECORD = Path("tests", "everywhere", "results.json")

PAGE = "where-it-holds.md"

HOLDS, FALSE, NOT_APPLICABLE = "holds", "false", "n/a"
"""What a proof comes to; the last where what it needs does not exist."""


@dataclass(frozen=True)
class Record:
    """Columns, each a version or a processor, with their facts; claim -> column -> outcome.

    A column that a claim lacks has not been measured with the claim's present proof.
    """

    built: str  # the torch of this build, which proves each claim
    columns: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    claims: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    page: str = ""  # the page that lists all this, where the site has it
    beside: Mapping[str, Any] = field(default_factory=dict)  # what was measured of defaults and lab

    @property
    def versions(self) -> list[str]:
        """The columns that are a version of torch, the oldest first."""
        names = [name for name, facts in self.columns.items() if name == facts["torch"]]
        return sorted(names, key=lambda name: [int(part) for part in re.findall(r"\d+", name)])

    @property
    def processors(self) -> list[str]:
        """The other columns: one version on other processors."""
        return [name for name, facts in self.columns.items() if name != facts["torch"]]

    def label(self, column: str) -> str:
        """A column's short name: 2.4 for 2.4.1 where no other column is a 2.4, AVX2 for "2.13.0 AVX2"."""
        torch = self.columns[column]["torch"]
        if column != torch:
            return column.removeprefix(torch).strip()
        minor = torch.rpartition(".")[0]
        alike = [name for name in self.versions if name.rpartition(".")[0] == minor]
        return minor if len(alike) == 1 else torch

    def states(self, claim: str) -> dict[str, str]:
        """Column -> what the proof came to there."""
        return {name: text.partition(":")[0] for name, text in self.claims.get(claim, {}).items()}

    def mark(self, claim: str) -> list[str]:
        """For which versions and on which processors a claim holds; not measured, the torch that builds."""
        states = self.states(claim)
        measured = [name for name in self.versions if name in states]
        if any(states[name] == HOLDS for name in measured):
            return [self._span(states, measured), self._families(states)]
        return [f"torch {self.built}"]

    def _span(self, states: Mapping[str, str], measured: Sequence[str]) -> str:
        """From the first version measured to hold to the last, and those between that are measured not to.

        "since" and "until" say that the next version measured is false, or (then "from") has no such API.
        """
        holding = [name for name in measured if states[name] == HOLDS]
        first, last = measured.index(holding[0]), measured.index(holding[-1])
        start, end = self.label(measured[first]), self.label(measured[last])
        words = {FALSE: "since", NOT_APPLICABLE: "from"}
        since = words[states[measured[first - 1]]] if first else ""
        until = last + 1 < len(measured)
        if since and self.versions[-1] == measured[last]:
            span = f"{since} torch {start}"
        elif until and self.versions[0] == measured[first]:
            span = f"until torch {end}"
        elif first == last:
            span = f"torch {start} alone" + " measured" * (len(measured) == 1)
        else:
            to = "until" if until else "to"
            span = f"{since} torch {start} {to} {end}".strip()
        gaps = [self.label(name) for name in measured[first:last] if states[name] != HOLDS]
        return span + (f", not {' and '.join(gaps)}" if gaps else "")

    def _families(self, states: Mapping[str, str]) -> str:
        """The kinds of processors with a column that holds, each with those of its columns that do not."""
        kinds: dict[str, list[str]] = {}
        for name in (name for name in self.columns if name in states):
            kinds.setdefault(kind(self.columns[name]), []).append(name)
        parts = []
        for family, names in kinds.items():
            away = [n for n in names if n in self.processors and states[n] != HOLDS]
            but = f" (not {' and '.join(map(self.label, away))})" if away else ""
            some = any(states[name] == HOLDS for name in names)
            parts.append(f"{family}{but}" if some else f"not {family}")
        return ", ".join(parts)


def kind(facts: Mapping[str, Any]) -> str:
    """The family of a column's processor: x86-64 or ARM. AMD makes the first."""
    return {"AMD": "x86-64"}.get(name := str(facts["processor"].split()[0]), name)


def read(root: Path, pages: Sequence[Source], built: str) -> Record:
    """What the record of the project in `root` says of the claims of these pages, as now proven."""
    path = root / RECORD
    data = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    measured, claims = data.pop("claims", {}), {}
    for cell in (cell for page in pages for cell in page.cells if cell.claim):
        known = measured.get(cell.claim.name, {})
        if known.get("proof") == hashlib.sha256(cell.code.encode()).hexdigest()[:8]:
            claims[cell.claim.name] = known["outcomes"]
    listed = PAGE if any(page.path == PAGE for page in pages) else ""
    return Record(built, data.pop("columns", {}), claims, listed, data)
