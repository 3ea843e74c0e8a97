"""The page "Where it holds": a row for each claim that does not hold everywhere, all others, the machines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from html import escape
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from hooks.read.source import Claim, Source
from hooks.show import beside
from hooks.show.held import FALSE, HOLDS, NOT_APPLICABLE, Record, kind

TEMPLATES = Path(__file__).parents[2] / "theme" / "held"

SIGNS = {
    HOLDS: ("●", "holds"),
    FALSE: ("✕", "false"),
    NOT_APPLICABLE: ("–", "cannot run there"),
    "": ("·", "not measured"),
}
"""What a proof came to -> its sign in the table, and the words for it."""

SYSTEMS = {"Linux": "Linux", "Windows": "Windows", "Darwin": "macOS"}
"""A system as Python names it -> as people do."""

_VERSIONS = re.compile(r"<!-- versions: (?P<words>[^<>]+) -->")


def fill(markdown: str, page: Source, pages: list[Source], record: Record) -> str:
    """Put the table, the list of the other claims and what was measured where a page asks for them."""
    makers: dict[str, Callable[[], str]] = {
        "<!-- where it differs -->": lambda: _table(pages, record),
        "<!-- where it holds -->": lambda: _others(pages, record),
        "<!-- where it was measured -->": lambda: measured(record),
        "<!-- defaults: versions -->": lambda: beside.defaults(record),
        "<!-- lab: versions -->": lambda: beside.lab(record),
    }
    for place, make in makers.items():
        if place in markdown:
            markdown = markdown.replace(place, make())
    return _VERSIONS.sub(lambda found: versions(found["words"], page, record), markdown)


def _html(name: str, **more: object) -> str:
    """What a template of theme/held makes, as one line, which Markdown leaves alone."""
    engine = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    engine.filters["code"] = _code
    lines = engine.get_template(f"{name}.html").render(more).split("\n")
    return "".join(map(str.strip, lines))


def _code(statement: str) -> Markup:
    """A statement as HTML, with its code between backticks as such."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", escape(statement)))


def _table(pages: list[Source], record: Record) -> str:
    """The claims that do not hold in some column, in the order of the site; the page's script filters them."""
    columns = [*record.versions, *record.processors]
    told = [(page, claim, record.states(claim.name)) for page in pages for claim in page.claims]
    rows = [one for one in told if set(one[2].values()) - {HOLDS}]
    if not rows:
        return "No claim is false in a column, and each can run in each." if columns else ""
    missing = {name: sum(name not in states for *_, states in told) for name in columns}
    groups = {f"torch, on {record.columns[record.versions[0]]['processor']}": len(record.versions)}
    groups |= Counter(f"torch {record.columns[name]['torch']}, on" for name in record.processors)

    def raised(claim: Claim) -> dict[str, list[str]]:
        """What the claim's proof raised -> the columns in which it did."""
        found: dict[str, list[str]] = {}
        for name, outcome in record.claims[claim.name].items():
            if error := outcome.partition(": ")[2]:
                found.setdefault(error, []).append(record.label(name))
        return found

    more = {"rows": rows, "count": len(told), "signs": SIGNS, "groups": groups}
    return _html("differs", record=record, missing=missing, raised=raised, **more)


def _others(pages: list[Source], record: Record) -> str:
    """How many claims hold wherever they were measured; in a drawer, which, page by page."""
    columns = [*record.versions, *record.processors]
    groups: dict[str, list[tuple[Source, list[Claim]]]] = {}
    for page in pages:
        here: dict[str, list[Claim]] = {}
        for claim in page.claims:
            states = record.states(claim.name)
            if not set(states.values()) - {HOLDS}:
                missing = [record.label(name) for name in columns if name not in states]
                here.setdefault(_but(missing, len(columns)), []).append(claim)
        for where, claims in here.items():
            groups.setdefault(where, []).append((page, claims))
    counts = {where: sum(len(claims) for _, claims in found) for where, found in groups.items()}
    count = sum(counts.values())
    parts = ", ".join(f"{number} {where}" for where, number in counts.items())
    said = f"The other {count} claims hold wherever they were measured: {parts}."
    if not columns:
        said = f"All {count} claims are proven by this build, with torch {record.built}, alone."
    return f"{said}\n\n{_html('others', groups=groups)}"


def _but(missing: list[str], columns: int) -> str:
    """In which columns a claim was measured, told by those where it was not."""
    if len(missing) == columns:
        return "by this build alone"
    if len(missing) > columns / 2:
        return f"in {columns - len(missing)} of {columns} columns"
    return "in every column" + (f" but {', '.join(missing)}" if missing else "")


def measured(record: Record) -> str:
    """The days of the measurement and what was never run; in a drawer, the machines."""
    if not record.columns:
        return f"Nothing was measured but this build, with torch {record.built}."
    every = [record.columns[name] for name in [*record.versions, *record.processors]]
    days = sorted({facts["date"] for facts in every})
    pythons = sorted({facts["python"].rpartition(".")[0] for facts in every})
    real = {kind(facts) for facts in every if not facts["emulated"]}
    never = [
        "a GPU",
        *(SYSTEMS[name] for name in SYSTEMS if name not in {f["system"] for f in every}),
    ]
    never += [f"another Python than {' and '.join(pythons)}"]
    never += [
        f"a real {family} processor"
        for family in dict.fromkeys(map(kind, every))
        if family not in real
    ]
    between = days[0] if len(days) == 1 else f"from {days[0]} to {days[-1]}"
    said = f"Measured {between}, in {len(every)} columns. Never run: {', '.join(never)}."
    return f"{said}\n\n{_html('machines', columns=every, systems=SYSTEMS)}"


def versions(words: str, page: Source, record: Record) -> str:
    """A sentence: for which versions most claims of a page hold; what is no claim, this build has seen."""
    spans = Counter(record.mark(claim.name)[0] for claim in page.claims)
    alone = f"torch {record.built}"
    common = spans.most_common(1)[0][0] if spans else alone
    if set(spans) <= {alone}:
        return f"{words} {alone}."
    return f"{words} {common} unless a claim says otherwise; what is no claim, in {alone}."
