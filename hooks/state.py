"""What a build knows: of the command that runs it, and of its own pages on their way."""

from __future__ import annotations

import html
import os
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import get_plugin_logger
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation

from hooks.give.publish import Publication
from hooks.read.claims import repeated_names
from hooks.read.pages import read_page
from hooks.read.source import Problem, Source
from hooks.run.cache import Cache, key_of
from hooks.run.execution import FORKS, Result, Runner
from hooks.show import preprocessor

log = get_plugin_logger("pages")


class Session:
    """What lives as long as the command: `mkdocs serve` makes many builds."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.serving = self.dirty = False
        self.runner = Runner()
        self.cache = Cache(root / ".cache" / "pages")
        self.cold = bool(os.environ.get("CI"))  # nothing that an earlier build left may decide
        self.publication = Publication()
        self._pages: dict[str, tuple[tuple[int, int, str], Source]] = {}

    def read(self, path: str, docs: str) -> Source:
        """Read a page once for as long as its file does not change."""
        status = os.stat(path)
        key = (status.st_mtime_ns, status.st_size, docs)
        if path not in self._pages or self._pages[path][0] != key:
            self._pages[path] = (key, read_page(Path(path), Path(docs)))
        return self._pages[path][1]


class Build:
    """One build: its pages as read, as run, and as Markdown with outputs; and what is wrong with them."""

    def __init__(self, session: Session, config: MkDocsConfig) -> None:
        self.session, self.config = session, config
        self.navigation: Navigation
        self.sources: dict[str, Source] = {}
        self.results: dict[str, Result] = {}
        self.problems: dict[str, list[Problem]] = {}  # shown in place of a page, or of a cell
        self.executed: dict[str, str] = {}

    def read(self, nav: Navigation, files: Files) -> None:
        """Read all pages in the order of the navigation, refuse the faulty ones, number the claims."""
        self.navigation = nav
        in_order = [page.file for page in nav.pages]
        rest = [file for file in files.documentation_pages() if file not in in_order]
        for file in in_order + rest:
            if file.abs_src_path and file.src_uri.endswith(".md"):
                source = self.session.read(file.abs_src_path, self.config.docs_dir)
                self.sources[file.src_uri] = source
                source.url = file.url
        pages = list(self.sources.values())
        self.refuse([one for page in pages for one in page.problems] + repeated_names(pages))
        claims = [claim for page in pages for claim in page.claims]
        for number, claim in enumerate(claims, start=1):
            claim.number = number

    def execute(self) -> None:
        """Run the pages whose results are not kept."""
        preprocessor.shown.clear()
        if not FORKS:
            log.info(
                "this system cannot fork: each page gets an ordinary kernel, which takes longer"
            )
            return
        session, failed = self.session, []
        pages = [p for p in self.sources.values() if p.cells and p.path not in self.problems]
        keys = {page.path: key_of(page, session.root) for page in pages}
        for page in pages:
            if not session.cold and (cells := session.cache.get(page, keys[page.path])) is not None:
                self.results[page.path] = Result(cells, 0.0, None)
        stale = [page for page in pages if page.path not in self.results]
        try:
            for done, (page, result) in enumerate(session.runner.run(stale), start=1):
                count = f"{len(page.cells)} cells, {result.seconds:.1f} s"
                log.info(f"{done}/{len(stale)} {page.path}: {count}")
                self.results[page.path] = result
                if result.problem:
                    failed.append(result.problem)
                elif not any(result.cells):
                    text = "no cell of this page has an output: print what the cells show"
                    failed.append(Problem(page.path, page.cells[0].line, text))
                else:
                    session.cache.put(page, keys[page.path], result.cells)
        except RuntimeError as error:
            raise PluginError(str(error)) from error
        self.refuse(sorted(failed, key=lambda problem: (problem.page, problem.line)))

    def refuse(self, found: list[Problem]) -> None:
        """Stop the build; while serving, say it and go on without the pages or cells concerned."""
        if found and not self.session.serving:
            raise PluginError("\n\n".join(["the site was not built", *map(str, found)]))
        for problem in found:
            log.error(f"{problem}\n")
            self.problems.setdefault(problem.page, []).append(problem)

    def unread(self, source: Source) -> bool:
        """Whether nothing of a page can be shown; of one whose cell failed, the rest can."""
        result = self.results.get(source.path)
        return source.path in self.problems and not (result and result.problem)

    def coming(self, source: Source) -> preprocessor.Coming:
        """What the preprocessor has to know of the page that comes next."""
        result, unread = self.results.get(source.path), self.unread(source)
        return preprocessor.Coming(source, result, unread, lambda problem: self.refuse([problem]))

    def problem_page(self, source: Source) -> str:
        """What `mkdocs serve` shows in place of a page that cannot be shown."""
        text = "\n\n".join(["This page was not built.", *map(str, self.problems[source.path])])
        self.executed[source.path] = text
        title = html.escape(source.title)
        return f'<h1>{title}</h1><pre class="problem">{html.escape(text)}</pre>'
