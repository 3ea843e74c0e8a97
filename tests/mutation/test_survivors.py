"""A survivor is explained by its own reason only, and a reason that explains nothing is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mutation.mutant import Mutant
from tests.mutation.survivors import FILE, Reasons, read

TEXT = """
[[rules]]
reason = "Capitals are the same."
pattern = 'encoding="UTF-8"'

[[survivors]]
module = "snippets/a.py"
reason = "Never asked."
changes = ["f: 1 → 2", "f: 2 → 3"]
"""


@pytest.fixture
def reasons(tmp_path: Path) -> Reasons:
    (tmp_path / "some.toml").write_text(TEXT, encoding="utf-8")
    return read(tmp_path / "some.toml")


def test_a_reason_explains_its_own_mutant(reasons: Reasons) -> None:
    assert reasons.explain(Mutant("snippets/a.py", "f: 1 → 2", "survived"))
    assert not reasons.explain(Mutant("snippets/b.py", "f: 1 → 2", "survived"))
    assert not reasons.explain(Mutant("snippets/a.py", "f: 1 → 3", "survived"))
    rule = Mutant("hooks/c.py", 'g: encoding="utf-8" → encoding="UTF-8"', "survived")
    assert reasons.explain(rule)


def test_a_reason_that_explains_nothing_is_stale(reasons: Reasons) -> None:
    ran = [
        Mutant("snippets/a.py", "f: 1 → 2", "survived"),
        Mutant("snippets/a.py", "f: 2 → 3", "killed"),
    ]
    assert reasons.stale(ran, everything=False) == ["snippets/a.py: f: 2 → 3"]
    assert reasons.stale(ran, everything=True) == [
        "snippets/a.py: f: 2 → 3",
        'rule encoding="UTF-8"',
    ]
    late = [ran[0], Mutant("snippets/a.py", "f: 2 → 3", "timeout")]
    assert reasons.stale(late, everything=False) == []


def test_a_module_that_did_not_run_is_not_judged_until_all_ran(reasons: Reasons) -> None:
    other = [Mutant("hooks/c.py", 'g: encoding="utf-8" → encoding="UTF-8"', "survived")]
    assert reasons.stale(other, everything=False) == []
    assert reasons.stale(other, everything=True) == [
        "snippets/a.py: f: 1 → 2",
        "snippets/a.py: f: 2 → 3",
    ]


def test_every_reason_of_ours_is_named_once() -> None:
    named = read(FILE).named
    assert len(named) == len(set(named)) > 50
