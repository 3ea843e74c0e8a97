"""`mkdocs serve`: a save runs the page whose code changed, an error is shown and mended, nothing loops."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from tests.build.markup import executed_cells
from tests.build.project import PATIENCE, cell, happens, page, write_project


class Server:
    """A running `mkdocs serve` over a small project."""

    def __init__(self, folder: Path, port: int) -> None:
        self.docs, self.address = folder / "docs", f"http://127.0.0.1:{port}/"
        self.log = folder / "log"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", f"127.0.0.1:{port}"],
            cwd=folder,
            env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "CI": "", "PYTHONUNBUFFERED": "1"},
            stdout=self.log.open("w"),
            stderr=subprocess.STDOUT,
        )

    def read(self, path: str = "") -> str:
        """What the server answers, or nothing while it does not."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=60) as answer:
                return answer.read().decode()
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return ""

    def wait(self, met: Callable[[], bool], what: str) -> None:
        """Wait until `met`; the server must not end before."""

        def reached() -> bool:
            assert self.process.poll() is None, self.log.read_text()
            return met()

        assert happens(reached, step=0.1), f"{what} did not happen:\n{self.log.read_text()}"

    def rests(self) -> bool:
        """Does nothing start a build for some seconds?"""
        before = self.log.stat().st_size
        time.sleep(4)
        return self.log.stat().st_size == before

    def executed(self) -> list[str]:
        """The pages executed since the start, from the progress lines."""
        return re.findall(r"\d+/\d+ (\S+\.md): ", self.log.read_text())


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    pages = {
        "index.md": page("Words.", cell(f"print('index {time.time()}')", first=True)),
        "other.md": page(cell(f"print('other {time.time()}')", first=True)),
    }
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = Server(write_project(tmp_path, pages), port)
    yield running
    running.process.terminate()
    running.process.wait(PATIENCE)


def test_saving_runs_what_changed_shows_errors_and_recovers(server: Server) -> None:
    index = server.docs / "index.md"
    server.wait(lambda: "index 1" in server.read(), "the first page")
    assert sorted(server.executed()) == ["index.md", "other.md"]
    assert "livereload(" in server.read()  # the script that reloads the page after a save
    assert "Content-Security-Policy" not in server.read()  # it would forbid that script

    text = index.read_text(encoding="utf-8")
    index.write_text(text.replace("Words.", "Prose, edited."), encoding="utf-8")
    server.wait(lambda: "Prose, edited." in server.read(), "the prose edit")
    assert len(server.executed()) == 2

    more = cell("assert 1 == 2, 'broken'") + "\n\nWords between.\n\n" + cell("print('after')")
    claim = '\n!!! claim "a-b: One is two"\n'
    index.write_text(text + claim + more, encoding="utf-8")
    server.wait(lambda: "broken" in server.read(), "the error on the page")
    shown = BeautifulSoup(server.read(), "html.parser")
    before, failed, after = executed_cells(shown)
    assert "index 1" in before.select_one(".output").get_text()
    said = failed.select_one(".output.failed").get_text()
    assert "index.md:20: this cell raises (the proof of a-b)" in said
    assert "AssertionError: broken" in said
    assert "Ran with torch" in said
    assert failed.find_parent("details").has_attr("open")
    assert "not proven here" in shown.select_one("#a-b summary").get_text()
    assert "∎" not in shown.get_text()
    assert "proven on this page" not in shown.get_text()
    assert "Words between." in shown.get_text()
    assert after.select_one(".output").get_text() == "Not run: a cell before it failed."
    assert "index.md:20: this cell raises" in server.log.read_text()
    assert "other 1" in server.read("other/")

    indented = "\n!!! note\n\n    ```python\n    print(1)\n    ```\n"
    index.write_text(text + indented, encoding="utf-8")
    server.wait(lambda: "indented or quoted" in server.read(), "the refusal on the page")

    index.write_text(text.replace("print('index", "print('mended"), encoding="utf-8")
    server.wait(lambda: "mended 1" in server.read(), "the recovery")
    # a save may be seen twice, empty and whole, and a page that fails runs each time
    assert set(server.executed()[2:]) == {"index.md"}

    server.wait(server.rests, "an end of the builds")
