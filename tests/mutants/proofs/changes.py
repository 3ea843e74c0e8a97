"""Walk over what a proof checks, and say what becomes of each part of it; `operators.py` says why."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator

from tests.mutants.proofs.expectations import CLOSE, DRAWN, TRANSPARENT, called, expectations
from tests.mutants.proofs.trees import (
    CONTROL,
    expression,
    is_allowance,
    is_control,
    is_each,
    is_guard,
    subtracted,
    swapped,
    within,
    without_control,
)

OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.Is: ast.IsNot,
}
OPPOSITE |= {second: first for first, second in OPPOSITE.items()}
ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
TINY = 1e-38
"""Below it are float32's subnormal numbers, where 5 % more can be the same number."""
Change = tuple[ast.expr, list[ast.expr]]
"""A part of the proof, and what stands in its place in each variant."""


class Finder:
    """Walks over what a proof checks; every method yields nodes with what replaces them."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree

    def changes(self) -> Iterator[Change]:
        """Every change, each once: comparisons by their operators, other parts as a whole."""
        seen: set[int] = set()
        for node, new in self._all():
            key = id(node)
            if not isinstance(node, ast.Compare):
                if key in seen:
                    continue
                seen.add(key)
            yield node, new

    def _all(self) -> Iterator[Change]:
        inside: set[int] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Assert):
                yield from self.condition(node.test, True)
            elif isinstance(node, ast.Call) and called(node) == "expect_error":
                yield node, [expression("expect_error(ZeroDivisionError)")]
            elif isinstance(node, ast.Call) and is_control(node):
                yield node, [without_control(node)]
                inside |= {id(part) for part in ast.walk(node)}
            elif isinstance(node, ast.Call) and called(node) in ("assert_close", *DRAWN):
                yield from self.value(node)
            elif (
                isinstance(node, ast.Constant) and node.value in CONTROL and id(node) not in inside
            ):
                yield node, [ast.Constant(1.0)]
        for values in expectations(self.tree).values():
            for value in values:
                yield from self.value(value, bound=True)

    def condition(self, node: ast.expr, positive: bool) -> Iterator[Change]:
        """A condition that must hold (`positive`) or must not."""
        if isinstance(node, ast.BoolOp):
            if isinstance(node.op, ast.Or) == positive:
                yield node, [swapped(node)]
            for part in node.values:
                if not is_guard(part):
                    yield from self.condition(part, positive)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield from self.condition(node.operand, not positive)
        elif isinstance(node, ast.IfExp):
            yield from self.value(node.test)
            yield from self.condition(node.body, positive)
            yield from self.condition(node.orelse, positive)
        elif isinstance(node, ast.Compare):
            yield from self.compare(node)
        elif is_each(node, positive):
            yield from self.condition(node.args[0].elt, positive)  # type: ignore[attr-defined]
        else:
            yield node, [expression("not x", x=node)]
            if positive or not (isinstance(node, ast.Call) and called(node) in CLOSE):
                yield from self.value(node)

    def compare(self, node: ast.Compare) -> Iterator[Change]:
        """A comparison: its operators, and what is literal on its sides."""
        for n, op in enumerate(node.ops):
            opposite = copy.deepcopy(node)
            opposite.ops[n] = OPPOSITE[type(op)]()
            yield node, [opposite]
        sides = [node.left, *node.comparators]
        around = [node.ops[max(n - 1, 0) : n + 1] for n in range(len(sides))]
        expected = [subtracted(side) for side in sides]
        if any(isinstance(op, ORDER) for op in node.ops) and any(expected):
            for right in filter(None, expected):
                for factor in CONTROL:
                    off = expression(f"__off__(x, {factor})", x=right)
                    yield node, [within(node, right, off)]
            return
        for side, ops in zip(sides, around, strict=True):
            order = all(isinstance(op, ORDER) for op in ops)
            absent = all(isinstance(op, ast.NotIn) for op in ops)
            yield from self.value(side, order, texts=not absent)

    def value(
        self, node: ast.AST, order: bool = False, texts: bool = True, bound: bool = False
    ) -> Iterator[Change]:
        """A value to compare with: what is literal in it. `bound`: what is beside it is not known."""

        def inner(*nodes: ast.AST) -> Iterator[Change]:
            for other in nodes:
                yield from self.value(other, order, texts, bound)

        if isinstance(node, ast.Constant):
            if new := other_values(node.value, order, texts, bound):
                yield node, [ast.Constant(value) for value in new]
        elif isinstance(node, ast.Compare):
            yield from self.compare(node)
        elif isinstance(node, ast.BoolOp):
            yield node, [swapped(node)]
            yield from inner(*node.values)
        elif isinstance(node, ast.Call):
            name = called(node)
            if is_control(node):
                return
            if name in CLOSE or name in DRAWN:
                help_ = "__close__" if name in CLOSE else "__wider__"
                by = (1.05,) if name in CLOSE else (1.05, 1 / 1.05)
                calls = []
                for factor in by:
                    call = copy.deepcopy(node)
                    call.func = expression(f"{help_}(f, {factor:.6g})", f=node.func)
                    calls.append(call)
                yield node, calls
            elif name == "says" and isinstance(node.args[1], ast.Constant):
                yield from inner(node.args[1])
            elif name in TRANSPARENT:
                yield from inner(*node.args)
            if isinstance(node.func, ast.Attribute):
                yield from inner(node.func.value)
        elif isinstance(node, ast.BinOp):
            yield from inner(node.left)
            if not (isinstance(node.op, ast.Add) and is_allowance(node.right)):
                yield from inner(node.right)
        elif isinstance(node, ast.Dict) and bound:
            yield from inner(*node.values)  # its keys are labels
        elif isinstance(node, (ast.Subscript, ast.FormattedValue)):
            yield from inner(node.value)
        elif not isinstance(node, (ast.Lambda, ast.Name, ast.NamedExpr, ast.Attribute)):
            yield from inner(*ast.iter_child_nodes(node))
        elif isinstance(node, ast.Attribute):
            yield from inner(node.value)


def other_values(value: object, order: bool, texts: bool, bound: bool) -> list[object]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, str):
        return ["≠".join(f"{value} ")] if texts and value.strip() else []
    if not isinstance(value, (int, float)):
        return []
    if value in CONTROL:
        return [1.0]
    scaled: list[object] = [value * 10, value / 10]
    if order:
        return scaled if value else []
    other = value + 1 if isinstance(value, int) or not value else value * 1.05
    if 0 < value < TINY:
        other = value * 2
    return [other, *scaled] if bound and value else [other]
