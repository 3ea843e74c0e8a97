"""Which names of a proof hold what it expects: those that nothing but its assertions and prints reads."""

from __future__ import annotations

import ast
from collections.abc import Iterator

CLOSE = ("assert_close", "allclose", "isclose")
DRAWN = ("uniform_p", "normal_p", "drawn_from")
TRANSPARENT = {
    "abs",
    "all",
    "any",
    "bits",
    "dict",
    "equal",
    "float",
    "int",
    "len",
    "list",
    "max",
    "min",
}
TRANSPARENT |= {
    "patterns",
    "set",
    "sorted",
    "startswith",
    "str",
    "sum",
    "tensor",
    "tuple",
    "type",
    "zip",
}
"""Calls whose arguments are values to compare with, not inputs of what is tested."""
GUARDS = {"glibc", "x86"}
"""Names that say whether the platform is one for which a claim is made."""
Bound = list[ast.expr]
"""What a name can be bound to in a cell: the values of its assignments and of the literals it loops over."""


def called(node: ast.Call) -> str:
    """The last part of the name of what is called."""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def checks(tree: ast.Module) -> Iterator[ast.expr]:
    """What the cell checks: the tests of its asserts, and its calls that compare or measure."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            yield node.test
        elif isinstance(node, ast.Call) and called(node) in (*CLOSE, *DRAWN):
            yield node


def expectations(tree: ast.Module) -> dict[str, Bound]:
    """Name -> what it is bound to, for the names that checks read and nothing else but prints.

    A name that is handed to a function under test, or chooses what is looked at, is an input of the
    proof (a layer's sizes, a seed): it is not in here.
    """
    bound = {name: values for name, values in _bindings(tree).items() if name not in GUARDS}
    reads = {
        id(node): node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in bound
    }
    free = {id(node) for call in _prints(tree) for node in ast.walk(call)} | _looped(tree)
    found = set(bound)
    while True:
        roots = [*checks(tree), *(value for name in found for value in bound[name])]
        plain = {id(node) for root in roots for node in _plain(root)}
        fed = {name for node, name in reads.items() if node not in plain | free}
        if not found & fed:
            break
        found -= fed
    checked = {node.id for root in checks(tree) for node in _names(root)} & found
    while (
        more := {node.id for name in checked for value in bound[name] for node in _names(value)}
        & found - checked
    ):
        checked |= more
    return {name: bound[name] for name in sorted(checked)}


def _names(root: ast.AST) -> Iterator[ast.Name]:
    return (node for node in ast.walk(root) if isinstance(node, ast.Name))


def _plain(node: ast.AST) -> Iterator[ast.Name]:
    """The names in an expression, but for those that a call gets as input, and for indices."""
    if isinstance(node, ast.Name):
        yield node
    elif isinstance(node, ast.Call):
        yield from _plain(node.func)
        if called(node) in TRANSPARENT | {*CLOSE, *DRAWN}:
            for part in node.args[:1] if called(node) == "drawn_from" else node.args:
                yield from _plain(part)
    elif isinstance(node, ast.Subscript):
        yield from _plain(node.value)
    elif not isinstance(node, ast.Lambda):
        for part in ast.iter_child_nodes(node):
            yield from _plain(part)


def _prints(tree: ast.Module) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node) == "print":
            yield node


def _looped(tree: ast.Module) -> set[int]:
    """The reads `for … in name` and `for … in name.items()`: there the parts count, not the whole."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.For):
            whole = node.iter
            if isinstance(whole, ast.Call) and isinstance(whole.func, ast.Attribute):
                whole = whole.func.value
            found.add(id(whole))
    return found


def _bindings(tree: ast.Module) -> dict[str, Bound]:
    bound: dict[str, Bound] = {}
    whole = {
        node.targets[0].id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                _bind(target, node.value, bound)
        elif isinstance(node, ast.For):
            for item in _items(node.iter, whole):
                _bind(node.target, item, bound)
    for node in ast.walk(tree):
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            bound.pop(node.target.id, None)  # a count, not an expectation
    return bound


def _bind(target: ast.expr, value: ast.expr, bound: dict[str, Bound]) -> None:
    if isinstance(target, ast.Name):
        bound.setdefault(target.id, []).append(value)
    elif isinstance(target, ast.Subscript):
        _bind(target.value, value, bound)
    elif isinstance(target, ast.Tuple):
        if isinstance(value, ast.IfExp):
            _bind(target, value.body, bound)
            _bind(target, value.orelse, bound)
        elif isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts):
            for part, inner in zip(target.elts, value.elts, strict=True):
                _bind(part, inner, bound)


def _items(node: ast.expr, whole: dict[str, ast.expr]) -> list[ast.expr]:
    """What a loop over a literal meets: the elements of a tuple or list, the pairs of a dict's items."""
    if isinstance(node, ast.Name) and node.id in whole:
        return _items(whole[node.id], {})
    if isinstance(node, (ast.Tuple, ast.List)):
        return node.elts
    if isinstance(node, ast.Call) and called(node) == "items":
        owner = node.func.value if isinstance(node.func, ast.Attribute) else node
        owner = whole.get(owner.id, owner) if isinstance(owner, ast.Name) else owner
        if isinstance(owner, ast.Dict) and all(owner.keys):
            pairs = zip(owner.keys, owner.values, strict=True)
            return [ast.Tuple([key, value], ast.Load()) for key, value in pairs if key]
    return []
