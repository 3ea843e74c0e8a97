"""What a page's source holds: its cells and claims with their lines, and the reasons to refuse it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the cells run where there is no nbformat, too: other torches, other processors
    from nbformat import NotebookNode


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


@dataclass(frozen=True)
class Moved:
    """An anchor that a page had once, the page (as in `linear.md`) and the anchor where its content is now."""

    old: str
    page: str
    anchor: str
    line: int


@dataclass
class Source:
    """One page as written: path relative to the docs folder, and what it holds."""

    path: str
    title: str = ""
    url: str = ""
    lines: list[str] = field(default_factory=list)
    notebook: NotebookNode | None = None  # its cells and its prose; None when it runs no code
    cells: list[Cell] = field(default_factory=list)
    texts: list[tuple[int, int]] = field(
        default_factory=list
    )  # first and last lines of other fences
    claims: list[Claim] = field(default_factory=list)
    moved: list[Moved] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, line: int, text: str) -> None:
        """Note why the page must be refused, at a line from 1."""
        self.problems.append(Problem(self.path, line, text))

    @property
    def stem(self) -> str:
        """The name of the page's files, as in `linear` for linear/linear.ipynb."""
        return PurePosixPath(self.path).stem
