"""The reasons why a mutant may survive, from `equivalent.toml`, held against what really happened."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.runner import Verdict

FILE = Path(__file__).parent / "equivalent.toml"


@dataclass(frozen=True)
class Reason:
    """One reason, and the mutants (claim -> their texts) that it explains."""

    why: str
    mutants: dict[str, list[str]]


def read(path: Path = FILE) -> list[Reason]:
    """The reasons of a file. Raises `KeyError` when an entry lacks its `why` or its `mutants`."""
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get("reason", [])
    return [Reason(entry["why"], entry["mutants"]) for entry in entries]


def explained(verdict: Verdict, reasons: list[Reason]) -> bool:
    """Whether a reason names this mutant."""
    return any(verdict.text in reason.mutants.get(verdict.claim, ()) for reason in reasons)


def stale(verdicts: list[Verdict], reasons: list[Reason]) -> list[str]:
    """A line for every mutant that a reason names and that is gone, or is killed by now.

    Only claims that have verdicts are judged, so that one page can be run alone.
    """
    run = {verdict.claim for verdict in verdicts}
    how = {(verdict.claim, verdict.text): verdict.how for verdict in verdicts}
    return [
        f"{claim}: {text}: {'killed' if (claim, text) in how else 'no such mutant'}"
        for reason in reasons
        for claim, texts in reason.mutants.items()
        for text in texts
        if claim in run and how.get((claim, text)) != "survived"
    ]
