"""`python -m tests.everywhere.versions [--on 2.4.1 pin AVX2 …]`: run every proof there, write the record.

A column is a version of torch (`pin`: that of .venv; `newest`: that which pip offers) or a processor that
runs the pinned one: AVX2 and SSE4, simulated, AMD and ARM, emulated unless AMD made this one. Without
`--on`: all but AMD and ARM.
"""

from __future__ import annotations

import argparse
import datetime
import sys
from collections.abc import Callable
from typing import Any

from hooks.read.source import Source
from hooks.run.pins import wrong_torch
from tests.everywhere import emulated, environments, record
from tests.everywhere.beyond import beyond, differences
from tests.everywhere.outcomes import FAILS, Report
from tests.everywhere.places import Place, amd, places
from tests.everywhere.record import HOLDS, PIN
from tests.everywhere.results import STATE, measure, unfinished
from tests.everywhere.verdicts import verdicts
from tests.sources import EXECUTED, ROOT

SEEDS = (1, 2, 3)
"""How the seeds are shifted for a proof that failed, one after the other until it has failed again."""
PROCESSORS: dict[str, tuple[str, bool, Callable[[], Place]]] = {
    "AVX2": ("x86-64 AVX2, simulated", False, lambda: places(["laptop"])[0]),
    "SSE4": ("x86-64 SSE4, simulated", False, lambda: places(["server"])[0]),
    "AMD": (amd() or "AMD EPYC", not amd(), lambda: _amd()),
    "ARM": ("ARM Neoverse N1", True, lambda: emulated.arm()[0]),
}
"""Column of the pin -> what it is called, whether it is emulated, and where it runs."""
Facts = dict[str, Any]
VECTORS = {"AVX512": " AVX-512", "AVX2": " AVX2", "DEFAULT": ""}
MACHINES = {"x86_64": "x86-64", "AMD64": "x86-64", "aarch64": "ARM", "arm64": "ARM"}
LIBRARIES = {"mkl": "MKL", "open": "OpenBLAS", "nvpl": "NVPL", "accelerate": "Accelerate"}


def main() -> None:
    """Measure the columns one after the other; the record is written after each."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.everywhere.versions", description=__doc__
    )
    parser.add_argument("--on", nargs="+", metavar="COLUMN", help="these columns alone")
    chosen = parser.parse_args().on or [*environments.VERSIONS, "newest", "AVX2", "SSE4"]
    if problem := wrong_torch(ROOT / "requirements-torch.txt"):
        raise SystemExit(problem)
    for name in dict.fromkeys(map(_named, chosen)):
        book = record.read()
        book.follow(record.proofs())
        facts, outcomes, more = _column(name)
        column = name if name not in PROCESSORS else f"{PIN} {name}"
        book.put(column, facts, outcomes)
        for part, found in more.items():
            book.add(part, column, found)
        record.write(book)
        counts = [sum(text.startswith(kind) for text in outcomes.values()) for kind in KINDS]
        told = ", ".join(f"{n} {kind}" for n, kind in zip(counts, KINDS, strict=True))
        print(f"{column}: {told}", file=sys.stderr)


KINDS = (HOLDS, "false", "n/a")


def _named(choice: str) -> str:
    if choice == "newest":
        return environments.newest()
    return PIN if choice == "pin" else choice


def _column(name: str) -> tuple[Facts, dict[str, str], dict[str, dict[str, str]]]:
    """The facts of a column, what each claim's proof did there, and what `beyond` found."""
    if name in PROCESSORS:
        title, is_emulated, make = PROCESSORS[name]
        report, outcomes = _outcomes(make(), lambda: None)
        return _facts(report, title, is_emulated), outcomes, {}
    place = environments.place(name)
    report, outcomes = _outcomes(place, lambda: environments.make(name))
    more: dict[str, dict[str, str]] = {"defaults": {}, "lab": {}}
    if name != PIN:
        there = beyond(place, STATE, lambda: environments.make(name))
        more = differences(beyond(environments.place(PIN), STATE, lambda: None), there)
    environments.remove(name)
    return _facts(report), outcomes, more


def _amd() -> Place:
    """This machine where AMD made it, else an emulated one."""
    return places(["here"])[0] if amd() else emulated.amd()[0]


def _outcomes(place: Place, make: Callable[[], None]) -> tuple[Report, dict[str, str]]:
    """All pages there, and again under other seeds those where a proof fails. `make` makes the place."""

    def run(where: Place, pages: list[Source]) -> Report:
        if unfinished(where, pages, STATE):
            make()
        return measure(where, pages, STATE)

    first = run(place, EXECUTED)
    found = _verdicts([first])
    doubtful = {name for name, text in found.items() if text.startswith("false")}
    reports = [first]
    for shift in SEEDS:
        pages = [page for page in EXECUTED if doubtful & {claim.name for claim in page.claims}]
        if not pages:
            break
        reports.append(run(environments.shifted(place, shift), pages))
        doubtful -= {one.claim for one in reports[-1].outcomes if one.state == FAILS}
    return first, _verdicts(reports)


def _verdicts(reports: list[Report]) -> dict[str, str]:
    """Claim -> its outcome, from the report of the page's own seeds and those of others."""
    found: dict[str, str] = {}
    for page in EXECUTED:
        cells, *others = (
            [one for one in report.outcomes if one.page == page.path] for report in reports
        )
        found |= verdicts(page, cells, filter(None, others))
    return found


def _facts(report: Report, processor: str = "", is_emulated: bool = False) -> dict[str, Any]:
    facts = report.facts
    machine = MACHINES.get(facts["machine"], facts["machine"])
    return {
        "torch": facts["torch"].split("+")[0],
        "processor": processor or machine + VECTORS.get(facts["vectors"], ""),
        "python": facts["python"],
        "numpy": facts["numpy"],
        "blas": LIBRARIES.get(facts["blas"], facts["blas"]),
        "system": facts["system"],
        "emulated": is_emulated,
        "date": datetime.date.today().isoformat(),
    }


if __name__ == "__main__":
    main()
