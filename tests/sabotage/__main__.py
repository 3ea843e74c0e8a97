"""`python -m tests.sabotage [page.md …]`: attack the claims of the pages and print what was caught."""

from __future__ import annotations

import contextlib
import sys

from tests.sabotage.needs import needed
from tests.sabotage.runner import all_attacks, run_page
from tests.sources import EXECUTED


def main(wanted: list[str]) -> int:
    """Print a line a claim; the exit code counts the attacks missed and the claims not attacked."""
    failed = 0
    for page in EXECUTED:
        if wanted and page.path not in wanted:
            continue
        for number, error in sorted(run_page(page, contextlib.nullcontext).items()):
            failed += 1
            print(f"{page.path}:{page.cells[number].line}: fails without any attack: {error}")
        for number, cell in enumerate(page.cells):
            if cell.claim is None:
                continue
            mine = [attack for attack in all_attacks() if attack.claim == cell.claim.name]
            if not mine:
                failed += 1
                print(f"{cell.claim.name}: NOT ATTACKED")
            for attack in mine:
                error = run_page(page, attack.sabotage, needed(page, number)).get(
                    number, "no error"
                )
                caught = error.startswith("AssertionError")
                failed += not caught
                print(
                    f"{cell.claim.name}: {attack.name}: {'caught' if caught else 'MISSED: ' + error}"
                )
    return min(failed, 99)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
