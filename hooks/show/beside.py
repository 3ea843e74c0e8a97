"""What was measured beside the claims: whether other versions start layers alike, and draw the lab's bits."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hooks.show.held import Record

_ARGUMENT = re.compile(r"unexpected keyword argument '(\w+)'")
_REFUSED = re.compile(r"\w+, (?P<law>.+): refused, p = .*")


def defaults(record: Record) -> str:
    """Whether a default has changed between versions; "" where it was not measured."""
    rows = dict(record.beside.get("defaults", {}))
    versions: list[str] = rows.pop("versions", [])
    if len(versions) < 2:
        return ""
    missing: dict[tuple[str, str], list[str]] = {}  # `bias` of or "", versions -> layers
    other: dict[tuple[str, str], list[str]] = {}  # how, versions -> rows
    for row, found in rows.items():
        for text in dict.fromkeys(found.values()):
            span = _span(record, [version for version in found if found[version] == text])
            if text.startswith("not built"):
                argument = _ARGUMENT.search(text)
                of = f"`{argument[1]}` of " if argument else ""
                layer = row.partition("(")[0].removeprefix("nn.")
                missing.setdefault((of, span), []).append(layer)
            else:
                refused = _REFUSED.fullmatch(text)
                how = f"not {refused['law']}" if refused else text
                other.setdefault((how, span), []).append(f"`{row}`")
    told = f"Its rows are the same in torch {_span(record, versions)} ({len(versions)} measured)"
    if other:
        parts = [f"{', '.join(names)} in {span}: {how}" for (how, span), names in other.items()]
        told += f", but for {'; '.join(parts)}"
    if missing:
        each = {key: ", ".join(dict.fromkeys(layers)) for key, layers in missing.items()}
        lacking = [f"{of}{layers} in {span}" for (of, span), layers in each.items()]
        told += f". Not there yet: {'; '.join(lacking)}"
    return f"{told}."


def lab(record: Record) -> str:
    """Which versions draw the bits that the lab computes, and print them alike; "" where that is not known."""
    block = record.beside.get("lab", {})
    versions: list[str] = block.get("versions", [])
    others, printed = block.get("bits", {}), block.get("printed", {})
    same = [version for version in versions if version not in others]
    if len(versions) < 2:
        return ""
    told = f"Random scripts draw the same bits in torch {_span(record, same)}"
    if others:
        told += f", others in {_span(record, list(others))}"
    if unlike := [version for version in same if version in printed]:
        told += f", and print them otherwise in {_span(record, unlike)}"
    return f"{told}."


def _span(record: Record, versions: Sequence[str]) -> str:
    """The first version to the last, where every measured one between them is there; else each."""
    labels = [record.label(version) for version in versions]
    first, last = (record.versions.index(versions[place]) for place in (0, -1))
    if len(labels) > 2 and record.versions[first : last + 1] == list(versions):
        return f"{labels[0]} to {labels[-1]}"
    return " and ".join(labels)
