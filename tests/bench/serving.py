"""`mkdocs serve` as its reader sees it: seconds from saving a page until the browser shows the change."""

from __future__ import annotations

import itertools
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

from playwright.sync_api import Browser


class Served:
    """A running `mkdocs serve` and a browser that shows one of its pages; end it with `close`."""

    def __init__(
        self, folder: Path, page: str, browser: Browser, environment: dict[str, str]
    ) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.path, self.log = folder / "docs" / f"{page}.md", folder / "serve.log"
        self.marks = itertools.count()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", f"127.0.0.1:{port}"],
            cwd=folder,
            env={**environment, "PYTHONUNBUFFERED": "1"},
            stdout=self.log.open("w"),
            stderr=subprocess.STDOUT,
        )
        while "Serving on" not in self.log.read_text(encoding="utf-8"):
            if self.process.poll() is not None:
                raise SystemExit(f"mkdocs serve ended:\n{self.log.read_text(encoding='utf-8')}")
            time.sleep(0.05)
        self.tab = browser.new_page()
        self.tab.goto(f"http://127.0.0.1:{port}/{page}/")

    def saved(self, pattern: str, change: str) -> float:
        """Seconds from a save that puts `change` for the first `pattern` until it is on the screen.

        `{}` in `change` becomes another word each time, which is waited for.
        """
        mark = f"mark{next(self.marks)}x"
        text = self.path.read_text(encoding="utf-8")
        edited = re.sub(pattern, change.format(mark), text, count=1)
        time.sleep(1.5)  # the server and its watcher have come to rest
        start = time.perf_counter()
        self.path.write_text(edited, encoding="utf-8")
        self.tab.wait_for_function(f"() => document.body?.textContent.includes('{mark}')")
        return time.perf_counter() - start

    def cell_seconds(self) -> float:
        """What the cells of the page that was executed last took, as the build says."""
        found = re.findall(r"\d+ cells, ([\d.]+) s", self.log.read_text(encoding="utf-8"))
        return float(found[-1]) if found else 0.0

    def close(self) -> None:
        """Close the browser's page and end the server."""
        self.tab.close()
        self.process.terminate()
        self.process.wait(20)
