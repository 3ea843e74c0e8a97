"""What is done to the HTML of every page."""

from __future__ import annotations

from pathlib import Path

from hooks.show.markup import finish, unindent


def test_the_links_at_the_end_of_a_page_are_no_result_of_the_search() -> None:
    page = finish('<h2 id="values">Values</h2><h2 id="where-next">Where next</h2>')
    assert page.count("data-search-exclude") == 1
    assert 'id="where-next" data-search-exclude="links">' in page


def test_a_table_is_boxed_and_its_rows_are_named() -> None:
    page = finish("<table><tr><th></th><th>a</th></tr><tr><td>b</td><td>1</td></tr></table>")
    assert page.startswith('<div class="md-typeset__scrollwrap" tabindex="0" role="group"')
    assert '<td></td><th>a</th></tr><tr><th scope="row">b</th><td>1</td>' in page
    assert finish('<table class="rows"></table>') == '<table class="rows"></table>'


def test_code_that_looks_like_the_code_around_it_has_no_marks() -> None:
    assert (
        finish('<span class="n">x</span> <span class="o">=</span>') == 'x <span class="o">=</span>'
    )


def test_lines_around_the_text_lose_their_indentation() -> None:
    page = (
        "<html>\n  <b>\n\n    <article>\n<pre>\n  code\n\n  </pre>\n</article>\n  </b>\n\n</html>\n"
    )
    assert unindent(page) == (
        "<html>\n<b>\n<article>\n<pre>\n  code\n\n  </pre>\n</article>\n</b>\n</html>\n"
    )
    text = "<article>\n  <pre>  &lt;/article></pre>\n  a</article>"
    assert unindent(f" <b>{text}</b>") == f" <b>{text}</b>"


def test_the_built_pages_are_not_indented(site: Path) -> None:
    for path in (site / "linear" / "index.html", site / "404.html"):
        before = path.read_text(encoding="utf-8").partition("<article")[0]
        assert "\n " not in before, path.relative_to(site)
