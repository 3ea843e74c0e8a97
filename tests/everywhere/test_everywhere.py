"""The pages about bits hold on two other processors, and the harness notices what does not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from hooks.read.source import Cell, Claim, Source
from tests.everywhere import outcomes
from tests.everywhere.emulated import WHEELS, amd, arm
from tests.everywhere.outcomes import DIFFERS, FAILS, HOLDS, table
from tests.everywhere.places import HANDFUL, Place, compiler, places
from tests.everywhere.results import measure
from tests.sources import EXECUTED, ROOT

ABOUT_BITS = {"equivalence.md", "lab.md", "odd-values.md", "one-hot.md", "training.md"}


@pytest.mark.skipif(not compiler(), reason="MKL's kernels are chosen through a small C library")
@pytest.mark.parametrize("name", HANDFUL)
def test_the_pages_about_bits_hold_on_other_processors(name: str) -> None:
    pages = [
        page
        for page in EXECUTED
        if page.path in ABOUT_BITS or any("processor" in cell.flags for cell in page.cells)
    ]
    report = measure(places([name])[0], pages)
    assert all(one.state == HOLDS for one in report.outcomes), table([report])


CODES = [
    "import os; print(os.environ.get('ATEN_CPU_CAPABILITY'))",
    "assert 'ATEN_CPU_CAPABILITY' not in os.environ, 'another processor'",
    "print(3)",
    "print(4)",
    "os._exit(3) if 'ATEN_CPU_CAPABILITY' in os.environ else print(5)",
]
KEPT = ["None", "", "3", "#", "5"]


def page() -> Source:
    """A page that is right here; elsewhere a cell prints something else, one fails, one ends the process."""
    cells = [Cell(code, 10 * number) for number, code in enumerate(CODES)]
    cells[1].claim = Claim("it-holds", "It holds", "", "", 8, 9)
    cells[3].flags = frozenset({"processor"})
    return Source("p.md", cells=cells)


@pytest.fixture(autouse=True)
def kept(monkeypatch: pytest.MonkeyPatch) -> None:
    original = outcomes.kept
    monkeypatch.setattr(
        outcomes, "kept", lambda page: KEPT if page.path == "p.md" else original(page)
    )


ELSEWHERE = Place("elsewhere", "torch's plain loops", {"ATEN_CPU_CAPABILITY": "default"})


def test_a_cell_that_fails_does_not_hide_the_others() -> None:
    here, there = (measure(place, [page()]) for place in (Place("here", ""), ELSEWHERE))
    assert [one.state for one in here.outcomes] == [HOLDS] * 5
    assert [one.state for one in there.outcomes] == [DIFFERS, FAILS, HOLDS, HOLDS, FAILS]
    assert there.outcomes[1].detail == "AssertionError: another processor"
    assert there.facts["vectors"] == "DEFAULT"
    rows = table([here, there]).splitlines()
    assert rows[0] == "5 cells in 2 places; 3 do not hold everywhere"
    assert [row.split() for row in rows[2:4]] == [
        ["p.md:0", ".", "differs"],
        ["p.md:10", "it-holds", ".", "FAILS"],
    ]
    assert "p.md:0  in elsewhere: differs: 'default', kept 'None'" in rows


def test_what_is_done_is_not_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = measure(ELSEWHERE, [page()], tmp_path)
    monkeypatch.setattr("subprocess.Popen", None)  # nothing may start
    assert measure(ELSEWHERE, [page()], tmp_path) == first
    changed = page()
    changed.cells[2].code = "print(33)"
    with pytest.raises(TypeError):
        measure(ELSEWHERE, [changed], tmp_path)


def test_a_place_without_python_says_so() -> None:
    nowhere = Place("nowhere", "", python=(sys.executable, "-c", "raise SystemExit('no torch')"))
    with pytest.raises(RuntimeError, match="Python ended in the place nowhere:\nno torch"):
        measure(nowhere, [page()])


def test_exact_counts_the_last_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcomes, "kept", lambda page: ["0.5774"])
    close = Source("p.md", cells=[Cell("print('0.5775')", 1)])
    here = Place("here", "")
    assert measure(here, [close]).outcomes[0].state == HOLDS
    assert measure(here, [close], exact=True).outcomes[0].state == DIFFERS


def test_a_warning_with_a_stack_trace_is_no_output(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outcomes, "kept", lambda page: ["", "told"])
    quiet = (
        "import warnings\nwarnings.warn('mkldnn_matmul failed, switching to BLAS gemm: frame #0')"
    )
    others = "warnings.showwarning = lambda *rest: print('told')\nwarnings.warn('another')"
    report = measure(Place("here", ""), [Source("p.md", cells=[Cell(quiet, 1), Cell(others, 4)])])
    assert [one.state for one in report.outcomes] == [HOLDS, HOLDS]


def test_cells_run_with_few_packages() -> None:
    """ARM has these alone; so has each other torch, in `tests/everywhere/environments.py`."""
    code = "import sys, json, tests.everywhere.child; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    ours = {name.partition(".")[0] for name in json.loads(done.stdout)}
    owners = metadata.packages_distributions()
    used = {canonicalize_name(one) for name in ours for one in owners.get(name, [])}
    assert used <= set(WHEELS.split()), used - set(WHEELS.split())


@pytest.mark.parametrize("emulated", [amd, arm])
def test_emulated_machines_say_what_they_need(
    emulated: Callable[[], list[Place]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(SystemExit, match="is missing: on Debian, apt-get install qemu-user-static"):
        emulated()
    assert ("hour" if emulated is arm else "ten times") in capsys.readouterr().err


def test_no_place_leaves_out_the_asserts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONOPTIMIZE", "1")
    assert "PYTHONOPTIMIZE" not in Place("here", "").variables()
