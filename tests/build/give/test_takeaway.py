"""What a reader takes home: a notebook, and a script that runs alone and prints what the page shows."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbformat import NotebookNode

from hooks.give import takeaway
from hooks.give.outside import addresses, named_targets, readable
from hooks.read.pages import read_page
from hooks.read.source import Claim, Source
from hooks.run.imports import imported_modules, imports
from hooks.show.stamp import NOTEBOOKS, colab
from tests.build.alone import run_alone
from tests.build.markup import read_html
from tests.build.project import ROOT, build, cell, page, write_project
from tests.sources import DOCS, EXECUTED, PAGES, html_of

ALLOWED = {"torch", "matplotlib", "scipy", "numpy"}
TRIED = [page for page in EXECUTED if page.path in ("lab.md", "linear.md", "recipes.md")]
CODE = re.compile(r"^(`{3,}).*?^\1$|`+[^`]*`+", re.DOTALL | re.MULTILINE)
CLAIM = Claim("sum-is-two", "1 + 1 is 2", "", "float32, CPU", 1, 2, 7)


def notebook_of(source: Source, site: Path) -> NotebookNode:
    path = html_of(source, site).with_name(f"{source.stem}.ipynb")
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


def codes(notebook: NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def prose(notebook: NotebookNode) -> str:
    return "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


@pytest.mark.parametrize("source", EXECUTED, ids=lambda source: source.path)
def test_the_stamp_offers_a_notebook_a_script_and_markdown(source: Source, site: Path) -> None:
    path = html_of(source, site)
    links = {tag.get_text(): tag["href"] for tag in read_html(path).select(".stamp a")}
    for word, name in (("notebook", ".ipynb"), ("script", ".py")):
        assert links[word] == source.stem + name
    assert links["Markdown"] == "index.md"
    for link in ("notebook", "script", "Markdown"):
        assert path.with_name(links[link]).is_file()
    assert not [link for link in links if "Colab" in link]


@pytest.mark.parametrize("source", EXECUTED, ids=lambda source: source.path)
def test_a_notebook_is_valid_and_holds_the_page(source: Source, site: Path) -> None:
    notebook = notebook_of(source, site)
    nbformat.validate(notebook)
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    mine = codes(notebook)[bool(imported_modules(source, ROOT)) :]
    assert mine == [found.code.strip("\n") for found in source.cells]
    shown = [found for found in notebook.cells if found.get("outputs")]
    assert len(shown) >= len(mine) / 2
    text = prose(notebook)
    for claim in source.claims:
        assert claim.name in text
        assert claim.statement in text
        scope = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", claim.scope)
        assert f"Scope: {scope}" in text
    assert "<snippets." not in str(notebook)  # an object's address is another one in each build


@pytest.mark.parametrize("source", EXECUTED, ids=lambda source: source.path)
def test_the_prose_has_no_markup_that_only_this_site_reads(source: Source, site: Path) -> None:
    text = CODE.sub("", prose(notebook_of(source, site)))
    assert text.startswith("# ")
    for strange in (
        "!!!",
        "{:",
        "{ #",
        "{#",
        "--8<--",
        "<div",
        "<template",
        "<section",
        "<form",
        "<script",
        "\0",
        "]: ",
    ):
        assert strange not in text, strange
    targets = re.findall(r"\]\(([^)]*)\)", text) + re.findall('href="([^"]*)"', text)
    assert [target for target in targets if not re.match("https?://", target)] == []


@pytest.mark.parametrize("source", EXECUTED, ids=lambda source: source.path)
def test_a_script_is_its_notebook(source: Source, site: Path) -> None:
    path = html_of(source, site).with_name(f"{source.stem}.py")
    assert codes(jupytext.read(path)) == codes(notebook_of(source, site))


@pytest.mark.parametrize("source", EXECUTED, ids=lambda source: source.path)
def test_a_script_imports_what_it_carries_and_little_else(source: Source, site: Path) -> None:
    used = {n.partition(".")[0] for code in codes(notebook_of(source, site)) for n in imports(code)}
    used |= set(takeaway.needed(source, imported_modules(source, ROOT)))
    assert used - ALLOWED - {"snippets"} <= set(sys.stdlib_module_names)


def check_script(source: Source, site: Path, folder: Path) -> None:
    """A page's script runs in an empty folder, leaves nothing there, and prints what the page shows."""
    notebook = notebook_of(source, site)
    printed = run_alone(html_of(source, site).with_name(f"{source.stem}.py"), folder)
    assert list(folder.iterdir()) == []
    at, mine = 0, [found for found in notebook.cells if found.cell_type == "code"]
    for written, found in zip(source.cells, mine[-len(source.cells) :], strict=True):
        for output in found.outputs:
            if output.output_type == "stream" and "volatile" not in written.flags:
                place = printed.find(output.text, at)
                assert place >= 0, f"{source.path}:{written.line} printed\n{printed[at:]}"
                at = place + len(output.text)


