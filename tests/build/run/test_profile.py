"""The profile of a build: stages that add up, and each page's and cell's seconds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hooks.read.source import Cell, Source
from hooks.run import profile
from hooks.run.execution import Result


def test_a_profile_is_written_where_it_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = iter([3.0, 7.0, 9.0])
    monkeypatch.setattr(profile.time, "perf_counter", lambda: next(now))
    monkeypatch.setattr(profile, "_started", 1.0)
    monkeypatch.setattr(profile, "_stages", {})
    for stage in ("read", "render", "render"):  # a stage marked again goes on
        profile.mark(stage)
    sources = {"p.md": Source("p.md", cells=[Cell("1", 4), Cell("2", 9)])}
    sources["broken.md"] = Source("broken.md", cells=[Cell("1", 4), Cell("2", 9)])
    results = {"p.md": Result([[], []], 0.75, None, [0.5, 0.25])}
    results["broken.md"] = Result([[]], 0.125, None, [0.125])  # its second cell never ran
    monkeypatch.delenv("PAGES_PROFILE", raising=False)
    profile.write(sources, results)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("PAGES_PROFILE", str(tmp_path / "profile.json"))
    profile.write(sources, results)
    assert json.loads((tmp_path / "profile.json").read_text(encoding="utf-8")) == {
        "stages": {"read": 2.0, "render": 6.0},
        "pages": {"p.md": 0.75, "broken.md": 0.125},
        "cells": [[0.5, "p.md:4"], [0.25, "p.md:9"], [0.125, "broken.md:4"]],
    }
