"""The record in `results.json`: what each proof did in each column, a version of torch or a processor.

{"columns": {column: facts}, "claims": {claim: {"proof": hash, "outcomes": {column: outcome}}}, …}. An
outcome is "holds", "false: …" or "n/a: …", with the first line of the error. Of a proof that has changed
nothing is kept. "defaults" and "lab" name the versions compared with the pin, and {what: {version: how}}
of what is not the same there.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from mkdocs.utils import get_yaml_loader

from hooks.read.source import Source
from hooks.run.pins import pinned_torch
from tests.sources import EXECUTED, ROOT

FILE = Path(__file__).parent / "results.json"
PIN = pinned_torch(ROOT / "requirements-torch.txt")
CURE = "run `make versions ON=pin` (a minute or two, no download) and commit tests/everywhere/results.json"
HOLDS = "holds"


@dataclass
class Record:
    """The content of the file; `more` holds what it says beside columns and claims."""

    columns: dict[str, dict[str, Any]] = field(default_factory=dict)
    claims: dict[str, dict[str, Any]] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)

    def follow(self, proofs: Mapping[str, str]) -> None:
        """Keep these claims alone (name -> hash of the proof), in this order, as far as it was this proof
        that was measured."""
        before = self.claims
        self.claims = {}
        for name, proof in proofs.items():
            known = before.get(name, {})
            outcomes = known["outcomes"] if known.get("proof") == proof else {}
            self.claims[name] = {"proof": proof, "outcomes": outcomes}

    def put(self, column: str, facts: dict[str, Any], outcomes: Mapping[str, str]) -> None:
        """Enter a column: claim -> outcome. Where all is as it was, its facts and its date stay, too."""
        same = column in self.columns and all(
            self.claims[name]["outcomes"].get(column) == outcome
            for name, outcome in outcomes.items()
        )
        if not same:
            self.columns[column] = facts
        self.columns = {name: self.columns[name] for name in sorted(self.columns, key=place_of)}
        for name, outcome in outcomes.items():
            entry = self.claims[name]["outcomes"] | {column: outcome}
            self.claims[name]["outcomes"] = {
                key: entry[key] for key in self.columns if key in entry
            }

    def add(self, part: str, version: str, found: Mapping[str, str]) -> None:
        """Enter what was found of a version beside the claims; `part` is "defaults" or "lab"."""
        block = self.more.setdefault(part, {"versions": []})
        rows = {key: row for key, row in block.items() if key != "versions"}
        versions = sorted({*block["versions"], version}, key=place_of)
        for key in rows.keys() | found.keys():
            row = {**rows.get(key, {}), version: found.get(key, "")}
            rows[key] = {name: row[name] for name in versions if row.get(name)}
        kept = {key: rows[key] for key in sorted(rows) if rows[key]}
        self.more[part] = {"versions": versions, **kept}

    def problems(self, proofs: Mapping[str, str]) -> list[str]:
        """Why the record is not that of these claims, and what to do about it."""
        found = [f"{name}: no claim of the pages" for name in self.claims.keys() - proofs.keys()]
        for name, proof in proofs.items():
            known = self.claims.get(name)
            if known is None:
                found.append(f"{name}: not measured")
            elif known["proof"] != proof:
                found.append(f"{name}: its proof has changed since it was measured")
            elif (outcome := known["outcomes"].get(PIN)) != HOLDS:
                found.append(f"{name}: torch {PIN}, which is pinned: {outcome or 'not measured'}")
        if not found and list(self.claims) != list(proofs):
            found.append("the claims stand in another order than in the site")
        return [f"{problem}: {CURE}" for problem in found]

    def text(self) -> str:
        """The file: a line a column, a line a claim, so that a difference is short."""
        parts = {"columns": self.columns, "claims": self.claims, **self.more}
        blocks = []
        for key, block in parts.items():
            rows = ",\n".join(f"{_json(name)}: {_json(row)}" for name, row in block.items())
            blocks.append(f"{_json(key)}: {{\n{rows}\n}}")
        return "{\n" + ",\n".join(blocks) + "\n}\n"


def place_of(column: str) -> tuple[bool, list[int], str]:
    """Versions come first, from old to new; then the processors of the pin, or of pins before it."""
    version, _, processor = column.partition(" ")
    return bool(processor), [int(part) for part in re.findall(r"\d+", version)], processor


def read(file: Path = FILE) -> Record:
    """The record as it is kept; an empty one where there is none."""
    if not file.exists():
        return Record()
    data = json.loads(file.read_text(encoding="utf-8"))
    return Record(data.pop("columns"), data.pop("claims"), data)


def write(record: Record, file: Path = FILE) -> None:
    """Put the file in the place of the one before, whole."""
    partial = file.with_suffix(".partial")
    partial.write_text(record.text(), encoding="utf-8")
    partial.replace(file)


def proofs(pages: Iterable[Source] = EXECUTED) -> dict[str, str]:
    """Claim -> hash of its proof's code, in the order of the site."""
    config = yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), get_yaml_loader())
    order = list(_paths(config["nav"]))
    in_order = sorted(
        pages, key=lambda page: (page.path not in order, [*order, page.path].index(page.path))
    )
    return {
        cell.claim.name: hashlib.sha256(cell.code.encode()).hexdigest()[:8]
        for page in in_order
        for cell in page.cells
        if cell.claim
    }


def _paths(part: Any) -> Iterable[str]:
    """The pages of the navigation, which is lists and mappings of titles."""
    if isinstance(part, str):
        yield part
    else:
        for inner in part.values() if isinstance(part, dict) else part:
            yield from _paths(inner)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
