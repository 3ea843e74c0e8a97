"""`python -m tests.pages.outputs`: write what every page's cells print to tests/pages/outputs/, as text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup

from hooks.read.source import Cell, Source
from hooks.run.cache import Cache, key_of
from hooks.run.execution import Runner
from tests.sources import EXECUTED, ROOT

FOLDER = Path(__file__).parent / "outputs"
VOLATILE = "(differs from run to run)"

_NUMBER = re.compile(r"[+-]?(?:\d[\d,]*\.?\d*|\.\d+)(?:e[+-]?\d+)?")
_VALUE = re.compile(
    r"[+-]?(?:(?<![\w.])(?:\d+(?:,\d{3})*\.?\d*|\.\d+)(?:e[+-]?\d+)?|\b(?:nan|inf)\b)"
)
_BLOCK = re.compile(r"^--- cell \d+(?: [a-z0-9-]+)?\n", re.MULTILINE)


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
        blocks.append(f"--- cell {number}{name}\n{shown(cell, outputs)}".rstrip())
    return "\n".join(blocks) + "\n"


def kept(page: Source) -> list[str]:
    """What the repository keeps of each cell's output."""
    text = file_of(page).read_text(encoding="utf-8")
    return [block.rstrip() for block in _BLOCK.split(text)[1:]]


def file_of(page: Source) -> Path:
    """Where the outputs of a page are kept."""
    return FOLDER / page.path.replace("/", "-").replace(".md", ".txt")


def shown(cell: Cell, outputs: list[dict[str, Any]]) -> str:
    """What of a cell's outputs is kept: the text; its shape alone where processors may differ; or nothing."""
    if "volatile" in cell.flags:
        return VOLATILE
    text = "\n".join(map(_plain, outputs)).rstrip()
    return shape(text) if "processor" in cell.flags else text


def shape(text: str) -> str:
    """The text with # for each number, ? for each True or False, and one space where numbers were aligned."""
    text = re.sub(r"\b(?:True|False)\b", "?", _VALUE.sub("#", text))
    return re.sub(r"^ (?=#)", "", re.sub(r" +", " ", text), flags=re.MULTILINE)


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
    current, failed = set(), []
    for page, result in runner.run(EXECUTED):
        path = file_of(page)
        current.add(path)
        if result.problem:
            failed.append(str(result.problem))
        else:
            path.write_text(as_text(page, result.cells), encoding="utf-8")
    runner.stop()
    for path in set(FOLDER.glob("*.txt")) - current:
        path.unlink()
    if failed:
        raise SystemExit("\n\n".join(failed))


if __name__ == "__main__":
    main()
