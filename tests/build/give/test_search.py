"""What the search says of a layer: the laws of its rows, each with the arguments that it was measured with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hooks.give.search import INDEX, SECTIONS, describe, law, write_sections
from hooks.read.source import Source


def row(
    args: str, parameter: str, kind: str, formula: str = "", value: float = 0
) -> dict[str, Any]:
    law = {"kind": kind} | ({"value": value} if kind == "constant" else {})
    return {
        "module": "Layer",
        "args": args,
        "parameter": parameter,
        "distribution": law,
        "formula": formula,
    }


def test_parameters_that_start_alike_stand_together() -> None:
    rows = [
        row("3", "weight", "uniform", "1/sqrt(n)"),
        row("3", "bias", "uniform", "1/sqrt(n)"),
        row("3", "scale", "constant", "1", 1.0),
    ]
    says = "Default initialization of Layer(3): weight, bias uniform within ±1/sqrt(n); scale 1."
    assert describe(rows) == {"Layer": says}


def test_a_law_stands_beside_the_first_arguments_that_give_it() -> None:
    rows = [
        row("3", "running_mean", "constant", "0"),
        row("3, affine=True", "running_mean", "constant", "0"),
        row("3, affine=True", "weight", "constant", "1", 1.0),
        row("3, affine=True", "weight_l1", "constant", "1", 1.0),
    ]
    says = "Default initialization of Layer(3): running_mean 0. Layer(3, affine=True): weight 1."
    assert describe(rows) == {"Layer": says}


def test_a_lazy_layer_says_what_its_first_input_makes() -> None:
    rows = [row("3", "weight", "lazy"), row("3 # first input (2, 4)", "weight", "normal", "1")]
    says = "Default initialization of Layer(3), first input (2, 4): weight normal, std 1."
    assert describe(rows) == {"Layer": says}


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("constant", "0.25"),
        ("uniform", "uniform within ±1/n"),
        ("normal", "normal, std 1/n"),
        ("rows", "normal, std 1/n, row of padding_idx zero"),
        ("given", "the tensor given as 1/n"),
        ("uninitialized", ""),
        ("lazy", ""),
    ],
)
def test_each_law_in_words(kind: str, says: str) -> None:
    assert law(row("3", "weight", kind, "1/n", 0.25)) == says


def test_other_data_of_a_page_is_left_alone(tmp_path: Path) -> None:
    def cells(data: Any) -> list[list[dict[str, Any]]]:
        return [[{"data": {"application/json": data}}]]

    page = Source("defaults.md")
    page.url = "defaults/"
    sources = dict.fromkeys(("defaults.md", "one.md", "two.md", "three.md"), page)
    shown = {"one.md": cells({"a": 1}), "two.md": cells([{"a": 1}, 2]), "three.md": [[]]}
    shown["defaults.md"] = cells([row("3", "weight", "constant", "1", 1.0)])
    index = tmp_path / INDEX
    write_sections(shown, sources, tmp_path)  # without a search there is nothing to add to
    assert not index.exists()
    index.parent.mkdir()
    index.write_text('{"docs":[{"location":"defaults/","title":"√"}]}', encoding="utf-8")
    write_sections(shown, sources, tmp_path)
    assert index.read_text(encoding="utf-8") == '{"docs":[]}'
    assert (tmp_path / SECTIONS).read_text(encoding="utf-8") == (
        '{"docs":[{"location":"defaults/","title":"√"},{"location":"defaults/#Layer",'
        '"title":"nn.Layer","text":"Default initialization of Layer(3): weight 1."}]}'
    )
