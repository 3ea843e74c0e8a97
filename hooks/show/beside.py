"""What was measured beside the claims: whether other versions start layers alike, and draw the lab's bits."""

from __future__ import annotations

from collections.abc import Sequence

from hooks.show.held import Record


def defaults(record: Record) -> str:
    """Whether a default has changed between versions; "" where it was not measured."""
    rows = dict(record.beside.get("defaults", {}))
    versions: list[str] = rows.pop("versions", [])
    if len(versions) < 2:
        return ""
    newer: dict[str, list[str]] = {}
    changed = []
    for row, found in rows.items():
        for version, text in found.items():
            if text.startswith("not built"):
                layer = newer.setdefault(row.partition("(")[0].removeprefix("nn."), [])
                layer += [version] * (version not in layer)
            else:
                changed.append(f"`{row}` in torch {record.label(version)}: {text}")
    told = f"{'; '.join(changed)}. All other rows" if changed else "Its rows"
    lacking = ", ".join(f"{layer} ({_span(record, away)})" for layer, away in newer.items())
    without = f" Some versions lack {lacking}." if newer else ""
    span = f"torch {_span(record, versions)} (measured in {len(versions)} versions)"
    return f"{told} are unchanged from {span}.{without}"


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
