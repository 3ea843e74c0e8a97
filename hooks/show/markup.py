"""What Python-Markdown's HTML gains: names for rows, boxes of tables that the keyboard scrolls, less code."""

from __future__ import annotations

import re

from hooks.show.mathematics import render_math

PLAIN = ("n", "kc", "w", "sa", "vm", "fm")
"""Classes of code that look like the code around them."""

_PLAIN = re.compile(rf'<span class="(?:{"|".join(PLAIN)})">([^<]*)</span>')
_TABLE = re.compile(r"<table>(.*?</table>)", re.DOTALL)
_BOXED = (
    '<div class="md-typeset__scrollwrap" tabindex="0" role="group" aria-label="Table">'
    r'<div class="md-typeset__table"><table class="boxed">\1</div></div>'
)
_ROWS = re.compile(r"<th></th>(?P<rest>.*?</table>)", re.DOTALL)
_FIRST = re.compile(r"(<tr>\s*)<td>(.*?)</td>")
_INDENT = re.compile(r"\n\s+")
_NEXT = '<h2 id="where-next"'


def finish(content: str) -> str:
    """What is done to the HTML of every page."""
    content = plain_code(box_tables(name_rows(content)))
    return render_math(leave_out_links(content))


def name_rows(content: str) -> str:
    """A table whose corner is empty has a name before each row; an empty heading says nothing, aloud."""
    return _ROWS.sub(
        lambda table: "<td></td>" + _FIRST.sub(r'\1<th scope="row">\2</th>', table["rest"]), content
    )


def box_tables(content: str) -> str:
    """A wide table scrolls in a box, which the keyboard reaches.

    Material's script makes such a box of each table without a class while the page opens, and the whole
    page is styled again. Here it is there from the start, without a script too.
    """
    return _TABLE.sub(_BOXED, content)


def plain_code(content: str) -> str:
    """Code without marks of what looks like the code around it: a quarter of the elements of a page."""
    return _PLAIN.sub(r"\1", content)


def leave_out_links(content: str) -> str:
    """Leave "Where next" out of the search: links to what a query asks for would come before it.

    Material removes the attribute again, as it has a value.
    """
    return content.replace(_NEXT, f'{_NEXT} data-search-exclude="links"')


def unindent(page: str) -> str:
    """A whole page without the indentation of the templates' lines: 0.3 kB less to fetch with each."""
    before, article, rest = page.partition("<article")
    text, end, after = rest.rpartition("</article>")
    return _INDENT.sub("\n", before) + article + text + end + _INDENT.sub("\n", after)
