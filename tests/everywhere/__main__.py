"""`python -m tests.everywhere [--pages linear.md …] [--on laptop …]`: run pages there, print what differs."""

from __future__ import annotations

import argparse
import functools
import os
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor

from tests.everywhere.emulated import amd, arm
from tests.everywhere.outcomes import HOLDS, table
from tests.everywhere.places import places
from tests.everywhere.results import STATE, measure
from tests.sources import EXECUTED


def main() -> None:
    """Exit with an error when a cell fails or prints something else in a place."""
    parser = argparse.ArgumentParser(prog="python -m tests.everywhere", description=__doc__)
    parser.add_argument("--pages", nargs="+", metavar="PAGE.md", help="these pages alone")
    parser.add_argument("--on", nargs="*", metavar="PLACE", help="in these places alone")
    parser.add_argument("--amd", action="store_true", help="on emulated x86-64 processors, too")
    parser.add_argument("--arm", action="store_true", help="on an emulated ARM server, too")
    parser.add_argument("--anew", action="store_true", help="run what an earlier run has finished")
    parser.add_argument("--exact", action="store_true", help="count the last digits, too")
    parser.add_argument("--list", action="store_true", help="name the places")
    options = parser.parse_args()
    chosen = places(options.on)
    chosen += (amd() if options.amd else []) + (arm() if options.arm else [])
    if options.list:
        for place in chosen:
            print(f"{place.name:14} {place.about}")
        return
    if options.anew:
        shutil.rmtree(STATE, ignore_errors=True)
    known = {page.path: page for page in EXECUTED}
    if unknown := set(options.pages or ()) - set(known):
        raise SystemExit(f"no page {', '.join(sorted(unknown))} runs code")
    pages = [known[path] for path in options.pages or known]
    reports = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        run = functools.partial(measure, pages=pages, state=STATE, exact=options.exact)
        for report in pool.map(run, chosen):
            bad = sum(one.state != HOLDS for one in report.outcomes)
            print(f"{report.place}: {bad} of {len(report.outcomes)} cells", file=sys.stderr)
            reports.append(report)
    print(table(reports))
    if any(one.state != HOLDS for report in reports for one in report.outcomes):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
