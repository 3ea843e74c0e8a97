"""What a page may use: time, memory, room for files and for what it prints; set in its own process."""

from __future__ import annotations

import os
import resource
import signal

OUTPUT = 1_000_000
"""Most characters that one cell may print."""

FILE = 64 * 2**20
"""Longest file, in bytes, that a page may write, so that printing without end does not fill the disk."""

GIB = 4.0
"""What a page may allocate beyond the warm process, in GiB; `MKDOCS_CELL_MEMORY` overrides it."""

CLOCK = 10.0
"""How many times its limit of processor time a cell may take by the clock: others compute here, too."""


def bound_time(limit: float) -> None:
    """Have this process end after `limit` seconds of processor time, or `CLOCK` times that by the clock.

    0 lifts both. Processor time is that of all threads together. A process that this one starts has neither
    limit, and its time is not counted: while this one waits for it, the clock is what ends both.
    """
    signal.setitimer(signal.ITIMER_PROF, limit)
    signal.setitimer(signal.ITIMER_REAL, CLOCK * limit)


def past(code: int, limit: float) -> str:
    """Which limit of `bound_time` ended a process with this exit code; "" when none did."""
    return {
        -signal.SIGPROF: f"{limit:g} s of processor time",
        -signal.SIGALRM: f"{CLOCK * limit:g} s by the clock",
    }.get(code, "")


def bound_files() -> None:
    """Let no file of this process grow beyond `FILE`."""
    _bound(resource.RLIMIT_FSIZE, FILE)


def bound_memory(size: int | None) -> None:
    """Let this process have so many bytes of address space; None lifts the limit."""
    _bound(resource.RLIMIT_AS, size)


def memory() -> int | None:
    """In the child: the bytes of address space it may have; None where only Linux would tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            used = int(statm.read().split()[0]) * resource.getpagesize()
    except FileNotFoundError:
        return None
    return used + int(gibibytes() * 2**30)


def gibibytes() -> float:
    """`GIB`, or what `MKDOCS_CELL_MEMORY` says."""
    return float(os.environ.get("MKDOCS_CELL_MEMORY", GIB))


def _bound(limit: int, value: int | None) -> None:
    """Set a soft limit of this process, as far as the hard one lets us; None lifts it."""
    hard = resource.getrlimit(limit)[1]
    if value is None or (hard != resource.RLIM_INFINITY and value > hard):
        value = hard
    resource.setrlimit(limit, (value, hard))
