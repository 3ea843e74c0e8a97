"""How pages are written: formatted and linted like the rest, short, and in the page's shape."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from hooks.read.source import Source
from tests.sources import EXECUTED, ROOT

WORDS = range(300, 1351)
IN_SIGHT, IN_THE_DRAWER = 10, 60
"""Lines of a cell that a reader sees at once, and of a proof, which may be long and may not be golfed."""
REFERENCES = {
    "error-messages.md",
    "error-messages-backward.md",
    "error-messages-input.md",
    "error-messages-loading.md",
    "silent-failures.md",
    "silent-failures-values.md",
    "odd-values.md",
    "recipes.md",
    "embedding-questions.md",
    "errata.md",
}
"""Pages to look something up in, not to read from end to end."""


def body(page: Source) -> str:
    text = (ROOT / "docs" / page.path).read_text(encoding="utf-8")
    return re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)


def prose(page: Source) -> str:
    return re.sub(r"^```.*?^```$", "", body(page), flags=re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("page", EXECUTED, ids=lambda page: page.path)
def test_the_fences_are_linted_as_one_module(page: Source, tmp_path: Path) -> None:
    """A page reads as one module: a name used before it is defined, or never, is found."""
    lines = [""] * (page.cells[-1].line + page.cells[-1].code.count("\n") + 1)
    for cell in page.cells:
        code = cell.code.splitlines()
        lines[cell.line - 1 : cell.line - 1 + len(code)] = code
    module = tmp_path / "fences.py"
    module.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")
    # A cell imports what it shows (E402, I001), ends with what it displays (B018), is as short as it
    # can be (B023, B905, E731, PT, SIM905), names matrices as papers do (N80x), and its code is explained by
    # the prose around it (D1).
    ignored = "E402,I001,B018,B023,B905,E731,SIM905,PT,N803,N806,D1"
    command = ["ruff", "check", "--quiet", "--no-cache", f"--config={ROOT / 'pyproject.toml'}"]
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("ruff")),
            *command[1:],
            f"--ignore={ignored}",
            str(module),
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout.replace(str(module), page.path)


@pytest.mark.parametrize("page", EXECUTED, ids=lambda page: page.path)
def test_a_page_has_the_shape_of_a_page(page: Source) -> None:
    text = body(page)
    first, second = re.findall(r"^(?:# .*|!!! \w+.*)$", text, re.MULTILINE)[:2]
    assert first.startswith("# ")
    assert second == '!!! short "In short"'
    short = re.search(r'^!!! short "In short"\n((?:    .*\n|\n)+)', text, re.MULTILINE)
    assert short is not None
    answer = re.sub(r"^\s*\|.*$", "", short[1], flags=re.MULTILINE)
    assert len(answer.split()) <= 66, "the answer in short has 60 words"
    headings = re.findall(r"^## (.*)$", prose(page), re.MULTILINE)
    assert headings[-1] == "Where next"


@pytest.mark.parametrize("page", EXECUTED, ids=lambda page: page.path)
def test_a_page_and_its_cells_are_short(page: Source) -> None:
    reference = page.path in REFERENCES
    assert reference or len(re.findall(r"\w[\w'’.-]*", prose(page))) in WORDS
    for cell in page.cells:
        lines = len(cell.code.splitlines())
        assert lines <= IN_THE_DRAWER, f"{page.path}:{cell.line}"
    written = (ROOT / "docs" / page.path).read_text(encoding="utf-8").splitlines()
    longest = max(len(line) for line in written if not line.startswith("<"))
    assert longest <= 400


@pytest.mark.parametrize("page", EXECUTED, ids=lambda page: page.path)
def test_data_is_used_only_where_it_is_wrong_on_purpose(page: Source) -> None:
    for cell in page.cells:
        if "wrong" not in cell.flags:
            assert not re.search(r"\.data\b", cell.code), f"{page.path}:{cell.line}"
