"""Build the site as another machine would: its files elsewhere, on one core, its pages in another order.

`python -m tests.build.elsewhere FIRST SEED SITE` builds the project it lies in. The outputs of cells marked
`volatile`, which differ by right, come from the site FIRST; everything else must come out the same by itself.
"""

from __future__ import annotations

import dataclasses
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat

from hooks.read.source import Source
from hooks.run.execution import Result, Runner
from hooks.show import stamp
from tests.build.project import EPOCH, PATIENCE, ROOT

PARTS = ("docs", "hooks", "snippets", "tests", "theme")
CONTEXT = 60
"""Bytes shown before and after the first difference."""


def build_elsewhere(
    first: Path, folder: Path, seed: int, umask: int = -1, **environment: str
) -> Path:
    """Copy the project into `folder`, build it there, and return its site. Fails when the build does."""
    copy = folder / "the project, elsewhere"
    for name in PARTS:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, copy / name, ignore=ignored, copy_function=shutil.copy)
    for path in [ROOT / "mkdocs.yml", *ROOT.glob("requirements*")]:
        shutil.copy(path, copy)
    site = folder / "another-site"
    done = subprocess.run(
        [sys.executable, "-m", "tests.build.elsewhere", str(first), str(seed), str(site)],
        cwd=copy,
        env={
            **os.environ,
            "NO_MKDOCS_2_WARNING": "1",
            "CI": "true",
            "SOURCE_DATE_EPOCH": EPOCH,
            "GITHUB_SHA": stamp.commit(ROOT),  # the copy has no git
            **environment,
        },
        umask=umask,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return site


def difference(first: Path, second: Path) -> str:
    """The first difference between two folders: file, offset in bytes, both sides; "" without one."""
    names = [{p.relative_to(s) for p in s.rglob("*") if p.is_file()} for s in (first, second)]
    if only := sorted(names[0] ^ names[1]):
        return f"{only[0]} is in one of them only"
    for name in sorted(names[0]):
        one, other = (first / name).read_bytes(), (second / name).read_bytes()
        if one != other:
            unlike = (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
            offset = next(unlike, min(len(one), len(other)))
            part = slice(max(0, offset - CONTEXT), offset + CONTEXT)
            return f"{name} differs at byte {offset}:\n{one[part]!r}\n{other[part]!r}"
    return ""


def _replayed(first: Path, page: Source, result: Result) -> Result:
    """The result with the volatile outputs of the first site, which its notebooks hold as they were."""
    if result.problem or not any("volatile" in cell.flags for cell in page.cells):
        return result
    path = first / page.url / f"{page.stem}.ipynb"
    cells = nbformat.read(path, as_version=4).cells
    codes = [cell for cell in cells if cell.cell_type == "code"][-len(page.cells) :]
    outputs: list[list[dict[str, Any]]] = []
    for cell, code, mine in zip(page.cells, codes, result.cells, strict=True):
        volatile = "volatile" in cell.flags
        assert not volatile or cell.code.strip() == code.source.strip(), cell.line
        outputs.append(code.outputs if volatile else mine)
    return dataclasses.replace(result, cells=outputs)


def main(first: Path, seed: int, site: str) -> None:
    """Patch the order of the pages and the number of cores, then call MkDocs."""
    from mkdocs.__main__ import cli

    run = Runner.run

    def shuffled(self: Runner, pages: list[Source]) -> Iterator[tuple[Source, Result]]:
        order = random.Random(seed).sample(pages, len(pages))
        for page, result in run(self, order):
            yield page, _replayed(first, page, result)

    Runner.run = shuffled  # type: ignore[method-assign]
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    cli(["build", "--site-dir", site])


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
