"""What lives as long as the command that MkDocs runs, through all its builds."""

from __future__ import annotations

import logging
import os
import signal
import sys
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.utils import CountHandler

from hooks.give.publish import Publication
from hooks.read.pages import read_page
from hooks.read.source import Source
from hooks.run.cache import Cache
from hooks.run.execution import Runner


class Session:
    """The warm process, what is kept of earlier runs, and the site that is published at the end."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.serving = False
        self.runner = Runner()
        self.cache = Cache(root / ".cache" / "pages")
        self.cold = bool(os.environ.get("CI"))  # nothing that an earlier build left may decide
        self.publication = Publication()
        self._pages: dict[str, tuple[tuple[int, int, str], Source]] = {}

    def start(self, command: str) -> None:
        """Let the warm process import torch while MkDocs starts up, when it is likely to be needed."""
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # and tidy up
        self.serving = command == "serve"
        if self.cold or self.serving or not self.cache.folder.is_dir():
            self.runner.start()

    def begin(self, config: MkDocsConfig) -> None:
        """Begin a build: into a folder of its own, or to be served."""
        if not self.serving:
            return self.publication.begin(config)
        # A warning is shown, and the page too: strict would keep the last page without a word.
        logger = logging.getLogger("mkdocs")
        for counter in [one for one in logger.handlers if isinstance(one, CountHandler)]:
            logger.removeHandler(counter)

    def end(self) -> None:
        """End the warm process, publish what is complete; nothing interrupts that."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        self.runner.stop()
        self.publication.end()

    def read(self, path: str, docs: str) -> Source:
        """Read a page once for as long as its file does not change."""
        status = os.stat(path)
        key = (status.st_mtime_ns, status.st_size, docs)
        if path not in self._pages or self._pages[path][0] != key:
            self._pages[path] = (key, read_page(Path(path), Path(docs)))
        return self._pages[path][1]
