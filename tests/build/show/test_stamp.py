"""The foot of every page says where, when and with what it was built, and names the cells that differ."""

from __future__ import annotations

import datetime
import platform
import re
import subprocess
from pathlib import Path

import pytest

from hooks.show import stamp
from tests.build.markup import executed_cells, read_html
from tests.build.project import ROOT
from tests.sources import PAGES, html_of


@pytest.mark.parametrize("source", PAGES, ids=lambda source: source.path)
def test_a_stamp_tells_the_build_and_names_the_cells_that_differ(source, site: Path) -> None:
    html = read_html(html_of(source, site))
    (foot,) = html.select(".stamp")
    text = " ".join(foot.get_text().split())
    with_what = f"torch 2.13.0, Python {platform.python_version()}, {platform.system()}"
    assert re.match(rf"Built 2\d{{3}}-\d\d-\d\d with {re.escape(with_what)} \w+", text)
    commit = stamp.commit(ROOT)
    assert (f"commit {commit}" if commit else "") in text
    assert ("commit" in text) == bool(commit)
    count = len(source.claims)
    assert (f"{count} claim{'s' if count != 1 else ''} proven on this page" in text) == bool(
        source.cells
    )
    numbers = [
        number
        for flag in ("volatile", "processor")
        for number, cell in enumerate(source.cells, start=1)
        if flag in cell.flags
    ]
    named = [str(tag["href"]) for tag in foot.select("a[href^='#']")]
    assert named == [f"#cell-{number}" for number in numbers]
    cells = executed_cells(html)
    assert [html.select_one(name) for name in named] == [cells[number - 1] for number in numbers]


def test_the_date_is_that_of_the_source_where_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    days = [
        datetime.datetime.now(datetime.UTC).date().isoformat() for _ in (stamp.built_on(), "after")
    ]
    assert stamp.built_on() in days
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86399")
    assert stamp.built_on() == "1970-01-01"


def test_the_commit_is_gits_or_the_workflows_or_absent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = stamp.commit.__wrapped__
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.setenv("GITHUB_SHA", "0123456789")
    assert asked(tmp_path) == "0123456"
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    for command in (["init", "-q"], [*who, "commit", "-q", "--allow-empty", "-m", "First"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    assert re.fullmatch("[0-9a-f]{7}", found := asked(tmp_path))
    assert found != "0123456"
    monkeypatch.delenv("GITHUB_SHA")
    monkeypatch.setenv("PATH", str(tmp_path))  # no git at all
    assert asked(tmp_path) == ""
