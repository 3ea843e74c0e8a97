"""What a failed proof says: the statement is false there, or its code cannot run there at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from hooks.read.source import Source
from tests.everywhere.outcomes import ENDED, FAILS, Outcome
from tests.everywhere.record import HOLDS
from tests.sabotage.needs import needed

ABSENT = re.compile(
    r"(AttributeError|ImportError|ModuleNotFoundError|NotImplementedError)\b"
    r"|TypeError: .*(unexpected keyword|unexpected argument|invalid combination of arguments)"
    r"|.*not implemented for '"
    r"|TypeError: optimizer can only optimize Tensors, but one of the params is tuple"  # since 2.6
    r"|RuntimeError: `fused=True` requires all the params .*'cuda'"  # on a CPU since 2.3
)
"""Errors of a name, an argument, an operator or a feature that this torch does not have."""
NO_NAME = re.compile(r"NameError: name '\w+' is not defined")
LONGEST = 200


def verdicts(
    page: Source, outcomes: Sequence[Outcome], others: Iterable[Sequence[Outcome]]
) -> dict[str, str]:
    """Claim -> "holds", "false: …" or "n/a: …", from the outcomes of all cells of the page.

    `others` are those under other seeds: a proof that fails counts only if it fails again in one of
    them. Where an earlier cell failed, so that the proof lacks its names, that cell's error is told.
    """
    again = list(others)
    found = {}
    for number, one in enumerate(outcomes):
        if not one.claim or one.detail == ENDED:
            continue
        if one.state != FAILS or (again and not any(run[number].state == FAILS for run in again)):
            found[one.claim] = HOLDS
            continue
        detail, early = one.detail, False
        if NO_NAME.match(detail):
            roots = [n for n in sorted(needed(page, number)) if outcomes[n].state == FAILS]
            detail, early = outcomes[roots[0]].detail, roots[0] != number
        kind = "n/a" if early or ABSENT.match(detail) else "false"
        found[one.claim] = f"{kind}: {detail}"[:LONGEST]
    return found
