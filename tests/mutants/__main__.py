"""`python -m tests.mutants [page.md …]`: mutate the proofs of the pages; each mutant is killed or explained."""

from __future__ import annotations

import os
import sys
import time

from tests.mutants import reasons
from tests.mutants.runner import Verdict, attack
from tests.sources import EXECUTED


def main(wanted: list[str]) -> int:
    """Print a line a page, then what is wrong; 1 for an unexplained survivor or a stale reason."""
    known = reasons.read()
    everything: list[Verdict] = []
    line = "{:24}{:>8}{:>9}{:>8}{:>12}{:>10}{:>9}".format
    print(line("page", "claims", "mutants", "killed", "equivalent", "survived", "seconds"))
    for page in EXECUTED:
        if wanted and page.path not in wanted:
            continue
        start = time.monotonic()
        verdicts = attack(page, os.cpu_count() or 1)
        everything += verdicts
        print(line(page.path, *_counts(verdicts, known), f"{time.monotonic() - start:.1f}"))
    if len(wanted) != 1:
        print(line("all", *_counts(everything, known), ""))
    wrong = [
        f"{verdict.claim} (cell line {verdict.line}) survived: {verdict.text}"
        for verdict in everything
        if verdict.survived and not reasons.explained(verdict, known)
    ]
    wrong += [f"stale reason: {text}" for text in reasons.stale(everything, known)]
    if not wanted:
        claims = {verdict.claim for verdict in everything}
        gone = {claim for reason in known for claim in reason.mutants} - claims
        wrong += [f"stale reason: no claim is named {claim}" for claim in sorted(gone)]
    if wrong:
        print(*wrong, sep="\n")
    return bool(wrong)


def _counts(verdicts: list[Verdict], known: list[reasons.Reason]) -> tuple[int, ...]:
    survived = [verdict for verdict in verdicts if verdict.survived]
    equivalent = sum(reasons.explained(verdict, known) for verdict in survived)
    killed = len(verdicts) - len(survived)
    claims = len({verdict.claim for verdict in verdicts})
    return claims, len(verdicts), killed, equivalent, len(survived) - equivalent


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
