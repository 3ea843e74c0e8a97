"""What a first visit may cost: bytes over the wire, requests, and the HTML of a further page."""

from __future__ import annotations

import gzip
from pathlib import Path

from tests.browser.visit import Visit

FIRST_VISIT, REQUESTS, FURTHER_PAGE = 95 * 1024, 11, 27 * 1024


def check_budget(seen: Visit, address: str, site: Path) -> None:
    """Fail, with a list of what was fetched, when a page just opened has cost more than it may."""
    files = [
        site / request.removeprefix(address).partition("?")[0]
        for request in dict.fromkeys(seen.requests)
    ]
    files = [path / "index.html" if path.is_dir() else path for path in files]
    sizes = {path: len(gzip.compress(path.read_bytes())) for path in files}
    listed = "\n".join(
        f"{size:7} {path.relative_to(site)}"
        for path, size in sorted(sizes.items(), key=lambda item: -item[1])
    )
    assert sum(sizes.values()) <= FIRST_VISIT, f"a first visit fetches\n{listed}"
    assert len(seen.requests) <= REQUESTS, listed
    assert sizes[files[0]] <= FURTHER_PAGE, listed
