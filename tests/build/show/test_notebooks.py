"""What the build needs of mkdocs-jupyter and of MkDocs' plugins: where one of them changed, this says so."""

from __future__ import annotations

import inspect
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import PluginCollection
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs_jupyter.plugin import Plugin

from hooks.show.notebooks import NAME, Notebooks

CHANGED = "{} changed: see hooks/show/notebooks.py, and what it says of its place upstream"


def made(runs: bool = True) -> Notebooks:
    return Notebooks(lambda file: runs, lambda page: "# Title\n\nMarkdown.\n")


def test_upstream_still_calls_the_two_methods_that_are_ours() -> None:
    upstream = {
        "should_include": ["self", "file"],
        "on_pre_page": ["self", "page", "config", "files"],
    }
    for name, parameters in upstream.items():
        found = list(inspect.signature(getattr(Plugin, name)).parameters)
        assert found == parameters, CHANGED.format(f"mkdocs-jupyter's Plugin.{name}")
    source = inspect.getsource(Plugin)
    for part in ("self.should_include(file)", "self.should_include(page.file)", "page.render = "):
        assert part in source, CHANGED.format(f"mkdocs-jupyter, which no longer has `{part}`, has")


def test_upstream_still_takes_our_options() -> None:
    config = made().config
    found = [config[name] for name in ("execute", "allow_errors", "cache")]
    assert found == [True, False, False], CHANGED.format("the options of mkdocs-jupyter")


def test_a_plugin_put_among_the_plugins_gets_its_events() -> None:
    plugins = PluginCollection()
    plugins[NAME] = plugin = made()
    events: dict[str, list[Any]] = plugins.events
    for name in ("files", "pre_page"):
        method = getattr(plugin, f"on_{name}")
        assert method in events[name], CHANGED.format("the way in which MkDocs registers plugins")


def test_a_page_that_runs_code_is_rendered_from_our_markdown() -> None:
    config = MkDocsConfig()
    config.load_dict({"site_name": "x"})
    config.validate()
    for runs in (True, False):
        file = File("p.md", "docs", "site", use_directory_urls=True)
        page = Page("p", file, config)
        page.markdown = "As written."
        files = Files([file])
        page = made(runs).on_pre_page(page, config, files)
        page.render(config, files)
        assert page.content is not None
        said = "Markdown." if runs else "As written."
        assert f"<p>{said}</p>" in page.content, CHANGED.format("the rendering of a page")
        assert [item.title for item in page.toc] == (["Title"] if runs else [])
