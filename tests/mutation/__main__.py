"""Run the mutants of our own code: `python -m tests.mutation [snippets] [hooks] [lab]`; no name means all.

Prints a line a module. Exits with 1 when fewer than 90 % of a group are killed, or when a mutant survives
that survivors.toml does not explain.
"""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from pathlib import Path

from tests.mutation import lab, python
from tests.mutation.mutant import Mutant

GROUPS = {
    "snippets": lambda: python.run("snippets", python.SNIPPETS),
    "hooks": lambda: python.run("hooks", python.HOOKS),
    "lab": lab.run,
}
LEAST = 0.9
EXPLAINED = Path(__file__).parent / "survivors.toml"


def explained() -> set[tuple[str, str]]:
    """Module and change of each survivor that has a reason."""
    entries = tomllib.loads(EXPLAINED.read_text(encoding="utf-8"))["survivors"]
    assert all(entry["reason"] for entry in entries)
    return {(entry["module"], change) for entry in entries for change in entry["changes"]}


def show(mutants: list[Mutant]) -> float:
    """Print a line a module and one for all; the share of mutants that were noticed."""
    share = 0.0
    print(f"{'':34} mutants  killed  timeout  survived   share")
    for name in [*sorted({mutant.module for mutant in mutants}), "all"]:
        here = [mutant for mutant in mutants if name in ("all", mutant.module)]
        count = Counter(mutant.status for mutant in here)
        share = 1 - count["survived"] / len(here)
        print(
            f"{name:34} {len(here):7} {count['killed']:7} {count['timeout']:8} {count['survived']:9} "
            f"{share:7.1%}"
        )
    return share


def main(names: list[str]) -> int:
    """Run the groups; the exit status."""
    failed, known = False, explained()
    for name in names or GROUPS:
        mutants = GROUPS[name]()
        share = show(mutants)
        survived = [mutant for mutant in mutants if mutant.status == "survived"]
        missing = [mutant for mutant in survived if (mutant.module, mutant.change) not in known]
        for mutant in missing:
            print(f"no test notices, and no reason says why: {mutant.module}: {mutant.change}")
        print(f"{name}: {len(mutants)} mutants, {share:.1%} noticed, {len(missing)} unexplained\n")
        failed |= share < LEAST or bool(missing)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
