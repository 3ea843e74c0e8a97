"""The page "Where it holds": a row for each claim that does not hold everywhere, and all others by page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from html import escape

from hooks.read.source import Claim, Source
from hooks.show import beside, machines
from hooks.show.held import FALSE, HOLDS, NOT_APPLICABLE, Record

SIGNS = {
    HOLDS: ("●", "holds"),
    FALSE: ("✕", "false"),
    NOT_APPLICABLE: ("–", "cannot run there"),
    "": ("·", "not measured"),
}
"""What a proof came to -> its sign in the table, and the words for it."""

_VERSIONS = re.compile(r"<!-- versions: (?P<words>[^<>]+) -->")


def fill(markdown: str, page: Source, pages: list[Source], record: Record) -> str:
    """Put the table, the list of the other claims and what was measured where a page asks for them."""
    makers: dict[str, Callable[[], str]] = {
        "<!-- where it differs -->": lambda: _table(pages, record),
        "<!-- where it holds -->": lambda: _others(pages, record),
        "<!-- where it was measured -->": lambda: machines.told(record),
        "<!-- defaults: versions -->": lambda: beside.defaults(record),
        "<!-- lab: versions -->": lambda: beside.lab(record),
    }
    for place, make in makers.items():
        if place in markdown:
            markdown = markdown.replace(place, make())
    return _VERSIONS.sub(lambda found: machines.versions(found["words"], page, record), markdown)


def _table(pages: list[Source], record: Record) -> str:
    """The claims that do not hold in some column, in the order of the site; the page's script filters them."""
    columns = [*record.versions, *record.processors]
    states = {claim.name: record.states(claim.name) for page in pages for claim in page.claims}
    rows = [
        _row(page, claim, record, [states[claim.name].get(name, "") for name in columns])
        for page in pages
        for claim in page.claims
        if set(states[claim.name].values()) - {HOLDS}
    ]
    if not rows:
        return "No claim is false in a column, and each can run in each." if columns else ""
    missing = {name: sum(name not in measured for measured in states.values()) for name in columns}
    heads = "".join(
        f'<th scope="col" data-missing="{missing[name]}">{record.label(name)}</th>'
        for name in columns
    )
    groups = {f"torch, on {record.columns[record.versions[0]]['processor']}": len(record.versions)}
    groups |= Counter(f"torch {record.columns[name]['torch']}, on" for name in record.processors)
    over = "".join(
        f'<th scope="colgroup" colspan="{count}">{title}</th>' for title, count in groups.items()
    )
    legend = ", ".join(f"{sign} {words}" for sign, words in SIGNS.values())
    return (
        '<fieldset class="held-filter" hidden></fieldset>'
        '<div class="held" role="region" tabindex="0" aria-label="Claims that do not hold everywhere" '
        f'data-claims="{len(states)}" data-search-exclude=""><table class="rows">'
        f"<caption>{len(rows)} of {len(states)} claims. {legend}.</caption>"
        f'<thead><tr><td></td>{over}</tr><tr><th scope="col">Claim</th>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _row(page: Source, claim: Claim, record: Record, states: list[str]) -> str:
    """The claim, in a drawer what its proof raised and where, and a sign a column."""
    raised: dict[str, list[str]] = {}
    for name, outcome in record.claims[claim.name].items():
        if error := outcome.partition(": ")[2]:
            raised.setdefault(error, []).append(record.label(name))
    errors = "<br>".join(
        f"{', '.join(names)}: <code>{escape(error)}</code>" for error, names in raised.items()
    )
    cells = "".join(
        f'<td><span role="img" aria-label="{words}">{sign}</span></td>'
        for sign, words in map(SIGNS.__getitem__, states)
    )
    statement = re.sub("`([^`]+)`", r"<code>\1</code>", escape(claim.statement))
    return (
        f'<tr id="{claim.name}"><th scope="row">{_link(page, claim, f"Claim {claim.number}")} {statement}'
        f"<details><summary>error</summary><p>{errors}</p></details></th>{cells}</tr>"
    )


def _link(page: Source, claim: Claim, text: str, more: str = "") -> str:
    return f'<a {more}href="../{page.url.removeprefix("./")}#{claim.name}">{text}</a>'


def _others(pages: list[Source], record: Record) -> str:
    """How many claims hold wherever they were measured; in a drawer, which, page by page."""
    columns = [*record.versions, *record.processors]
    groups: dict[str, list[tuple[Source, Claim]]] = {}
    for page in pages:
        for claim in page.claims:
            states = record.states(claim.name)
            if not set(states.values()) - {HOLDS}:
                missing = [record.label(name) for name in columns if name not in states]
                groups.setdefault(_but(missing, len(columns)), []).append((page, claim))
    count = sum(map(len, groups.values()))
    parts = ", ".join(f"{len(found)} {where}" for where, found in groups.items())
    lists = "".join(
        f"<p>Measured {where}:</p><ul>{_by_page(found)}</ul>" for where, found in groups.items()
    )
    said = f"The other {count} claims hold wherever they were measured: {parts}."
    if not columns:
        said = f"All {count} claims are proven by this build, with torch {record.built}, alone."
    return (
        f"{said}\n\n"
        '<details class="check held-others" data-search-exclude="">'
        f"<summary>Which ones, page by page</summary>{lists}</details>"
    )


def _but(missing: list[str], columns: int) -> str:
    """In which columns a claim was measured, told by those where it was not."""
    if len(missing) == columns:
        return "by this build alone"
    if len(missing) > columns / 2:
        return f"in {columns - len(missing)} of {columns} columns"
    return "in every column" + (f" but {', '.join(missing)}" if missing else "")


def _by_page(found: list[tuple[Source, Claim]]) -> str:
    """A line a page: its title, how many of its claims, and their numbers."""
    lines = []
    for page in {page.path: page for page, _ in found}.values():
        links = [
            _link(page, claim, str(claim.number), f'id="{claim.name}" ')
            for other, claim in found
            if other is page
        ]
        count = f"{len(links)} of {len(page.claims)}"
        lines.append(f"<li>{escape(page.title)}, {count}: {' '.join(links)}</li>")
    return "".join(lines)
