"""Every cell of every page holds, and prints what is kept, on every processor that can be simulated here."""

from __future__ import annotations

import pytest

from tests.everywhere.outcomes import HOLDS, table
from tests.everywhere.places import Place, places
from tests.everywhere.results import measure
from tests.sources import EXECUTED


@pytest.mark.parametrize("place", places(), ids=lambda place: place.name)
def test_every_page_holds_there(place: Place) -> None:
    report = measure(place, EXECUTED)
    assert all(one.state == HOLDS for one in report.outcomes), table([report])
