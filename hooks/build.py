"""The MkDocs hook: checks every page, has it executed, and renders its Markdown with the outputs in it."""

from __future__ import annotations

import gc
import html
import logging
import os
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
from mkdocs.plugins import event_priority, get_plugin_logger
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.utils import CountHandler

from hooks.give import alone, defaults, llms, search, takeaway
from hooks.give.publish import Publication
from hooks.read import moved
from hooks.read.claims import repeated_names
from hooks.read.pages import read_page
from hooks.read.source import Problem, Source
from hooks.run import pins, profile
from hooks.run.cache import Cache, key_of
from hooks.run.execution import FORKS, Result, Runner
from hooks.show import fit, lab, ledger, markup, policy, preprocessor, shortcuts, stamp
from hooks.show.mathematics import render_math

log = get_plugin_logger("pages")
runner = Runner()
cache = Cache(ROOT / ".cache" / "pages")
cold = bool(os.environ.get("CI"))
"""CI runs every page: nothing that an earlier build left may decide what it publishes."""
sources: dict[str, Source] = {}
_pages: dict[str, tuple[tuple[int, int, str], Source]] = {}
results: dict[str, Result] = {}
problems: dict[str, list[Problem]] = {}
"""Pages that cannot be shown; `mkdocs serve` shows the problem in their place, a build stops."""
serving = False
navigation: Navigation
dirty_build = False
publication = Publication()
executed: dict[str, str] = {}
"""Page -> its Markdown with outputs, to be written beside its HTML."""


def on_startup(command: str, dirty: bool) -> None:
    """Let the warm process import torch while MkDocs starts up, when it is likely to be needed."""
    global serving, dirty_build
    if problem := pins.wrong_torch(ROOT / "requirements-torch.txt"):
        raise PluginError(problem)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))  # and tidy up
    gc.set_threshold(100_000)  # a build makes many small objects and throws few away: 8 % faster
    serving, dirty_build = command == "serve", dirty
    if FORKS and (cold or serving or not cache.folder.is_dir()):
        runner.start()


def on_shutdown() -> None:
    """End the warm process, and remove what the build did not publish; nothing interrupts that."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    runner.stop()
    publication.discard()
    gc.freeze()  # Python would look through everything once more before it ends: 0.1 s


def on_build_error(error: Exception) -> None:
    """Say in a sentence what the disk refused."""
    if isinstance(error, OSError):
        raise Abort(publication.explain(error)) from error


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Check what mkdocs-jupyter is told, and give it our notebooks, preprocessor and template."""
    if not serving:
        publication.begin(config, dirty_build)
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
    shortcuts.install(lambda path: _read(path, config.docs_dir).notebook)
    return config


def _read(path: str, docs: str) -> Source:
    """Read a page once for as long as its file does not change."""
    status = os.stat(path)
    key = (status.st_mtime_ns, status.st_size, docs)
    if path not in _pages or _pages[path][0] != key:
        _pages[path] = (key, read_page(Path(path), Path(docs)))
    return _pages[path][1]


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Leave out Material's stemmers for languages other than English: 36 files that nothing loads."""
    for file in list(files):
        if file.src_uri.startswith("assets/javascripts/lunr/"):
            files.remove(file)
    return files


def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> Navigation:
    """Read all pages in the order of the navigation, refuse the faulty ones, execute the others."""
    profile.mark("start-up and configuration")
    in_order = [page.file for page in nav.pages]
    rest = [file for file in files.documentation_pages() if file not in in_order]
    sources.clear()
    for file in in_order + rest:
        if file.abs_src_path and file.src_uri.endswith(".md"):
            source = sources[file.src_uri] = _read(file.abs_src_path, config.docs_dir)
            source.url = file.url
    pages = list(sources.values())
    problems.clear()
    _refuse([problem for page in pages for problem in page.problems] + repeated_names(pages))
    claims = [claim for page in pages for claim in page.claims]
    for number, claim in enumerate(claims, start=1):
        claim.number = number
    results.clear()
    preprocessor.shown.clear()
    if FORKS:
        _execute([page for page in pages if page.cells and page.path not in problems])
    else:
        log.info("this system cannot fork: each page gets an ordinary kernel, which takes longer")
    profile.mark("reading and executing pages")
    global navigation
    navigation = nav
    return nav


def _execute(pages: list[Source]) -> None:
    failed = []
    keys = {page.path: key_of(page, ROOT) for page in pages}
    if not cold:
        for page in pages:
            if (cells := cache.get(page, keys[page.path])) is not None:
                results[page.path] = Result(cells, 0.0, None)
    stale = [page for page in pages if page.path not in results]
    try:
        for done, (page, result) in enumerate(runner.run(stale), start=1):
            log.info(
                f"{done}/{len(stale)} {page.path}: {len(page.cells)} cells, {result.seconds:.1f} s"
            )
            results[page.path] = result
            if result.problem:
                failed.append(result.problem)
            elif not any(result.cells):
                line = page.cells[0].line
                text = "no cell of this page has an output: print what the cells show"
                failed.append(Problem(page.path, line, text))
            else:
                cache.put(page, keys[page.path], result.cells)
    except RuntimeError as error:
        raise PluginError(str(error)) from error
    _refuse(sorted(failed, key=lambda problem: (problem.page, problem.line)))


