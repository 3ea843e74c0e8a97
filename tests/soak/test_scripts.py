"""Every script that a reader takes home runs alone, and prints what its page shows."""

from __future__ import annotations

from pathlib import Path

import pytest

from hooks.read.source import Source
from tests.build.give.test_takeaway import check_script
from tests.sources import EXECUTED


@pytest.mark.parametrize("source", EXECUTED, ids=lambda source: source.path)
def test_a_script_runs_alone_and_prints_what_the_page_shows(
    source: Source, site: Path, tmp_path: Path
) -> None:
    check_script(source, site, tmp_path)
