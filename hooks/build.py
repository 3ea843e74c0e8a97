"""The MkDocs hook: what MkDocs calls, event by event; the rooms beside it do the work."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:  # MkDocs loads a hook as a lone file
    sys.path.insert(0, str(ROOT))

from jinja2 import Environment
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort, PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from hooks.give import alone, defaults, llms, search, takeaway
from hooks.read import moved
from hooks.run import pins
from hooks.session import Session
from hooks.show import lab, ledger, markup, notebooks, policy, stamp
from hooks.state import Build

session = Session(ROOT)
build: Build
"""The build that goes on: made in `on_config`."""


def on_startup(command: str, dirty: bool) -> None:
    """Refuse another torch than the pinned one; let the warm process start."""
    if problem := pins.wrong_torch(ROOT / "requirements-torch.txt"):
        raise PluginError(problem)
    gc.set_threshold(100_000)  # a build makes many small objects and throws few away: 8 % faster
    session.start(command)


def on_shutdown() -> None:
    """End the warm process; publish what is complete."""
    session.end()
    gc.freeze()  # Python would look through everything once more before it ends: 0.1 s


def on_build_error(error: Exception) -> None:
    """Publish nothing; say in a sentence what the disk refused."""
    session.publication.complete = False
    if isinstance(error, OSError):
        raise Abort(session.publication.explain(error)) from error


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Begin a build; add mkdocs-jupyter, which asks us for its notebooks and their Markdown."""
    global build
    build = Build(session, config)
    session.begin(config)
    if config.edit_uri:  # right but for the branch, which MkDocs takes for `master`
        config.edit_uri = config.edit_uri.replace("/master/", "/main/")
    config.plugins[notebooks.NAME] = notebooks.Notebooks(build.runs, build.markdown)
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Leave out Material's stemmers for languages other than English: 36 files that nothing loads."""
    for file in [one for one in files if one.src_uri.startswith("assets/javascripts/lunr/")]:
        files.remove(file)
    return files


def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> Navigation:
    """Read all pages in the order of the navigation, refuse the faulty ones, execute the others."""
    build.read(nav, files)
    build.execute()
    return nav


def on_page_read_source(page: Page, config: MkDocsConfig) -> str:
    """Spare MkDocs a page that is not text: the problem is shown in its place."""
    try:
        return page.file.content_string
    except ValueError:
        return ""


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put the lists of claims and attacks, and where the claims hold, where a page asks for them."""
    return build.fill(markdown, build.sources[page.file.src_uri])


def on_page_content(content: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Refuse HTML that must not be published, and finish what Python-Markdown made."""
    return markup.finish(content) if build.sound(content, page) else build.problem_page(page)


def on_env(env: Environment, config: MkDocsConfig, files: Files) -> Environment:
    """All pages are rendered to HTML; what follows puts them into Material's templates."""
    env.trim_blocks = env.lstrip_blocks = True  # the templates' own lines: 1 kB of a page
    build.check_moved(files)
    return env


def on_page_context(
    context: dict[str, Any], page: Page, config: MkDocsConfig, nav: Navigation
) -> dict[str, Any]:
    """What the stamp at the foot of the page says, where anchors have moved, a stylesheet of its own."""
    source = build.sources[page.file.src_uri]
    context["stamp"] = stamp.stamp(source, ROOT, config.repo_url or "")
    context["proven"] = source.path not in build.problems
    context["moved"] = moved.redirects(source, build.sources)
    if style := page.meta.get("style"):
        context["style"] = (Path(config.docs_dir) / style).read_text(encoding="utf-8")
    return context


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Write the page's executed Markdown beside its HTML."""
    target = Path(page.file.abs_dest_path).with_name("index.md")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(build.executed[page.file.src_uri], encoding="utf-8")
    return _finish(lab.inline(output, Path(config.docs_dir)))


def on_post_template(output: str, template_name: str, config: MkDocsConfig) -> str:
    """The page for missing pages has a search and a policy too."""
    return _finish(output) if template_name == "404.html" else output


def _finish(output: str) -> str:
    """A page with its policy, which knows its last script; `mkdocs serve` adds one that reloads."""
    return output if session.serving else policy.protect(markup.unindent(output))


@event_priority(-100)  # after the search plugin, whose index is parted
def on_post_build(config: MkDocsConfig) -> None:
    """Write the data for programs and what a reader takes home; tidy the cache."""
    site, pages = Path(config.site_dir), list(build.sources.values())
    shown = {name: cells for name, cells in build.shown.items() if name not in build.problems}
    defaults.write_json(build.shown, site)
    search.write_sections(build.shown, build.sources, site)
    about = (config.site_name, config.site_url or "", pins.TORCH)
    takeaway.write(build.sources, shown, ROOT, site, about)
    alone.write(ROOT, site)
    ledger.write_json(pages, ROOT, site, build.record)
    llms.write(build.navigation, config, build.executed)
    policy.write_headers(site)
    session.cache.evict()
    session.publication.complete = True
