"""A row of the table of defaults: what one parameter or buffer is stated to start as, and what was drawn."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

from snippets.defaults.cases import MORE
from snippets.defaults.docstrings import Verdict
from snippets.defaults.laws import Law, Uninitialized
from snippets.defaults.sample import Sample
from snippets.defaults.source import Source


@dataclass(frozen=True, repr=False)
class Row:
    """One parameter or buffer of one layer: what it is stated to start as, and what was drawn.

    `shape` is None before a lazy layer's first batch; `p` and `control` are None where nothing can
    be tested, `control` also where nothing has a scale.
    """

    module: str
    args: str
    parameter: str
    kind: str
    shape: tuple[int, ...] | None
    law: Law
    source: Source
    docstring: Verdict
    sample: Sample
    p: float | None
    control: float | None

    @property
    def shown(self) -> bool:
        """Whether the page shows it; programs get every row."""
        return self.args not in MORE.get(self.module, ())

    def __repr__(self) -> str:
        return f"nn.{self.module}({self.args}).{self.parameter}"

    def holds(self, level: float) -> bool:
        """Whether the test accepts the law and, where there is a scale, refuses one 5 % off."""
        accepted = self.p is None or self.p > level
        return accepted and (self.control is None or self.control < level)

    def json(self) -> dict[str, Any]:
        """The row for programs, in the form that the page documents."""
        source = {"file": self.source.file, "line": self.source.line}
        n = prod(self.shape or ()) if isinstance(self.law, Uninitialized) else self.sample.n
        return {
            "module": self.module,
            "args": self.args,
            "parameter": self.parameter,
            "kind": self.kind,
            "shape": None if self.shape is None else list(self.shape),
            "distribution": self.law.json(),
            "formula": self.law.formula,
            "source": source | {"function": self.source.function},
            "docstring": self.docstring.text,
            "test": {"n": n, "p_value": self.p, "control_p_value": self.control},
        }