@pytest.mark.parametrize("source", TRIED, ids=lambda source: source.path)
def test_a_script_runs_alone_and_prints_what_the_page_shows(
    source: Source, site: Path, tmp_path: Path
) -> None:
    """One with figures, and two that carry much; tests/soak runs all."""
    check_script(source, site, tmp_path)


def test_a_script_that_needs_the_project_would_be_noticed(tmp_path: Path) -> None:
    script = tmp_path / "needs.py"
    script.write_text("from snippets.errors import expect_error\n", encoding="utf-8")
    with pytest.raises(AssertionError, match="No module named 'snippets'"):
        run_alone(script, tmp_path)


def test_the_same_page_gives_the_same_bytes(site: Path) -> None:
    source = read_page(DOCS / "linear.md", DOCS)
    outputs = [[] for _ in source.cells]
    pages = {found.path: found for found in PAGES}
    once, again = (takeaway.build(source, pages, outputs, ROOT, ("S", "", "2")) for _ in "12")
    assert once == again
    assert len({found.id for found in once.cells}) == len(once.cells)


def test_carried_modules_import_each_other_and_show_their_source(tmp_path: Path) -> None:
    root, docs = tmp_path / "root", tmp_path / "docs"
    files = {
        "tools/__init__.py": "from tools.inner import deep\n",
        "tools/inner/__init__.py": "",
        "tools/inner/deep.py": "NAME = __name__\ndef two():\n    '''Quoted \\\\ twice.'''\n    return 2\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    code = "import inspect\nfrom tools import deep\nprint(deep.NAME, deep.two(), inspect.getsource(deep))"
    docs.mkdir()
    (docs / "p.md").write_text(page(cell(code, first=True)), encoding="utf-8")
    source = read_page(docs / "p.md", docs)
    takeaway.write({"p.md": source}, {"p.md": [[]]}, root, tmp_path, ("Site", "", "2"))
    empty = tmp_path / "empty"
    empty.mkdir()
    printed = run_alone(tmp_path / "p.py", empty)
    assert printed == f"tools.inner.deep 2 {files['tools/inner/deep.py']}\n"


def test_a_page_that_starts_with_code_says_first_where_it_is_from(tmp_path: Path) -> None:
    header = page().partition("# T")[0]
    (tmp_path / "p.md").write_text(header + cell("print(1)", first=True) + "\n", encoding="utf-8")
    source = read_page(tmp_path / "p.md", tmp_path)
    notebook = takeaway.build(source, {}, [[]], ROOT, ("Site", "https://s.org/", "2"))
    first, code = notebook.cells
    assert "[Site](https://s.org/)" in first.source
    assert code.source == "print(1)"


def plain(text: str, address: str = "") -> str:
    sources = {path: Source(path, url=f"{path[:-3]}/") for path in ("a.md", "deep/b.md")}
    where = addresses(sources["a.md"], sources, address)
    return readable(text, [CLAIM], where, named_targets([text]))


@pytest.mark.parametrize(
    ("written", "words", "link"),
    [
        ("[B *b*](deep/b.md#x)", "B *b*", "[B *b*](https://s.org/deep/b/#x)"),
        ("[`b`](deep/b.md?q=1)", "`b`", "[`b`](https://s.org/deep/b/?q=1)"),
        ("[here](#x)", "here", "[here](https://s.org/a/#x)"),
        ("[B][1]\n\n[1]: deep/b.md", "B", "[B](https://s.org/deep/b/)"),
        ('<a href="../data.json">data</a>', "data", "[data](https://s.org/data.json)"),
        ("[T](https://t.org/x.md)", "[T](https://t.org/x.md)", "[T](https://t.org/x.md)"),
        ("`[B](deep/b.md)`", "`[B](deep/b.md)`", "`[B](deep/b.md)`"),
        ("x[0](1) and [0, 1]", "x0 and [0, 1]", "x[0](https://s.org/a/1) and [0, 1]"),
    ],
)
def test_a_link_is_absolute_where_the_address_is_known_and_words_elsewhere(
    written: str, words: str, link: str
) -> None:
    assert plain(written) == words
    assert plain(written, "https://s.org/") == link


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (
            '!!! short "In short"\n    One.\n\n    - two\n\nThree',
            "> **In short**\n>\n> One.\n>\n> - two\n\nThree",
        ),
        (
            '!!! claim "sum-is-two: 1 + 1 is 2"\n    So.\n\n    Scope: float32, CPU\n',
            "> **Claim 7, sum-is-two:** 1 + 1 is 2\n>\n> So.\n>\n"
            "> *Scope: float32, CPU. The next cell is the proof.*",
        ),
        ("## Head { #head }\n\ntext\n{: .quiet }\n", "## Head\n\ntext"),
        ("<template>a<template>b</template>c</template>\n\nd", "d"),
        ('<section class="lab">a<template>b</template>\n</section>\n\nd', "d"),
        ("```text\n!!! note\n{: .x }\n```", "```text\n!!! note\n{: .x }\n```"),
    ],
)
def test_what_only_this_site_reads_becomes_common_markdown(written: str, read: str) -> None:
    assert plain(written) == read