def _refuse(found: list[Problem]) -> None:
    """Stop the build; while serving, say it and go on without the pages concerned."""
    if found and not serving:
        raise PluginError("\n\n".join(["the site was not built", *map(str, found)]))
    for problem in found:
        log.error(f"{problem}\n")
        problems.setdefault(problem.page, []).append(problem)


def on_pre_page(page: Page, config: MkDocsConfig, files: Files) -> Page:
    """Tell the preprocessor which page comes next."""
    source = sources.get(page.file.src_uri)
    if source:
        result = results.get(source.path)
        unread = source.path in problems and not (result and result.problem)
        preprocessor.current = preprocessor.Coming(
            source, result, unread, lambda one: _refuse([one])
        )
    return page


def on_page_read_source(page: Page, config: MkDocsConfig) -> str:
    """Spare MkDocs a page that is not text: the problem is shown in its place."""
    try:
        return page.file.content_string
    except ValueError:
        return ""


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Put the lists of claims and attacks where a page asks for them."""
    return ledger.fill(markdown, list(sources.values()), ROOT)


def on_page_content(content: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Have MkDocs render the executed Markdown, which mkdocs-jupyter gives as content, like any page."""
    source = sources[page.file.src_uri]
    if preprocessor.current and preprocessor.current.unread:
        return _problem_page(source)
    if source.cells:
        page.markdown = content.strip() + "\n"
        Page.render(page, config, files)
        content = page.content or ""
    if not content.strip():
        _refuse([Problem(source.path, 1, "this page came out empty: write something into it")])
    if problem := fit.misfit(content, source):
        _refuse([problem])
        return _problem_page(source)
    about = {key: page.meta[key] for key in ("title", "description") if key in page.meta}
    header = f"---\n{yaml.safe_dump(about, allow_unicode=True, width=1000)}---\n\n" if about else ""
    executed[page.file.src_uri] = header + (page.markdown or "")
    content = markup.plain_code(markup.box_tables(markup.name_rows(content)))
    return render_math(search.leave_out_links(content))


def _problem_page(source: Source) -> str:
    """What `mkdocs serve` shows in place of a page that cannot be shown."""
    text = "\n\n".join(["This page was not built.", *map(str, problems[source.path])])
    executed[source.path] = text
    return f'<h1>{html.escape(source.title)}</h1><pre class="problem">{html.escape(text)}</pre>'


def on_env(env: Environment, config: MkDocsConfig, files: Files) -> Environment:
    """All pages are rendered to HTML; what follows puts them into Material's templates."""
    profile.mark("rendering Markdown")
    env.trim_blocks = env.lstrip_blocks = True  # the templates' own lines: 1 kB of a page
    contents = {
        file.src_uri: file.page.content
        for file in files.documentation_pages()
        if file.page and file.page.content and file.src_uri not in problems
    }
    _refuse(moved.check_moved(sources, contents))
    return env


def on_page_context(
    context: dict[str, Any], page: Page, config: MkDocsConfig, nav: Navigation
) -> dict[str, Any]:
    """What the stamp at the foot of the page says, where anchors have moved, a stylesheet of its own."""
    source = sources[page.file.src_uri]
    context["stamp"] = stamp.stamp(source, ROOT, config.repo_url or "")
    context["proven"] = source.path not in problems
    context["moved"] = moved.redirects(source, sources)
    if style := page.meta.get("style"):
        context["style"] = (Path(config.docs_dir) / style).read_text(encoding="utf-8")
    return context


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Write the page's executed Markdown beside its HTML."""
    profile.mark("templates")
    target = Path(page.file.abs_dest_path).with_name("index.md")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(executed[page.file.src_uri], encoding="utf-8")
    try:
        return _finish(lab.inline(output, Path(config.docs_dir)))
    except ValueError as error:
        raise PluginError(str(error)) from error


def on_post_template(output: str, template_name: str, config: MkDocsConfig) -> str:
    """The page for missing pages has a search and a policy too."""
    return _finish(output) if template_name == "404.html" else output


def _finish(output: str) -> str:
    """A page of Material's with its policy, which knows its last script."""
    return (
        output if serving else policy.protect(output)
    )  # `mkdocs serve` adds a script that reloads


@event_priority(-100)  # after the search plugin, so that its index counts in the profile
def on_post_build(config: MkDocsConfig) -> None:
    """Write the data for programs, the modules that a reader takes home; tidy the cache; publish."""
    site = Path(config.site_dir)
    defaults.write_json(preprocessor.shown, site)
    search.write_sections(preprocessor.shown, sources, site)
    about = (config.site_name, config.site_url or "", preprocessor.TORCH)
    shown = {name: cells for name, cells in preprocessor.shown.items() if name not in problems}
    takeaway.write(sources, shown, ROOT, site, about)
    for module in (ROOT / "snippets").rglob("*.py"):
        home = site / module.relative_to(ROOT)
        home.parent.mkdir(parents=True, exist_ok=True)
        home.write_text(alone.alone(module, ROOT), encoding="utf-8")
    cache.evict()
    profile.mark("search index")
    profile.write(sources, results)
    ledger.write_json(list(sources.values()), ROOT, site, preprocessor.TORCH)
    llms.write(navigation, config, executed)
    policy.write_headers(site)
    publication.finish(config)
