"""Error messages: each is torch's own, and each of its causes is provoked, mended, and its outcome asserted."""

from __future__ import annotations

import ast
import contextlib
import io
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any

import pytest

import snippets.errors
from hooks.read.pages import read_page
from hooks.read.source import Source
from tests.build import project
from tests.child import in_child
from tests.sources import DOCS

MESSAGE_PAGES = (
    "error-messages.md",
    "error-messages-backward.md",
    "error-messages-input.md",
    "error-messages-loading.md",
)
_CODE = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")


@dataclass
class Entry:
    """What stands under one `###`: the messages of its heading, the causes of its table, its lines."""

    heading: str
    first: int
    last: int = 0
    causes: list[str] = field(default_factory=list)

    @property
    def messages(self) -> list[str]:
        """The messages in the heading, as patterns: `…` stands for anything."""
        quoted = [match[2].strip() for match in _CODE.finditer(self.heading)]
        return [".*".join(map(re.escape, re.split(r" ?… ?", message))) for message in quoted]


def entries_of(text: str) -> list[Entry]:
    """The entries of a page, in order."""
    found: list[Entry] = []
    fenced = in_table = False
    for number, line in enumerate(text.splitlines(), start=1):
        fenced ^= line.startswith("```")
        if not fenced and re.match(r"##?#? ", line) and found and not found[-1].last:
            found[-1].last = number
        if not fenced and line.startswith("### "):
            found.append(Entry(line.removeprefix("### "), number))
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)]
        if in_table and line.startswith("|") and not line.startswith("|-"):
            found[-1].causes.append(plain(cells[1]))
        in_table = line.startswith("|") and (in_table or cells[1] == "Cause")
    if found and not found[-1].last:
        found[-1].last = number + 1
    return found


def plain(text: str) -> str:
    """A cell of a table as its comment in the code says it: without backticks and links."""
    return re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text).replace("`", "").replace("\\", "")


def caught(page: Source) -> list[tuple[set[int], str]]:
    """Each message caught as the page runs, with the lines of the page that led to it."""
    return in_child(page.path, 120.0, _caught, page)


def _caught(page: Source) -> list[tuple[set[int], str]]:
    log: list[tuple[set[int], str]] = []

    def noting(exit_: Callable[..., Any]) -> Callable[..., Any]:
        def noted(
            self: Any,
            kind: type[BaseException] | None,
            error: BaseException | None,
            traceback: TracebackType | None,
        ) -> Any:
            result = exit_(self, kind, error, traceback)
            lines, frame = set(), sys._getframe(1)
            while frame is not None:
                if frame.f_code.co_filename == page.path:
                    lines.add(frame.f_lineno)
                frame = frame.f_back
            text = str(error.args[0]) if isinstance(error, KeyError) else self.message
            log.append((lines, text))
            return result

        return noted

    for kind in (snippets.errors.expect_error, snippets.errors.expect_warning):
        kind.__exit__ = noting(kind.__exit__)  # a child process: nothing to put back
    names: dict[str, object] = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()):
        for cell in page.cells:
            exec(compile("\n" * (cell.line - 1) + cell.code, page.path, "exec"), names)
    return log


def checks_of(page: Source, entry: Entry) -> dict[str, list[range]]:
    """Cause -> the lines of its checks; an entry without a table of causes has one, named ""."""
    found: dict[str, list[range]] = {}
    for cell in page.cells:
        if not entry.first < cell.line < entry.last:
            continue
        lines = cell.code.splitlines()
        starts = [(n, lines[n][9:]) for n in range(len(lines)) if lines[n].startswith("# cause: ")]
        if not entry.causes:
            starts = [(0, ""), *starts]
        for (start, cause), (end, _) in pairwise([*starts, (len(lines), "")]):
            found.setdefault(cause, []).append(range(cell.line + start, cell.line + end))
    return found


def outcomes(page: Source) -> list[int]:
    """The lines of the page's assertions that are about something else than a caught message."""
    found = []
    for cell in page.cells:
        tree = ast.parse("\n" * (cell.line - 1) + cell.code)
        texts = {
            item.optional_vars.id
            for node in ast.walk(tree)
            if isinstance(node, ast.With)
            for item in node.items
            if isinstance(item.optional_vars, ast.Name)
        }
        for node in ast.walk(tree):
            names = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            asserts = isinstance(node, ast.Assert) or called.endswith("assert_close")
            if asserts and not names & texts:
                found.append(node.lineno)
    return found


