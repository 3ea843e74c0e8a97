"""What pages import, and what the warm process imports before they need it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from hooks.read.source import Cell, Source
from hooks.run import imports
from hooks.run.imports import late_imports


def test_late_imports_are_those_of_the_pages_and_their_modules(tmp_path: Path) -> None:
    (tmp_path / "snippets").mkdir()
    (tmp_path / "snippets" / "a.py").write_text("import scipy.stats\n", encoding="utf-8")
    first = "import torch\nfrom snippets.a import f\ntorch.testing.assert_close(1, 1)"
    pages = [Source("p.md", cells=[Cell(first, 1), Cell("import math", 5)])]
    assert late_imports(pages, tmp_path) == {"torch", "torch.testing", "scipy.stats", "math"}
    pages = [Source("p.md", cells=[Cell("torch.optim.SGD; torch.use_deterministic_algorithms", 1)])]
    assert late_imports(pages, tmp_path) == {"torch.optim", "torch.use_deterministic_algorithms"}


def test_what_torch_imports_late_is_asked_for_once_and_left_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    called: list[tuple[str, object]] = []

    def note(name: str, *given: object) -> None:
        called.append((name, *given[:1]))

    monkeypatch.setattr("torch.testing.assert_close", lambda *given: note("close"))
    monkeypatch.setattr("torch.optim.SGD", lambda *given, **options: note("SGD"))
    setter = "torch.use_deterministic_algorithms"
    monkeypatch.setattr(setter, lambda mode: note("deterministic", mode))
    imports.preload(["torch"])
    assert called == []
    imports.preload(["torch.testing"])
    imports.preload(["torch.optim"])
    imports.preload([setter])
    wanted = [("close",), ("SGD",), ("deterministic", True), ("deterministic", False)]
    assert called == wanted


def test_what_cannot_be_imported_in_advance_is_left_to_the_page() -> None:
    names = ["no.such.module", "torch.testing", "torch.optim", "colorsys"]
    sys.modules.pop("colorsys", None)
    imports.preload(names)
    assert "colorsys" in sys.modules
