"""A survivor is explained by its own reason only, and a reason that explains nothing is named."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from tests.mutants.mutant import Mutant
from tests.mutants.survivors import FILE, Reasons, lost, read

TEXT = """
[[rules]]
reason = "Capitals are the same."
pattern = 'encoding="UTF-8"'

[[survivors]]
where = "snippets/a.py"
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
    reasons = [one["reason"] for one in tomllib.loads(FILE.read_text("utf-8"))["survivors"]]
    assert all(len(reason.split()) >= 5 for reason in reasons)


def test_every_reason_speaks_of_what_is_there() -> None:
    found = [lost(where, change) for where, change in read(FILE).named]
    assert [why for why in found if why] == [], "remove these reasons, or mend what they name"


def test_a_reason_is_lost_with_its_claim_module_function_or_text() -> None:
    module, claim = "tests/mutants/mutant.py", "linear-weight-range"
    assert lost(module, 'changed: return " → ".join( → return "".join(') is None
    assert lost("snippets/gone.py", "f: 1 → 2") == "snippets/gone.py is gone"
    assert lost("lab/gone.js", "1 → 2") == "lab/gone.js is gone"
    assert lost("no-such-claim", "assert a | now b") == "no-such-claim is gone"
    assert lost(module, "gone: 1 → 2") == f"{module}: gone is gone"
    assert lost(module, "changed: gone → 2") == f"{module}: changed lacks `gone`"
    assert lost(claim, "gone | now b") == f"{claim} lacks `gone`"
    method = "Reasons.explain: named = (mutant.where, mutant.change) in self.named → named = None"
    assert lost("tests/mutants/survivors.py", method) is None


def test_a_rule_explains_no_proof(reasons: Reasons) -> None:
    assert not reasons.explain(Mutant("a-claim", 'f(encoding="UTF-8")', "survived"))
