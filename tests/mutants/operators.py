"""The mutants of a proof: what is changed in it, how, and why so.

Changed is what the proof checks: the conditions of its `assert`s, the arguments of `assert_close`, the kind
of an `expect_error`, and the values of names that hold expectations (see `expectations.py`). Not
changed are its inputs: seeds, sizes and shapes of examples, arguments of the layers and functions under
test, indices and slices, prints; nor `rtol` and `atol`, for a looser tolerance can never fail.

* A comparison becomes its opposite (`==` `!=`, `<` `>=`, `in` `not in`, `is` `is not`); so does a bare
  condition (`torch.equal(…)`, `p.is_leaf`, what stands under `all` or `not`). This finds checks that never run.
* `or` becomes `and`; the other way round where the value is compared (what satisfies `and` satisfies `or`).
* An integer n becomes n + 1, a float 1.05 times as large (a subnormal one twice), a text another, True False.
* A literal bound (beside `<` or `>`) becomes ten times as large, or a tenth; one of the two must fail. This
  finds bounds that are ten times too loose. So does the literal value of a name, beside n + 1.
* `abs(a - b) < tolerance`: b is 5 % up, and 5 % down. `assert_close`, `allclose`, `isclose`: the expected side
  is 5 % up, where closeness is asserted. This finds tolerances that let 5 % pass.
* `uniform_p`, `normal_p`, `drawn_from`: the distribution is 5 % wider, or narrower; one of the two must fail.
  In a negative control the factor 1.05 or 0.95 becomes 1 instead.
* `expect_error(X)` expects another error.

Left alone besides: a 0 beside `<` or `>` (the opposite checks the sign), a text under `not in`, a literal of at
most 1e-5 that is added to a bound (an allowance for rounding), and the guards that ask for the platform.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass

from tests.mutants.expectations import CLOSE, DRAWN, GUARDS, TRANSPARENT, called, expectations

OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.Is: ast.IsNot,
}
OPPOSITE |= {second: first for first, second in OPPOSITE.items()}
ORDER = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
CONTROL = (1.05, 0.95)
ALLOWANCE = 1e-5
TINY = 1e-38
"""Below it are float32's subnormal numbers, where 5 % more can be the same number."""


@dataclass(frozen=True)
class Mutant:
    """One change of a proof. It is noticed when one of its variants fails."""

    line: int
    text: str
    variants: tuple[ast.Module, ...]


def mutants(code: str) -> list[Mutant]:
    """All mutants of a proof, in the order of its lines; their texts differ."""
    tree = ast.parse(code)
    lines = code.splitlines()
    found: list[Mutant] = []
    seen: dict[str, int] = {}
    for node, new in _Finder(tree).changes():
        line = lines[node.lineno - 1].strip()
        if isinstance(node, ast.Compare):
            now = ast.unparse(new[0])
            text = f"{line} | now {now}"
        else:
            text = f"{line} | {ast.unparse(node)} → {' or '.join(map(ast.unparse, new))}"
        seen[text] = seen.get(text, 0) + 1
        text += f" | {seen[text]}" if seen[text] > 1 else ""
        variants = tuple(_replaced(tree, node, other) for other in new)
        found.append(Mutant(node.lineno, text, variants))
    return sorted(found, key=lambda mutant: mutant.line)


def _replaced(tree: ast.Module, node: ast.expr, new: ast.expr) -> ast.Module:
    place = next(n for n, other in enumerate(ast.walk(tree)) if other is node)
    changed = copy.deepcopy(tree)
    old = next(other for n, other in enumerate(ast.walk(changed)) if n == place)

    class Swap(ast.NodeTransformer):
        def visit(self, inner: ast.AST) -> ast.AST:
            return copy.deepcopy(new) if inner is old else self.generic_visit(inner)

    return ast.fix_missing_locations(Swap().visit(changed))


Change = tuple[ast.expr, list[ast.expr]]


