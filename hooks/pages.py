"""Read a page's source: its cells and claims with their lines, and everything the build must refuse."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from jupytext.jupytext import TextNotebookConverter
from markdown_it import MarkdownIt
from nbformat import NotebookNode

FLAGS = {"volatile", "wrong"}
"""What may follow ```python continuation: output that differs from run to run; code wrong on purpose."""

CELL_LIMIT = 100_000
"""Most characters of a cell: a longer one takes minutes to highlight, and nobody reads it."""

HEADER = """---
jupyter:
  kernelspec:
    display_name: Python 3
    language: python
    name: python3
---"""

_FENCE = re.compile(r"^(?P<indent>[ \t>]*)(?P<ticks>`{3,}|~{3,})(?P<info>[^`]*)$")
_PYTHON = re.compile(r"^\{?\s*\.?(python3?|py|ipython3?|pycon)\b", re.IGNORECASE)
_CLAIM = re.compile(r"^(?P<indent>\s*)!!!\s+claim\b(?P<rest>.*)$")
_TITLE = re.compile(r'^\s+"(?P<name>[^":]*):(?P<statement>[^"]*)"\s*$')
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SCOPE = re.compile(r"^Scope:\s*(?P<scope>.+?)\.?$", re.DOTALL)


@dataclass(frozen=True)
class Problem:
    """Why a page is refused: where, what, and what to do about it."""

    page: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}: {self.text}"


@dataclass
class Claim:
    """A statement that could be wrong; the cell that follows it is its proof. Numbered by the site."""

    name: str
    statement: str
    body: str
    scope: str
    first_line: int
    last_line: int
    number: int = 0


@dataclass
class Cell:
    """One executed fence: its code, the line of its first code line, its flags, the claim it proves."""

    code: str
    line: int
    flags: frozenset[str] = frozenset()
    claim: Claim | None = None


@dataclass
class Source:
    """One page as written: path relative to the docs folder, and what it holds."""

    path: str
    title: str = ""
    url: str = ""
    notebook: NotebookNode | None = None  # what jupytext makes of it; None when it runs no code
    cells: list[Cell] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class _Fence:
    line: int  # of the opening ticks, from 1
    end: int  # of the closing ticks
    indent: str
    ticks: str
    info: str
    body: str


DEFAULT_SCOPE = "float32, CPU"


def read_page(path: Path, docs: Path) -> Source:
    """Read one Markdown page; `problems` lists every reason to refuse it, in order of lines."""
    name = path.relative_to(docs).as_posix()
    source = Source(name)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        source.problems.append(Problem(name, line, "this is not UTF-8: save the page as UTF-8"))
        return source
    lines = text.splitlines()
    fences = _fences(lines, source)
    header = _front_matter(lines)
    source.title = str(header.get("title") or _first_heading(lines, fences) or name)
    for fence in fences:
        if len(fence.body) > CELL_LIMIT:
            text = f"a fence of {len(fence.body):,} characters: {CELL_LIMIT:,} are the most"
            source.problems.append(Problem(name, fence.line, f"{text}, put the rest into a module"))
    if source.problems:
        return source  # what follows would take minutes, or understand nothing
    notebook = TextNotebookConverter({"extension": ".md"}, None).reads(text)
    if notebook.metadata.get("kernelspec", {}).get("language") == "python":
        source.notebook = notebook
    python = [fence for fence in fences if _PYTHON.match(fence.info.strip())]
    for number, fence in enumerate(python):
        _check_fence(fence, number == 0, source)
    if python and not source.notebook:
        source.problems.append(
            Problem(
                name,
                python[0].line,
                "this page has Python fences but no kernel header, so nothing would run: "
                f"put this at its top:\n{HEADER}",
            )
        )
    source.cells = [
        Cell(fence.body, fence.line + 1, frozenset(fence.info.split()) & FLAGS) for fence in python
    ]
    if not source.problems and python:
        _check_tools_agree(text, notebook, source)
    _read_claims(lines, fences, python, source)
    source.problems.sort(key=lambda problem: problem.line)
    return source


def _front_matter(lines: list[str]) -> dict[str, Any]:
    if not lines or lines[0].rstrip() != "---":
        return {}
    ends = [number for number, line in enumerate(lines[1:], start=1) if line.rstrip() == "---"]
    try:
        header = yaml.safe_load("\n".join(lines[1 : ends[0]])) if ends else None
    except yaml.YAMLError:
        return {}
    return header if isinstance(header, dict) else {}


def _first_heading(lines: list[str], fences: list[_Fence]) -> str:
    inside = {number for fence in fences for number in range(fence.line, fence.end + 1)}
    for number, line in enumerate(lines, start=1):
        if line.startswith("# ") and number not in inside:
            return line[2:].strip()
    return ""


def _fences(lines: list[str], source: Source) -> list[_Fence]:
    """Every fence of the page, however deep; a fence inside another is text, not a fence."""
    found: list[_Fence] = []
    opened: tuple[int, re.Match[str]] | None = None
    for number, line in enumerate(lines, start=1):
        match = _FENCE.match(line)
        if opened is None:
            if match:
                opened = (number, match)
            continue
        start, head = opened
        ticks = head["ticks"]
        closing = line.strip(" \t>")
        if closing and set(closing) == {ticks[0]} and len(closing) >= len(ticks):
            body = "\n".join(lines[start : number - 1])
            found.append(_Fence(start, number, head["indent"], ticks, head["info"], body))
            opened = None
    if opened:
        source.problems.append(
            Problem(source.path, opened[0], "this fence is never closed: end it with a line of ```")
        )
    return found


def _check_fence(fence: _Fence, first: bool, source: Source) -> None:
    def refuse(text: str) -> None:
        source.problems.append(Problem(source.path, fence.line, text))

    words = fence.info.split()
    start = "python" if first else "python continuation"
    if fence.indent:
        refuse(
            "an indented or quoted Python fence (in an admonition, a tab, a list) is neither "
            "executed nor tested: move it to the left margin"
        )
    elif fence.ticks != "```" or not words or words[0] != "python":
        refuse(f"`{fence.ticks}{fence.info}` would not be executed and tested: write ```{start}")
    elif first and "continuation" in words:
        refuse("the first Python fence of a page continues nothing: write ```python")
    elif not first and words[1:2] != ["continuation"]:
        refuse(
            "this fence would be tested without the ones before it: write ```python continuation"
        )
    elif unknown := [word for word in words[1 if first else 2 :] if word not in FLAGS]:
        refuse(
            f"`{' '.join(unknown)}` is not known here: only {' and '.join(sorted(FLAGS))} may follow"
        )
    elif not fence.body.strip():
        refuse("an empty cell: write code into it, or remove it")


def _check_tools_agree(text: str, notebook: NotebookNode, source: Source) -> None:
    """What we read must be what jupytext executes and what pytest-markdown-docs tests."""
    executed = [cell.source.strip("\n") for cell in notebook.cells if cell.cell_type == "code"]
    tested = [
        token.map[0] + 2
        for token in MarkdownIt().parse(text)
        if token.type == "fence" and token.map and token.info.split()[:1] == ["python"]
    ]
    for number, cell in enumerate(source.cells):
        problem = None
        if number >= len(executed) or executed[number] != cell.code.strip("\n"):
            problem = "would not be executed as written"
        elif number >= len(tested) or tested[number] != cell.line:
            problem = "would not be tested"
        if problem:
            text = f"this fence {problem}: move it out of the markup around it"
            source.problems.append(Problem(source.path, cell.line - 1, text))
            return
    if len(executed) > len(source.cells) or len(tested) > len(source.cells):
        text = "a fence inside other markup would run unseen: move it to the left margin"
        source.problems.append(Problem(source.path, 1, text))


def _read_claims(
    lines: list[str], fences: list[_Fence], python: list[_Fence], source: Source
) -> None:
    inside = {number for fence in fences for number in range(fence.line, fence.end + 1)}
    starts = {fence.line: cell for fence, cell in zip(python, source.cells, strict=True)}
    for number, line in enumerate(lines, start=1):
        match = _CLAIM.match(line)
        if match and number not in inside:
            _read_claim(number, match, lines, starts, source)


def _read_claim(
    number: int, match: re.Match[str], lines: list[str], starts: dict[int, Cell], source: Source
) -> None:
    def refuse(text: str, line: int = number) -> None:
        source.problems.append(Problem(source.path, line, text))

    title = _TITLE.match(match["rest"])
    if match["indent"]:
        return refuse("an indented claim is not read: move it to the left margin")
    if not title or not _NAME.fullmatch(title["name"]):
        return refuse(
            'a claim is written `!!! claim "name: statement"`, the name in small letters, digits '
            "and hyphens, and no other double quote in the line"
        )
    if not title["statement"].strip():
        return refuse(f"the claim {title['name']} states nothing: write a sentence after the colon")
    end = number
    while end < len(lines) and (not lines[end].strip() or lines[end].startswith("    ")):
        end += 1
    body = "\n".join(line[4:] for line in lines[number:end]).strip()
    paragraphs = re.split(r"\n\s*\n", body) if body else []
    scope = DEFAULT_SCOPE
    if paragraphs and (stated := _SCOPE.match(paragraphs[-1])):
        scope = " ".join(stated["scope"].split())
        paragraphs.pop()
    claim = Claim(
        title["name"], title["statement"].strip(), "\n\n".join(paragraphs), scope, number, end
    )
    source.claims.append(claim)
    cell = starts.get(end + 1)
    if cell is None:
        return refuse(
            f"the claim {claim.name} has no proof: a ```python continuation fence must follow it "
            "directly"
        )
    cell.claim = claim
    if not _asserts(cell.code):
        refuse(
            f"the proof of {claim.name} cannot fail: it needs an `assert`, a "
            "`torch.testing.assert_close` or an `expect_error`",
            cell.line,
        )
    return None


def _asserts(code: str) -> bool:
    try:
        nodes = list(ast.walk(ast.parse(code)))
    except SyntaxError:
        return True  # the execution reports it, with the line
    for node in nodes:
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call):
            called = (
                node.func.attr
                if isinstance(node.func, ast.Attribute)
                else getattr(node.func, "id", "")
            )
            if called in ("assert_close", "expect_error"):
                return True
    return False


def repeated_names(sources: list[Source]) -> list[Problem]:
    """A problem for every claim whose name an earlier claim of the site has already."""
    seen: dict[str, str] = {}
    problems = []
    for source in sources:
        for claim in source.claims:
            if claim.name in seen:
                text = f"the claim name {claim.name} is taken by {seen[claim.name]}: choose another"
                problems.append(Problem(source.path, claim.first_line, text))
            else:
                seen[claim.name] = f"{source.path}:{claim.first_line}"
    return problems
