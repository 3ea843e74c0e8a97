"""The MkDocs hook: checks every page, has it executed, and renders its Markdown with the outputs in it."""

from __future__ import annotations

import gc
import logging
import signal
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:  # MkDocs loads a hook as a lone file
    sys.path.insert(0, str(ROOT))

import yaml
from jinja2 import Environment
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort, PluginError
from mkdocs.plugins import event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.utils import CountHandler

from hooks.give import alone, defaults, llms, search, takeaway
from hooks.read import moved
from hooks.read.source import Problem
from hooks.run import pins, profile
from hooks.run.execution import FORKS
from hooks.show import fit, lab, ledger, markup, policy, preprocessor, shortcuts, stamp
from hooks.show.mathematics import render_math
from hooks.state import Build, Session

session = Session(ROOT)
build: Build
"""The build that goes on: made in `on_config`."""


def on_startup(command: str, dirty: bool) -> None:
    """Let the warm process import torch while MkDocs starts up, when it is likely to be needed."""
    if problem := pins.wrong_torch(ROOT / "requirements-torch.txt"):
        raise PluginError(problem)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # and tidy up
    gc.set_threshold(100_000)  # a build makes many small objects and throws few away: 8 % faster
    session.serving, session.dirty = command == "serve", dirty
    if FORKS and (session.cold or session.serving or not session.cache.folder.is_dir()):
        session.runner.start()


def on_shutdown() -> None:
    """End the warm process, and remove what the build did not publish; nothing interrupts that."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    session.runner.stop()
    session.publication.discard()
    gc.freeze()  # Python would look through everything once more before it ends: 0.1 s


def on_build_error(error: Exception) -> None:
    """Say in a sentence what the disk refused."""
    if isinstance(error, OSError):
        raise Abort(session.publication.explain(error)) from error


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Check what mkdocs-jupyter is told, and give it our notebooks, preprocessor and template."""
    global build
    build = Build(session, config)
    if not session.serving:
        session.publication.begin(config, session.dirty)
    else:
        # A warning is shown, and the page too: strict would keep the last page without a word.
        for handler in list(logging.getLogger("mkdocs").handlers):
            if isinstance(handler, CountHandler):
                logging.getLogger("mkdocs").removeHandler(handler)
    options = config.plugins["mkdocs-jupyter"].config
    wanted = {"execute": True, "allow_errors": False, "cache": False, "ignore_h1_titles": True}
    for name, value in wanted.items():
        if options[name] != value:
            raise PluginError(
                f"mkdocs.yml: mkdocs-jupyter needs `{name}: {str(value).lower()}` here"
            )
    if config.edit_uri:  # right but for the branch, which MkDocs takes for `master`
        config.edit_uri = config.edit_uri.replace("/master/", "/main/")
    shortcuts.install(lambda path: session.read(path, config.docs_dir).notebook)
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Leave out Material's stemmers for languages other than English: 36 files that nothing loads."""
    for file in list(files):
        if file.src_uri.startswith("assets/javascripts/lunr/"):
            files.remove(file)
    return files


def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> Navigation:
    """Read all pages in the order of the navigation, refuse the faulty ones, execute the others."""
    profile.mark("start-up and configuration")
    build.read(nav, files)
    build.execute()
    profile.mark("reading and executing pages")
    return nav


def on_pre_page(page: Page, config: MkDocsConfig, files: Files) -> Page:
    """Tell the preprocessor which page comes next."""
    if source := build.sources.get(page.file.src_uri):
        preprocessor.current = build.coming(source)
    return page


def on_page_read_source(page: Page, config: MkDocsConfig) -> str:
    """Spare MkDocs a page that is not text: the problem is shown in its place."""
    try:
        return page.file.content_string
    except ValueError:
        return ""


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put the lists of claims and attacks where a page asks for them."""
    return ledger.fill(markdown, list(build.sources.values()), ROOT)


def on_page_content(content: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Have MkDocs render the executed Markdown, which mkdocs-jupyter gives as content, like any page."""
    source = build.sources[page.file.src_uri]
    if build.unread(source):
        return build.problem_page(source)
    if source.cells:
        page.markdown = content.strip() + "\n"
        Page.render(page, config, files)
        content = page.content or ""
    if not content.strip():
        build.refuse([Problem(source.path, 1, "this page came out empty: write something into it")])
    if problem := fit.misfit(content, source):
        build.refuse([problem])
        return build.problem_page(source)
    about = {key: page.meta[key] for key in ("title", "description") if key in page.meta}
    header = f"---\n{yaml.safe_dump(about, allow_unicode=True, width=1000)}---\n\n" if about else ""
    build.executed[page.file.src_uri] = header + (page.markdown or "")
    content = markup.plain_code(markup.box_tables(markup.name_rows(content)))
    return render_math(search.leave_out_links(content))


def on_env(env: Environment, config: MkDocsConfig, files: Files) -> Environment:
    """All pages are rendered to HTML; what follows puts them into Material's templates."""
    profile.mark("rendering Markdown")
    env.trim_blocks = env.lstrip_blocks = True  # the templates' own lines: 1 kB of a page
    contents = {
        file.src_uri: file.page.content
        for file in files.documentation_pages()
        if file.page and file.page.content and file.src_uri not in build.problems
    }
    build.refuse(moved.check_moved(build.sources, contents))
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
    profile.mark("templates")
    target = Path(page.file.abs_dest_path).with_name("index.md")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(build.executed[page.file.src_uri], encoding="utf-8")
    try:
        return _finish(lab.inline(output, Path(config.docs_dir)))
    except ValueError as error:
        raise PluginError(str(error)) from error


def on_post_template(output: str, template_name: str, config: MkDocsConfig) -> str:
    """The page for missing pages has a search and a policy too."""
    return _finish(output) if template_name == "404.html" else output


def _finish(output: str) -> str:
    """A page of Material's with its policy, which knows its last script."""
    # `mkdocs serve` adds a script that reloads
    return output if session.serving else policy.protect(output)


@event_priority(-100)  # after the search plugin, so that its index counts in the profile
def on_post_build(config: MkDocsConfig) -> None:
    """Write the data for programs, the modules that a reader takes home; tidy the cache; publish."""
    site = Path(config.site_dir)
    defaults.write_json(preprocessor.shown, site)
    search.write_sections(preprocessor.shown, build.sources, site)
    about = (config.site_name, config.site_url or "", preprocessor.TORCH)
    shown = {
        name: cells for name, cells in preprocessor.shown.items() if name not in build.problems
    }
    takeaway.write(build.sources, shown, ROOT, site, about)
    for module in (ROOT / "snippets").rglob("*.py"):
        home = site / module.relative_to(ROOT)
        home.parent.mkdir(parents=True, exist_ok=True)
        home.write_text(alone.alone(module, ROOT), encoding="utf-8")
    session.cache.evict()
    profile.mark("search index")
    profile.write(build.sources, build.results)
    ledger.write_json(list(build.sources.values()), ROOT, site, preprocessor.TORCH)
    llms.write(build.navigation, config, build.executed)
    policy.write_headers(site)
    session.publication.finish(config)
