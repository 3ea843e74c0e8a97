"""What the operators ask of a proof's syntax tree, and how they change it."""

from __future__ import annotations

import ast
import copy

from tests.mutants.proofs.expectations import DRAWN, GUARDS, called

CONTROL = (1.05, 0.95)
"""The factors of negative controls."""
ALLOWANCE = 1e-5


def replaced(tree: ast.Module, node: ast.expr, new: ast.expr) -> ast.Module:
    place = next(n for n, other in enumerate(ast.walk(tree)) if other is node)
    changed = copy.deepcopy(tree)
    old = next(other for n, other in enumerate(ast.walk(changed)) if n == place)

    class Swap(ast.NodeTransformer):
        def visit(self, inner: ast.AST) -> ast.AST:
            return copy.deepcopy(new) if inner is old else self.generic_visit(inner)

    return ast.fix_missing_locations(Swap().visit(changed))


def expression(code: str, **parts: ast.expr) -> ast.expr:
    """`code` with the names of `parts` replaced by them."""

    class Fill(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            known = isinstance(node, ast.Name) and node.id in parts
            return parts[node.id] if known else self.generic_visit(node)  # type: ignore[attr-defined]

    return Fill().visit(ast.parse(code, mode="eval").body)  # type: ignore[return-value]


def within(node: ast.expr, old: ast.expr, new: ast.expr) -> ast.expr:
    module = ast.Module([ast.Expr(node)], [])
    statement = replaced(module, old, new).body[0]
    assert isinstance(statement, ast.Expr)
    return statement.value


def swapped(node: ast.BoolOp) -> ast.expr:
    return ast.BoolOp(ast.And() if isinstance(node.op, ast.Or) else ast.Or(), node.values)


def is_guard(node: ast.expr) -> bool:
    names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
    return bool(names) and names <= GUARDS


def is_control(node: ast.Call) -> bool:
    """A measurement against a distribution that is 5 % off on purpose."""
    inside = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
    return called(node) in DRAWN and any(value in CONTROL for value in inside)


def without_control(node: ast.Call) -> ast.expr:
    class Even(ast.NodeTransformer):
        def visit_Constant(self, inner: ast.Constant) -> ast.Constant:
            return ast.Constant(1.0) if inner.value in CONTROL else inner

    even = Even().visit(copy.deepcopy(node))
    assert isinstance(even, ast.expr)
    return even


def is_each(node: ast.expr, positive: bool) -> bool:
    """`all(… for …)` that must hold, `any(… for …)` that must not: its condition holds for each."""
    return (
        isinstance(node, ast.Call)
        and called(node) == ("all" if positive else "any")
        and len(node.args) == 1
        and isinstance(node.args[0], (ast.GeneratorExp, ast.ListComp))
    )


def is_allowance(node: ast.expr) -> bool:
    value = node.value if isinstance(node, ast.Constant) else None
    return isinstance(value, float) and value <= ALLOWANCE


def subtracted(node: ast.expr) -> ast.expr | None:
    """The b of `abs(a - b)` or `(a - b).abs().max()`."""
    distance = False
    while isinstance(node, ast.Call):
        distance |= called(node) == "abs"
        if isinstance(node.func, ast.Attribute):
            node = node.func.value
        elif called(node) == "abs":
            node = node.args[0]
        else:
            break
    is_difference = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub)
    return node.right if distance and is_difference else None  # type: ignore[attr-defined]
