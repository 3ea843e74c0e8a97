"""Which cells of a page a proof needs: those that give it its names, and what those need in turn."""

from __future__ import annotations

import ast
import functools

from hooks.read.source import Source

Line = int
SCOPES = (ast.FunctionDef, ast.ClassDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp)
SCOPES += (ast.GeneratorExp,)
"""What keeps the names that it binds to itself."""


def needed(page: Source, number: int) -> set[int]:
    """The cell `number`, and the last cells before it that bind the names which it and they use.

    Read from the code alone: a cell that changes an object in place is not seen. So the tests run
    each proof on what this returns, without an attack, to see that nothing is missing.
    """
    wanted, names = {number}, set(_names(page.cells[number].code)[0])
    for earlier in range(number - 1, -1, -1):
        uses, binds = _names(page.cells[earlier].code)
        if binds & names:
            wanted.add(earlier)
            names = names - binds | uses
    return wanted


@functools.cache
def _names(code: str) -> tuple[frozenset[str], frozenset[str]]:
    """The names that a piece of code takes from elsewhere, and those that it binds for others."""
    read: dict[str, Line] = {}
    bound: dict[str, Line] = {}
    _walk(ast.parse(code), read, bound, 0)
    uses = {name for name, line in read.items() if name not in bound or line <= bound[name]}
    return frozenset(uses), frozenset(bound)


def _walk(node: ast.AST, read: dict[str, Line], bound: dict[str, Line], now: Line) -> None:
    """Note the first line where each name is read and bound; a value is read before it is bound."""
    if isinstance(node, ast.stmt):
        now = node.lineno  # what a statement binds, its own lines have read before
    if isinstance(node, ast.Name):
        book = read if isinstance(node.ctx, ast.Load) else bound
        book[node.id] = min(now, book.get(node.id, now))
    elif isinstance(node, ast.FunctionDef | ast.ClassDef):
        bound.setdefault(node.name, now)
    elif isinstance(node, ast.Import | ast.ImportFrom):
        for alias in node.names:
            bound.setdefault(alias.asname or alias.name.partition(".")[0], now)
    if isinstance(node, SCOPES):
        inner: dict[str, Line] = {
            arg.arg: now for arg in ast.walk(node) if isinstance(arg, ast.arg)
        }
        found: dict[str, Line] = {}
        for child in ast.iter_child_nodes(node):
            _walk(child, found, inner, now)
        for name in found.keys() - inner.keys():
            read[name] = min(now, read.get(name, now))
    else:
        for child in ast.iter_child_nodes(node):
            _walk(child, read, bound, now)
