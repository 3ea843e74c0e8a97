"""Beside the claims: whether a torch starts every layer as the pinned one does, and draws the lab's bits.

`python -m tests.everywhere.beyond` prints, as JSON, the defaults and the digests of the torch that runs it.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hooks.run.imports import modules_of
from tests.everywhere.places import Place
from tests.sources import ROOT

SCRIPTS = 1000
MODULE = "tests.everywhere.beyond"


def beyond(place: Place, state: Path, make: Callable[[], None]) -> dict[str, Any]:
    """What this module prints in the place; run once for each state of the code that it imports."""
    theirs = modules_of(["import tests.lab.scripts\nimport snippets.defaults"], ROOT)
    files = [Path(__file__), *theirs.values()]
    sums = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    key = hashlib.sha256("".join(sums).encode()).hexdigest()
    book = state / f"{place.name}.beyond.json"
    if book.exists() and (kept := json.loads(book.read_text(encoding="utf-8")))["key"] == key:
        return kept["found"]
    make()
    done = subprocess.run(
        [*place.python, "-m", MODULE],
        cwd=ROOT,
        env=place.variables(),
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    book.write_text(json.dumps({"key": key, "found": found}), encoding="utf-8")
    return found


def differences(pin: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """What of `other` is not as in `pin`: "defaults" by layer and parameter, "lab" by kind of digest."""
    found = {}
    for case, rows in pin["defaults"].items():
        theirs = other["defaults"][case]
        if isinstance(theirs, str):
            found[f"nn.{case}"] = theirs
            continue
        for name in rows.keys() | theirs.keys():
            if rows.get(name) != theirs.get(name):
                found[f"nn.{case}.{name}"] = theirs.get(name, "there is none")
    bits = {kind: "others" for kind, digest in pin["lab"].items() if other["lab"][kind] != digest}
    return {"defaults": found, "lab": bits}


def defaults() -> dict[str, dict[str, str] | str]:
    """Layer with its arguments -> parameter -> its law, or why this torch does not build it."""
    from snippets.defaults import ALL

    found: dict[str, dict[str, str] | str] = {}
    for name, each in ALL.items():
        for args in each:
            try:
                found[f"{name}({args})"] = _laws(name, args)
            except (AttributeError, TypeError) as error:
                found[f"{name}({args})"] = f"not built: {type(error).__name__}: {error}"
    return found


def _laws(name: str, args: str) -> dict[str, str]:
    """Parameter -> the law that is stated of it, and whether the values of new layers refuse it."""
    import torch
    from torch.nn.parameter import is_lazy

    from snippets.defaults import builder, stated
    from snippets.defaults.laws import LEVEL
    from snippets.defaults.rules import tensors
    from snippets.defaults.sample import Sample
    from snippets.defaults.table import compare, draw

    torch.manual_seed(0)
    build = builder(name, args)
    built = build()
    held = tensors(built.module)
    laws = {
        inner: law
        for inner, law in stated(built.module).items()
        if law and (is_lazy(held[inner][1]) or held[inner][1].numel())
    }
    drawn = draw(build, built, 1, laws)
    found = {}
    for inner, law in laws.items():
        sample = Sample.of([view for each in drawn[inner] for view in law.views(each)])
        p, control = compare(law, sample, drawn[inner])
        found[inner] = f"{held[inner][0]}, {law.kind} {law.formula}".rstrip()
        if (p is not None and p < LEVEL / 1000) or (control is not None and control > LEVEL):
            found[inner] += f": refused, p = {p}"
    return found


def digests() -> dict[str, str]:
    """Of random scripts of the lab's kinds of calls: of their bits, and of what they print."""
    from tests.lab.scripts import random_scripts

    bits, printed = hashlib.sha256(), hashlib.sha256()
    for script in random_scripts(SCRIPTS, 1):
        for tensor in script.in_torch():
            bits.update(tensor.numpy().tobytes())
            printed.update(repr(tensor).encode())
    return {"bits": bits.hexdigest()[:16], "printed": printed.hexdigest()[:16]}


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        print(json.dumps({"defaults": defaults(), "lab": digests()}))