def test_colab_opens_notebooks_from_github_alone() -> None:
    source = Source("deep/b.md")
    opened = colab(source, "https://github.com/o/r.git")
    assert opened == "https://colab.research.google.com/github/o/r/blob/notebooks/b.ipynb"
    for elsewhere in ("", "https://gitlab.com/o/r", "https://github.com.example.org/o/r"):
        assert colab(source, elsewhere) == ""


def test_the_workflow_pushes_the_branch_that_colab_reads() -> None:
    text = (ROOT / ".github" / "workflows" / "site.yml").read_text(encoding="utf-8")
    assert f"--initial-branch={NOTEBOOKS}\n" in text
    assert re.search(rf"push .* {NOTEBOOKS}\n", text)


def test_links_to_the_repository_appear_where_there_is_one(tmp_path: Path) -> None:
    project = write_project(
        tmp_path, {"index.md": page(cell("print(1)", first=True)), "t.md": "# T\n\nWords.\n"}
    )
    config = project / "mkdocs.yml"
    text = config.read_text(encoding="utf-8")
    assert "repo_url: ''\n" in text
    config.write_text(
        text.replace("repo_url: ''", "repo_url: !ENV [REPO_URL, '']"), encoding="utf-8"
    )
    seen = {}
    for name, there in (
        ("none", {}),
        ("all", {"REPO_URL": "https://github.com/o/r"}),
    ):
        done = build(project, tmp_path / name, CI="", **there)
        assert done.returncode == 0, done.stderr
        pages = [read_html(tmp_path / name / path) for path in ("index.html", "t/index.html")]
        links = [str(tag["href"]) for html in pages for tag in html.select("a[href]")]
        seen[name] = [link for link in links if re.search("colab|/edit/", link)]
        for html in pages:  # Material's own link would ask the repository's host
            assert not html.select("[data-md-component=source]")
    assert seen == {
        "none": [],
        "all": [
            "https://github.com/o/r/edit/main/docs/index.md",
            "https://colab.research.google.com/github/o/r/blob/notebooks/index.ipynb",
            "https://github.com/o/r/edit/main/docs/t.md",
        ],
    }
