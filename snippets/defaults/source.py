"""Torch's own source: a line of it, its files, and the definitions of its classes."""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import torch
from torch import nn

ROOT = Path(torch.__file__).parent.parent
TREE = f"https://github.com/pytorch/pytorch/blob/v{torch.__version__.partition('+')[0]}"
"""The source of the installed version: its tag on GitHub."""


@dataclass(frozen=True)
class Source:
    """A line of torch's source, as in a traceback; `file` starts at torch/."""

    file: str
    line: int
    function: str

    @property
    def url(self) -> str:
        """The line on GitHub, on the tag of the installed version."""
        return f"{TREE}/{self.file}#L{self.line}"


@dataclass(frozen=True)
class Text:
    """A Python file: its path from torch/ on, its lines, and what they parse to."""

    file: str
    lines: tuple[str, ...]
    tree: ast.Module


@cache
def _text(path: str) -> Text:
    text, file = Path(path).read_text(encoding="utf-8"), Path(path)
    relative = file.relative_to(ROOT).as_posix() if file.is_relative_to(ROOT) else file.name
    return Text(relative, tuple(text.splitlines()), ast.parse(text))


def class_source(kind: type[nn.Module]) -> Text:
    """The file that defines a class."""
    return _text(inspect.getfile(kind))


def class_node(kind: type[nn.Module]) -> ast.ClassDef:
    """The definition of a class, read once a file (`inspect.getsource` would read it every time)."""
    nodes = (node for node in ast.walk(class_source(kind).tree) if isinstance(node, ast.ClassDef))
    return next(node for node in nodes if node.name == kind.__name__)
