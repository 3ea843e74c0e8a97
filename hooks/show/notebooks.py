"""mkdocs-jupyter's plugin with two methods of ours: MkDocs renders a page's executed Markdown, not its HTML.

A subclass, which `on_config` puts among the plugins as MkDocs does with those that mkdocs.yml names: nothing of
mkdocs-jupyter is replaced. What of it this needs, `tests/build/show/test_notebooks.py` holds.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from types import MethodType

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs_jupyter.plugin import Plugin
from nbconvert.exporters import MarkdownExporter
from nbformat import NotebookNode

NAME = "mkdocs-jupyter"
TEMPLATES = Path(__file__).parents[2] / "theme" / "notebook"


class Notebooks(Plugin):
    """The pages that run code, as notebooks.

    `runs` says of a file whether it is such a page, `markdown` gives a page as Markdown with outputs.
    """

    def __init__(self, runs: Callable[[File], bool], markdown: Callable[[Page], str]) -> None:
        super().__init__()
        self.load_config({"execute": True, "allow_errors": False, "cache": False})
        self.runs, self.markdown = runs, markdown

    def should_include(self, file: File) -> bool:
        """Whether a file is a notebook.

        Upstream (plugin.py, `Plugin.should_include`) parses it with jupytext whenever it is asked.
        """
        return self.runs(file)

    def on_pre_page(self, page: Page, config: MkDocsConfig, files: Files) -> Page:
        """Have MkDocs render the page's Markdown with outputs.

        Upstream (plugin.py, `Plugin.on_pre_page`) replaces `render` of a page likewise. But its own sets
        nbconvert up for each page, converts it a second time for a table of contents, and makes HTML in
        which admonitions, mathematics and links to pages stay text.
        """
        page = super().on_pre_page(page, config, files)
        if self.runs(page.file):

            def render(page: Page, config: MkDocsConfig, files: Files) -> None:
                page.markdown = self.markdown(page)
                Page.render(page, config, files)

            page.render = MethodType(render, page)
        return page


def as_markdown(notebook: NotebookNode) -> str:
    """A notebook with its outputs as Markdown, by our template (theme/notebook/page.md.j2)."""
    body, _ = _exporter().from_notebook_node(notebook)
    return f"{body.strip()}\n"


@functools.cache
def _exporter() -> MarkdownExporter:
    return MarkdownExporter(
        template_file="page.md.j2",
        extra_template_paths=[str(TEMPLATES)],
        default_preprocessors=[],  # the outputs are there already
    )
