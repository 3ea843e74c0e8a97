"""When, where and with what the claims were measured, in sentences and in a table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from html import escape
from typing import Any

from hooks.read.source import Source
from hooks.show.held import Record, kind

SYSTEMS = {"Linux": "Linux", "Windows": "Windows", "Darwin": "macOS"}
"""A system as Python names it -> as people do."""

HEADS = ("torch", "Processor", "Python", "NumPy", "BLAS", "System", "Measured")


def told(record: Record) -> str:
    """The days of the measurement and what was never run; in a drawer, the machines."""
    if not record.columns:
        return f"Nothing was measured but this build, with torch {record.built}."
    every = list(record.columns.values())
    days = sorted({facts["date"] for facts in every})
    away = [name for system, name in SYSTEMS.items() if system not in {f["system"] for f in every}]
    pythons = sorted({facts["python"].rpartition(".")[0] for facts in every})
    kinds: dict[str, list[bool]] = {}
    for facts in every:
        kinds.setdefault(kind(facts), []).append(facts["emulated"])
    never = ["a GPU", *away, f"another Python than {' and '.join(pythons)}"]
    never += [f"a real {family} processor" for family, emulated in kinds.items() if all(emulated)]
    rows = "".join(_row(record.columns[name]) for name in [*record.versions, *record.processors])
    head = "".join(f'<th scope="col">{text}</th>' for text in HEADS)
    between = days[0] if len(days) == 1 else f"from {days[0]} to {days[-1]}"
    return (
        f"Measured {between}, in {len(every)} columns. Never run: {', '.join(never)}.\n\n"
        '<details class="check held-machines" data-search-exclude=""><summary>The machines</summary>'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></details>"
    )


def _row(facts: Mapping[str, Any]) -> str:
    processor = facts["processor"] + " (emulated)" * facts["emulated"]
    system = SYSTEMS.get(facts["system"], facts["system"])
    cells = [processor, facts["python"], facts["numpy"], facts["blas"], system, facts["date"]]
    told = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return f'<tr><th scope="row">{escape(facts["torch"])}</th>{told}</tr>'


def versions(words: str, page: Source, record: Record) -> str:
    """A sentence: for which versions most claims of a page hold; what is no claim, this build has seen."""
    spans = Counter(record.mark(claim.name)[0] for claim in page.claims)
    alone = f"torch {record.built}"
    common = spans.most_common(1)[0][0] if spans else alone
    if set(spans) <= {alone}:
        return f"{words} {alone}."
    return f"{words} {common} unless a claim says otherwise; what is no claim, in {alone}."
