"""`python -m tests.pages.outputs`: write what every page's cells print to tests/pages/outputs/, as text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup

from hooks.cache import Cache, key_of
from hooks.execution import Runner
from hooks.source import Source
from tests.sources import EXECUTED, ROOT

FOLDER = Path(__file__).parent / "outputs"
VOLATILE = "(differs from run to run)"

_NUMBER = re.compile(r"[+-]?(?:\d[\d,]*\.?\d*|\.\d+)(?:e[+-]?\d+)?")


def built(page: Source) -> list[list[dict[str, Any]]]:
    """The outputs that a page's cells had in the last build; even a cold one leaves them in the cache."""
    cells = Cache(ROOT / ".cache" / "pages").get(page, key_of(page, ROOT))
    assert cells is not None, f"no build has run {page.path} as it is now"
    return cells


def as_text(page: Source, results: list[list[dict[str, Any]]]) -> str:
    """The outputs of a page, a block a cell, without anything that a change of prose would move."""
    blocks = []
    for number, (cell, outputs) in enumerate(zip(page.cells, results, strict=True), start=1):
        name = f" {cell.claim.name}" if cell.claim else ""
        shown = VOLATILE if "volatile" in cell.flags else "\n".join(map(_plain, outputs))
        blocks.append(f"--- cell {number}{name}\n{shown}".rstrip())
    return "\n".join(blocks) + "\n"


def _plain(output: dict[str, Any]) -> str:
    if "text" in output:
        return output["text"].rstrip("\n")
    data = output["data"]
    if "text/html" in data:
        labels = BeautifulSoup(data["text/html"], "html.parser").select("[aria-label]")
        return "\n".join(f"[figure] {label['aria-label']}" for label in labels)
    return data.get("text/plain", "")


def agree(kept: str, fresh: str) -> bool:
    """Same text; numbers within one part in a thousand, or 1e-6: other platforms' last digits."""
    if _NUMBER.sub("#", kept) != _NUMBER.sub("#", fresh):
        return False
    pairs = zip(_NUMBER.findall(kept), _NUMBER.findall(fresh), strict=True)
    for a, b in ((float(x.replace(",", "")), float(y.replace(",", ""))) for x, y in pairs):
        if abs(a - b) > max(1e-6, 1e-3 * max(abs(a), abs(b))) and a != b:
            return False
    return True


def main() -> None:
    """Rewrite the files of all pages that run, remove those whose page is gone, and name what failed."""
    FOLDER.mkdir(exist_ok=True)
    runner = Runner()
    kept, failed = set(), []
    for page, result in runner.run(EXECUTED):
        path = FOLDER / page.path.replace("/", "-").replace(".md", ".txt")
        kept.add(path)
        if result.problem:
            failed.append(str(result.problem))
        else:
            path.write_text(as_text(page, result.cells), encoding="utf-8")
    runner.stop()
    for path in set(FOLDER.glob("*.txt")) - kept:
        path.unlink()
    if failed:
        raise SystemExit("\n\n".join(failed))


if __name__ == "__main__":
    main()
