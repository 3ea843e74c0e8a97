"""What mkdocs-jupyter does several times a page, done once; and Markdown with outputs instead of its HTML."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mkdocs_jupyter.plugin as plugin
from mkdocs.structure.files import File
from nbconvert.exporters import MarkdownExporter
from nbformat import NotebookNode

from hooks.show.preprocessor import PagePreprocessor

TEMPLATES = Path(__file__).parents[2] / "theme" / "notebook"


def install(notebook_of: Callable[[str], NotebookNode | None]) -> None:
    """Have mkdocs-jupyter take its notebooks from `notebook_of(path)`, which returns None for a plain page.

    Of its own accord it parses a page seven times, sets nbconvert up for each page, converts the page
    a second time for a table of contents, and makes HTML that MkDocs can no longer render.
    """

    def should_include(self: plugin.Plugin, file: File) -> bool:
        path = file.abs_src_path
        return path is not None and path.endswith(".md") and notebook_of(path) is not None

    def executed_markdown(path: str, **options: Any) -> str:
        body, _ = _exporter(options["allow_errors"], options["kernel_name"]).from_notebook_node(
            notebook_of(path)
        )
        return body

    plugin.Plugin.should_include = should_include
    plugin.convert.nb2html = executed_markdown
    plugin._get_nb_toc_tokens = lambda path, depth: ([], None)  # MkDocs makes it from the Markdown


@functools.cache
def _exporter(allow_errors: bool, kernel_name: str) -> MarkdownExporter:
    exporter = MarkdownExporter(
        template_file="page.md.j2",
        extra_template_paths=[str(TEMPLATES)],
        default_preprocessors=[],
    )
    exporter.register_preprocessor(
        PagePreprocessor(enabled=True, allow_errors=allow_errors, kernel_name=kernel_name)
    )
    return exporter
