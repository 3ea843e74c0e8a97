"""Run pages in a place, each once: what an earlier run there has finished is kept."""

from __future__ import annotations

import contextlib
import hashlib
import json
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hooks.read.source import Source
from hooks.run.cache import key_of
from hooks.run.imports import late_imports
from tests.everywhere.outcomes import Report, outcomes
from tests.everywhere.places import FOLDER, Place
from tests.sources import ROOT

STATE = FOLDER / "state"
SECONDS, HANGS = 120.0, 1800.0
"""What a page may take on this machine; and what no page takes, however much else the machine does."""


def measure(
    place: Place, pages: Iterable[Source], state: Path | None = None, *, exact: bool = False
) -> Report:
    """Run the pages there. With a folder `state` it takes up what an earlier run there has finished,
    page by page; a page whose code, modules or packages have changed runs again.

    `exact` counts the last digits, too, which `tests.pages.outputs.agree` forgives.

    Raises `RuntimeError` when Python ends there, with what it said.
    """
    pages = list(pages)
    book = state / f"{place.name}.json" if state else None
    facts, answers = _read(book)
    keys = {page.path: _key(page, place) for page in pages}
    for answer in _answers(place, unfinished(place, pages, state)):
        if "facts" in answer:
            facts = answer["facts"]
            continue
        answers[answer["page"]] = answer | {"key": keys[answer["page"]]}
        if book:
            book.parent.mkdir(parents=True, exist_ok=True)
            text = json.dumps({"facts": facts, "pages": answers})
            book.with_suffix(".partial").write_text(text, encoding="utf-8")
            book.with_suffix(".partial").replace(book)
    found = [one for page in pages for one in outcomes(page, answers[page.path]["cells"], exact)]
    return Report(place.name, facts, found)


def unfinished(place: Place, pages: Iterable[Source], state: Path | None) -> list[Source]:
    """The pages that `measure` would run there now."""
    answers = _read(state / f"{place.name}.json" if state else None)[1]
    return [page for page in pages if answers.get(page.path, {}).get("key") != _key(page, place)]


def _read(book: Path | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a place said of itself and what the pages answered there, as kept in its book."""
    done = json.loads(book.read_text(encoding="utf-8")) if book and book.exists() else {}
    return done.get("facts", {}), done.get("pages", {})


def _key(page: Source, place: Place) -> str:
    """What decides a page's answers there: its code, our modules, the packages, and the place."""
    parts = [key_of(page, ROOT), json.dumps(asdict(place), sort_keys=True)]
    return hashlib.sha256("".join(parts).encode()).hexdigest()


def _answers(place: Place, pages: list[Source]) -> Iterator[dict[str, Any]]:
    """The child's answers as they come."""
    if not pages:
        return
    request = {
        "pages": [
            {"path": page.path, "cells": [{"code": cell.code} for cell in page.cells]}
            for page in pages
        ],
        "preload": sorted(late_imports(pages, ROOT)),
        "limit": max(HANGS, SECONDS * place.patience),
    }
    process = subprocess.Popen(
        [*place.python, "-m", "tests.everywhere.child"],
        cwd=ROOT,
        env=place.variables(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        with contextlib.suppress(BrokenPipeError):  # it has ended, and says why below
            process.stdin.write(json.dumps(request))
            process.stdin.close()
        count = 0
        for line in process.stdout:
            yield json.loads(line)
            count += 1
        if count != len(pages) + 1:
            said = process.stderr.read().strip()
            raise RuntimeError(f"Python ended in the place {place.name}:\n{said[-2000:]}")
    finally:
        process.kill()
        process.wait()
