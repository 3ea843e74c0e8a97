"""What a build knows of its pages on their way; `mkdocs serve` makes many builds in one session."""

from __future__ import annotations

import html
from typing import Any

import yaml
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import get_plugin_logger
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from hooks.read.claims import repeated_names
from hooks.read.moved import check_moved
from hooks.read.source import Problem, Source
from hooks.run.execution import Result, results
from hooks.run.pins import TORCH
from hooks.session import Session
from hooks.show import held, ledger, where
from hooks.show.fit import misfit
from hooks.show.notebooks import as_markdown
from hooks.show.outputs import filled

log = get_plugin_logger("pages")


class Build:
    """One build: its pages as read, as run, and as Markdown with outputs; and what is wrong with them."""

    def __init__(self, session: Session, config: MkDocsConfig) -> None:
        self.session, self.config = session, config
        self.navigation: Navigation
        self.record: held.Record
        self.sources: dict[str, Source] = {}
        self.results: dict[str, Result] = {}
        self.problems: dict[str, list[Problem]] = {}  # shown in place of a page, or of a cell
        self.shown: dict[str, list[list[dict[str, Any]]]] = {}  # page -> the outputs of its cells
        self.executed: dict[str, str] = {}

    def runs(self, file: File) -> bool:
        """Whether a file is a page that runs code."""
        path = file.abs_src_path
        if not path or not path.endswith(".md"):
            return False
        return self.session.read(path, self.config.docs_dir).notebook is not None

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
        self.record = held.read(self.session.root, pages, TORCH)

    def execute(self) -> None:
        """Run the pages whose results are not kept."""
        session = self.session
        pages = [p for p in self.sources.values() if p.cells and p.path not in self.problems]
        try:
            self.results = results(pages, session.runner, session.cache, session.cold)
        except RuntimeError as error:
            raise PluginError(str(error)) from error
        failed = [result.problem for result in self.results.values() if result.problem]
        self.refuse(sorted(failed, key=lambda problem: (problem.page, problem.line)))

    def refuse(self, found: list[Problem]) -> None:
        """Stop the build; while serving, say it and go on without the pages or cells concerned."""
        if found and not self.session.serving:
            raise PluginError("\n\n".join(["the site was not built", *map(str, found)]))
        for problem in found:
            log.error(f"{problem}\n")
            self.problems.setdefault(problem.page, []).append(problem)

    def markdown(self, page: Page) -> str:
        """A page that runs code as Markdown with outputs; nothing of one that cannot be shown."""
        source = self.sources[page.file.src_uri]
        if self._unread(source):
            return ""
        notebook = filled(source, self.results[source.path], self.record)
        codes = [cell for cell in notebook.cells if cell.cell_type == "code"]
        self.shown[source.path] = [cell.outputs for cell in codes]
        return self.fill(as_markdown(notebook), source)

    def fill(self, markdown: str, page: Source) -> str:
        """Put the lists of claims and attacks, and where the claims hold, where a page asks for them."""
        pages = list(self.sources.values())
        markdown = where.fill(markdown, page, pages, self.record)
        return ledger.fill(markdown, pages, self.session.root, self.record)

    def sound(self, content: str, page: Page) -> bool:
        """Whether a page's HTML may be published; then its Markdown is kept, with its title."""
        source = self.sources[page.file.src_uri]
        if not self._unread(source) and (problem := misfit(content, source)):
            self.refuse([problem])
        if self._unread(source):
            return False
        about = {key: page.meta[key] for key in ("title", "description") if key in page.meta}
        header = f"---\n{yaml.safe_dump(about, allow_unicode=True, width=1000)}---\n\n"
        self.executed[source.path] = (header if about else "") + (page.markdown or "")
        return True

    def check_moved(self, files: Files) -> None:
        """Refuse anchors that are said to have moved and have not, or to no place."""
        pages = [file.page for file in files.documentation_pages() if file.page]
        contents = {page.file.src_uri: page.content or "" for page in pages}
        sound = {name: html for name, html in contents.items() if name not in self.problems}
        self.refuse(check_moved(self.sources, sound))

    def _unread(self, source: Source) -> bool:
        """Whether nothing of a page can be shown; of one whose cell failed, the rest can."""
        result = self.results.get(source.path)
        return source.path in self.problems and (result is None or result.stopped is None)

    def problem_page(self, page: Page) -> str:
        """What `mkdocs serve` shows in place of a page that cannot be shown."""
        source = self.sources[page.file.src_uri]
        text = "\n\n".join(["This page was not built.", *map(str, self.problems[source.path])])
        self.executed[source.path] = text
        title = html.escape(source.title)
        return f'<h1>{title}</h1><pre class="problem">{html.escape(text)}</pre>'
