"""Run mutants: `python -m tests.mutants [pages|snippets|hooks|lab|PAGE.md|MODULE …]`; no name means all.

Prints a line a page or module. Exits with 1 when fewer than 90 % of a group are noticed, when a mutant
survives that survivors.toml does not explain, or when a reason there explains no survivor of what ran.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator

from tests.mutants import lab, python, survivors
from tests.mutants.mutant import Mutant
from tests.mutants.proofs.runner import attack
from tests.sources import EXECUTED

LEAST = 0.9
HEADS = ("mutants", "killed", "timeout", "survived", "not run", "noticed")
GROUPS = ("pages", "snippets", "hooks", "lab")


def line(name: str, mutants: list[Mutant]) -> float:
    """Print a line of the table; the share of these mutants that was noticed."""
    count = Counter(mutant.status for mutant in mutants)
    ran = len(mutants) - count["not run"]
    share = 1 - count["survived"] / ran if ran else 1.0
    numbers = [len(mutants), *(count[head] for head in HEADS[1:-1])]
    print(
        f"{name:34}" + "".join(f"{number:10}" for number in numbers) + f"{share:10.1%}", flush=True
    )
    return share


def run(name: str) -> Iterator[tuple[str, list[Mutant]]]:
    """The pages or modules of a group, or the one of this name, with their mutants."""
    if name == "pages" or name.endswith(".md"):
        for page in EXECUTED:
            if name in ("pages", page.path):
                yield page.path, attack(page, os.cpu_count() or 1)
    elif name == "lab":
        mutants = lab.run()
        for module in sorted({mutant.where for mutant in mutants}):
            yield module, [mutant for mutant in mutants if mutant.where == module]
    else:
        for module, tests in python.modules(name.split("/")[0]).items():
            if name not in (module, module.split("/")[0]):
                continue
            if tests:
                yield module, python.run(module, tests)
            else:
                why = python.UNTRIED.get(module, python.UNTRIED[module.split("/")[0]])
                print(f"{module:34} not run: {why}", flush=True)


def main(names: list[str]) -> int:
    """Run the groups, pages or modules; the exit status."""
    failed = False
    reasons = survivors.read()
    everything: list[Mutant] = []
    for name in names or GROUPS:
        print(f"{name:34}" + "".join(f"{head:>10}" for head in HEADS), flush=True)
        found: list[Mutant] = []
        for part, mutants in run(name):
            line(part, mutants)
            found += mutants
        share = line(f"{name}, all", found)
        failed |= share < LEAST or not found
        everything += found
        for mutant in found:
            if mutant.status == "survived" and not reasons.explain(mutant):
                print(f"noticed by nothing, no reason given: {mutant.where}: {mutant.change}")
                failed = True
    for stale in reasons.stale(everything, everything=not names):
        print(f"a reason for what survives no more: {stale}")
        failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
