"""The mutants of the lab's modules, by Stryker: mocha runs the tests in `lab/` on vectors from torch."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.mutants.mutant import ROOT, WORK, Mutant, changed
from tests.mutants.vectors import write

HERE = Path(__file__).parent / "lab"
MODULES = ROOT / "docs" / "assets" / "lab"
STATUS = {
    "Killed": "killed",
    "Timeout": "timeout",
    "Survived": "survived",
    "NoCoverage": "survived",
}
STATUS |= {"RuntimeError": "killed"}
"""What Stryker says of a mutant, in our words."""


def run() -> list[Mutant]:
    """Every mutant of the lab's modules."""
    if shutil.which("npx") is None:
        raise SystemExit("the lab's mutants need Node.js 20 or newer, with npm: install it")
    folder = WORK / "lab"
    for name in ("modules", "tests"):
        shutil.rmtree(folder / name, ignore_errors=True)
        (folder / name).mkdir(parents=True)
    for path in MODULES.glob("*.js"):
        shutil.copy(path, folder / "modules")
    for path in (*HERE.glob("*.js"), ROOT / "docs" / "lab.md"):
        shutil.copy(path, folder / "tests")
    shutil.copy(HERE / "stryker.config.json", folder)
    _install(folder)
    write(folder / "tests" / "vectors.json")
    subprocess.run(["npx", "stryker", "run"], cwd=folder, check=True)
    return read(folder / "report.json")


def _install(folder: Path) -> None:
    """Stryker, mocha and jsdom as the lock file has them, unless they are there."""
    lock, done = HERE / "package-lock.json", folder / "node_modules" / ".lock"
    if done.exists() and done.read_bytes() == lock.read_bytes():
        return
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(HERE / name, folder)
    subprocess.run(["npm", "ci"], cwd=folder, check=True)
    shutil.copy(lock, done)


def read(report: Path) -> list[Mutant]:
    """The mutants of Stryker's report."""
    files = json.loads(report.read_text(encoding="utf-8"))["files"]
    return [
        Mutant(f"lab/{Path(name).name}", _change(found["source"].splitlines(), mutant), status)
        for name, found in files.items()
        for mutant in found["mutants"]
        if (status := STATUS.get(mutant["status"]))
    ]


def _change(lines: list[str], mutant: dict[str, Any]) -> str:
    """The changed lines, before and after."""
    start, end = mutant["location"]["start"], mutant["location"]["end"]
    first, last = lines[start["line"] - 1], lines[end["line"] - 1]
    old = "\n".join(lines[start["line"] - 1 : end["line"]])
    new = first[: start["column"] - 1] + mutant["replacement"] + last[end["column"] - 1 :]
    return changed(old, new)