def _expression(code: str, **parts: ast.expr) -> ast.expr:
    """`code` with the names of `parts` replaced by them."""

    class Fill(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> ast.AST:
            known = isinstance(node, ast.Name) and node.id in parts
            return parts[node.id] if known else self.generic_visit(node)  # type: ignore[attr-defined]

    return Fill().visit(ast.parse(code, mode="eval").body)  # type: ignore[return-value]


class _Finder:
    """Walks over what a proof checks; every method yields nodes with what replaces them."""

    def __init__(self, tree: ast.Module) -> None:
        self.tree = tree

    def changes(self) -> Iterator[Change]:
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
                yield node, [_expression("expect_error(ZeroDivisionError)")]
            elif isinstance(node, ast.Call) and _is_control(node):
                yield node, [_without_control(node)]
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
                yield node, [_swapped(node)]
            for part in node.values:
                if not _is_guard(part):
                    yield from self.condition(part, positive)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield from self.condition(node.operand, not positive)
        elif isinstance(node, ast.IfExp):
            yield from self.value(node.test)
            yield from self.condition(node.body, positive)
            yield from self.condition(node.orelse, positive)
        elif isinstance(node, ast.Compare):
            yield from self.compare(node)
        elif _is_each(node, positive):
            yield from self.condition(node.args[0].elt, positive)  # type: ignore[attr-defined]
        else:
            yield node, [_expression("not x", x=node)]
            if positive or not (isinstance(node, ast.Call) and called(node) in CLOSE):
                yield from self.value(node)

    def compare(self, node: ast.Compare) -> Iterator[Change]:
        for n, op in enumerate(node.ops):
            opposite = copy.deepcopy(node)
            opposite.ops[n] = OPPOSITE[type(op)]()
            yield node, [opposite]
        sides = [node.left, *node.comparators]
        around = [node.ops[max(n - 1, 0) : n + 1] for n in range(len(sides))]
        expected = [_subtracted(side) for side in sides]
        if any(isinstance(op, ORDER) for op in node.ops) and any(expected):
            for right in filter(None, expected):
                for factor in CONTROL:
                    off = _expression(f"__off__(x, {factor})", x=right)
                    yield node, [_inner(node, right, off)]
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
            if new := _other(node.value, order, texts, bound):
                yield node, [ast.Constant(value) for value in new]
        elif isinstance(node, ast.Compare):
            yield from self.compare(node)
        elif isinstance(node, ast.BoolOp):
            yield node, [_swapped(node)]
            yield from inner(*node.values)
        elif isinstance(node, ast.Call):
            name = called(node)
            if _is_control(node):
                return
            if name in CLOSE or name in DRAWN:
                help_ = "__close__" if name in CLOSE else "__wider__"
                by = (1.05,) if name in CLOSE else (1.05, 1 / 1.05)
                calls = []
                for factor in by:
                    call = copy.deepcopy(node)
                    call.func = _expression(f"{help_}(f, {factor:.6g})", f=node.func)
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
            if not (isinstance(node.op, ast.Add) and _is_allowance(node.right)):
                yield from inner(node.right)
        elif isinstance(node, ast.Dict) and bound:
            yield from inner(*node.values)  # its keys are labels
        elif isinstance(node, (ast.Subscript, ast.FormattedValue)):
            yield from inner(node.value)
        elif not isinstance(node, (ast.Lambda, ast.Name, ast.NamedExpr, ast.Attribute)):
            yield from inner(*ast.iter_child_nodes(node))
        elif isinstance(node, ast.Attribute):
            yield from inner(node.value)


def _other(value: object, order: bool, texts: bool, bound: bool) -> list[object]:
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


def _swapped(node: ast.BoolOp) -> ast.expr:
    return ast.BoolOp(ast.And() if isinstance(node.op, ast.Or) else ast.Or(), node.values)


def _is_guard(node: ast.expr) -> bool:
    names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
    return bool(names) and names <= GUARDS


def _is_control(node: ast.Call) -> bool:
    """A measurement against a distribution that is 5 % off on purpose."""
    inside = [part.value for part in ast.walk(node) if isinstance(part, ast.Constant)]
    return called(node) in DRAWN and any(value in CONTROL for value in inside)


def _without_control(node: ast.Call) -> ast.expr:
    class Even(ast.NodeTransformer):
        def visit_Constant(self, inner: ast.Constant) -> ast.Constant:
            return ast.Constant(1.0) if inner.value in CONTROL else inner

    even = Even().visit(copy.deepcopy(node))
    assert isinstance(even, ast.expr)
    return even


def _is_each(node: ast.expr, positive: bool) -> bool:
    """`all(… for …)` that must hold, `any(… for …)` that must not: its condition holds for each."""
    return (
        isinstance(node, ast.Call)
        and called(node) == ("all" if positive else "any")
        and len(node.args) == 1
        and isinstance(node.args[0], (ast.GeneratorExp, ast.ListComp))
    )


def _is_allowance(node: ast.expr) -> bool:
    value = node.value if isinstance(node, ast.Constant) else None
    return isinstance(value, float) and value <= ALLOWANCE


def _subtracted(node: ast.expr) -> ast.expr | None:
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


def _inner(node: ast.expr, old: ast.expr, new: ast.expr) -> ast.expr:
    module = ast.Module([ast.Expr(node)], [])
    statement = _replaced(module, old, new).body[0]
    assert isinstance(statement, ast.Expr)
    return statement.value