def faults(page: Source, text: str) -> list[str]:
    """What is wrong with the entries of a page; nothing, it is hoped."""
    log, asserted, found = caught(page), outcomes(page), []
    for entry in entries_of(text):
        where = f"{page.path}:{entry.first}: {entry.heading}: "
        if not entry.messages:
            if not entry.heading.endswith("?"):
                found.append(where + "neither a message in backticks nor a question")
            continue
        seen = [said for lines, said in log if any(entry.first < n < entry.last for n in lines)]
        found += [
            where + f"no cell provokes {message}"
            for message in entry.messages
            if not any(re.search(message, said, re.DOTALL) for said in seen)
        ]
        checks = checks_of(page, entry)
        found += [where + f"the cause has no check: {c}" for c in entry.causes if c not in checks]
        for cause, blocks in checks.items():
            if entry.causes and cause not in entry.causes:
                found.append(where + f"no cause in the table: {cause}")
            here = {line for block in blocks for line in block}
            provoked = [
                min(lines & here)
                for lines, said in log
                if lines & here and any(re.search(m, said, re.DOTALL) for m in entry.messages)
            ]
            if not provoked:
                found.append(where + f"the check does not provoke the message: {cause}")
            elif not any(line in here and line > min(provoked) for line in asserted):
                found.append(where + f"the check asserts no outcome: {cause}")
    return found


@pytest.mark.parametrize("name", MESSAGE_PAGES)
def test_every_message_and_every_cause_is_provoked_and_mended(name: str) -> None:
    text = (DOCS / name).read_text(encoding="utf-8")
    assert len(entries_of(text)) >= 5
    assert not (found := faults(read_page(DOCS / name, DOCS), text)), "\n".join(found)


GOOD = """
import torch
from snippets.errors import expect_error, expect_warning

def refused():
    with expect_error(ValueError) as error:
        raise ValueError("no 1 and no 2")
    return str(error)
"""
CHECKS = """
# cause: a list of two
refused()
assert 1 + 1 == 2
# cause: None
with expect_error(KeyError) as error:
    raise KeyError("can't take \\"x\\"")
torch.testing.assert_close(1.0, 1.0)
"""
ENTRY = """## Group

### `no … and no 2` · `can't take "x"`, in words

| Cause | Fix |
|---|---|
| a [list](a.md#b) of `two` | none |
| `None` | none |

"""


def example(entry: str = ENTRY, checks: str = CHECKS) -> str:
    """A page with one entry about messages, one that has no table, and a question."""
    alone = "with expect_warning(UserWarning):\n    torch._C._warn()\nassert refused"
    last = ["### What is it?", "Nothing.", "### `Test message for TORCH_WARN`", project.cell(alone)]
    return project.page(
        project.cell(GOOD.strip(), first=True),
        entry,
        project.cell(checks.strip()),
        *last,
        "## Next",
    )


def faults_in(folder: Path, text: str) -> str:
    (folder / "page.md").write_text(text, encoding="utf-8")
    return "\n".join(faults(read_page(folder / "page.md", folder), text))


def test_a_page_as_it_shall_be_has_no_faults(tmp_path: Path) -> None:
    assert faults_in(tmp_path, example()) == ""


@pytest.mark.parametrize(
    ("entry", "checks", "fault"),
    [
        (ENTRY.replace("no 2", "no 3"), CHECKS, "no cell provokes no.*and\\ no\\ 3"),
        (ENTRY.replace("`", ""), CHECKS, "neither a message in backticks nor a question"),
        (ENTRY, CHECKS.replace("# cause: None\n", ""), "the cause has no check: None"),
        (ENTRY.replace("| `None` | none |\n", ""), CHECKS, "no cause in the table: None"),
        (
            ENTRY,
            CHECKS.replace("refused()\n", ""),
            "does not provoke the message: a list of two",
        ),
        (ENTRY, CHECKS.replace("assert 1 + 1 == 2\n", ""), "asserts no outcome: a list of two"),
        (ENTRY, CHECKS.replace("torch.testing.assert_close(1.0, 1.0)", ""), "no outcome: None"),
    ],
)
def test_what_an_entry_lacks_is_found(tmp_path: Path, entry: str, checks: str, fault: str) -> None:
    assert fault in faults_in(tmp_path, example(entry, checks))
