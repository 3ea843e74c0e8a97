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
from dataclasses import dataclass

from tests.mutants.proofs.changes import Finder
from tests.mutants.proofs.trees import replaced


@dataclass(frozen=True)
class Change:
    """One change of a proof. It is noticed when one of its variants fails."""

    line: int
    text: str
    variants: tuple[ast.Module, ...]


def changes(code: str) -> list[Change]:
    """All changes of a proof, in the order of its lines; their texts differ."""
    tree = ast.parse(code)
    lines = code.splitlines()
    found: list[Change] = []
    seen: dict[str, int] = {}
    for node, new in Finder(tree).changes():
        line = lines[node.lineno - 1].strip()
        if isinstance(node, ast.Compare):
            now = ast.unparse(new[0])
            text = f"{line} | now {now}"
        else:
            text = f"{line} | {ast.unparse(node)} → {' or '.join(map(ast.unparse, new))}"
        seen[text] = seen.get(text, 0) + 1
        text += f" | {seen[text]}" if seen[text] > 1 else ""
        variants = tuple(replaced(tree, node, other) for other in new)
        found.append(Change(node.lineno, text, variants))
    return sorted(found, key=lambda change: change.line)
