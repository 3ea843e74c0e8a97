"""One mutant, whatever it was made of, and the folder in which the tools work."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORK = ROOT / ".cache" / "mutants"


@dataclass(frozen=True)
class Mutant:
    """A change: the claim or the module that it is made in, `old → new`, and what became of it.

    `status` is "killed", "timeout", "survived" or "not run".
    """

    where: str
    change: str
    status: str


def changed(old: str, new: str) -> str:
    """Two pieces of code as one line."""
    return " → ".join(" ".join(code.split()) or "nothing" for code in (old, new))


def copy(names: list[str], target: Path) -> None:
    """Copy files and folders of the project as git knows them, so that no run touches the originals."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *names]
    done = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, done.stdout.split("\0")):
        if (ROOT / name).exists():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)
