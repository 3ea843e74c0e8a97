"""Whether defaults and the lab's bits are the same in other versions is told in a sentence."""

from __future__ import annotations

from typing import Any

import pytest

from hooks.read.source import Source
from hooks.show.beside import defaults, lab
from hooks.show.held import Record
from hooks.show.where import fill
from tests.build.show.recorded import BUILT, COLUMNS

VERSIONS = ["2.2.2", "2.8.0", "2.10.0", BUILT, "2.14.1"]
NO_BUFFER = "not built: AttributeError: no RMSNorm"


def record(**beside: Any) -> Record:
    """A record of this alone; all versions were measured."""
    return Record(
        BUILT, COLUMNS, beside={key: {"versions": VERSIONS, **rows} for key, rows in beside.items()}
    )


def test_defaults_that_never_changed_are_said_to_be_unchanged() -> None:
    told = "Its rows are the same in torch 2.2 to 2.14 (5 measured)."
    assert defaults(record(defaults={})) == told


def test_layers_that_are_newer_and_defaults_that_changed_are_named() -> None:
    refused = "parameter, constant 0: refused, p = 0.0"
    no_bias = "not built: TypeError: GroupNorm.__init__() got an unexpected keyword argument 'bias'"
    rows = {
        "nn.RMSNorm(8)": {"2.2.2": NO_BUFFER},
        "nn.RMSNorm((2, 3))": {"2.2.2": NO_BUFFER},
        "nn.CELoss(9)": dict.fromkeys(VERSIONS[:3], NO_BUFFER),
        "nn.GroupNorm(4, 8, bias=False)": dict.fromkeys(VERSIONS[:3], no_bias),
        "nn.Conv1d(0, 4, 3).bias": dict.fromkeys(VERSIONS[:2], refused),
        "nn.Conv2d(0, 4, 3).bias": dict.fromkeys(VERSIONS[:2], refused),
        "nn.PReLU().weight": {"2.2.2": "parameter, constant 0.2", "2.8.0": "there is none"},
    }
    assert defaults(record(defaults=rows)) == (
        "Its rows are the same in torch 2.2 to 2.14 (5 measured), but for `nn.Conv1d(0, 4, 3).bias`, "
        "`nn.Conv2d(0, 4, 3).bias` in 2.2 and 2.8: not constant 0; `nn.PReLU().weight` in 2.2: "
        "parameter, constant 0.2; `nn.PReLU().weight` in 2.8: there is none. Not there yet: RMSNorm in 2.2; "
        "CELoss in 2.2 to 2.10; `bias` of GroupNorm in 2.2 to 2.10."
    )


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ({}, "the same bits in torch 2.2 to 2.14."),
        ({"bits": {"2.2.2": "others"}}, "the same bits in torch 2.8 to 2.14, others in 2.2."),
        (
            {"bits": {"2.8.0": "others"}},
            "the same bits in torch 2.2 and 2.10 and 2.13 and 2.14, others in 2.8.",
        ),
        (
            {"printed": {"2.2.2": "others", "2.8.0": "others"}},
            "the same bits in torch 2.2 to 2.14, and print them otherwise in 2.2 and 2.8.",
        ),
        (
            {"bits": {"2.2.2": "others"}, "printed": {"2.2.2": "others"}},
            "the same bits in torch 2.8 to 2.14, others in 2.2.",
        ),
    ],
)
def test_the_lab_names_the_versions_that_draw_its_bits(rows: dict[str, Any], told: str) -> None:
    assert lab(record(lab=rows)) == f"Random scripts draw {told}"


def test_what_was_measured_nowhere_else_is_not_told() -> None:
    alone = {key: {"versions": [BUILT]} for key in ("defaults", "lab")}
    for beside in ({}, alone):
        page = "a <!-- defaults: versions -->b <!-- lab: versions -->c"
        found = fill(page, Source("p.md"), [], Record(BUILT, COLUMNS, beside=beside))
        assert found == "a b c"
