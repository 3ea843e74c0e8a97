"""Mends in Material's markup, script and style: what HTML forbids, somebody misses, or makes a page slow."""

from __future__ import annotations

import re
from pathlib import Path

MENDS = {
    # A screen reader names the dialog when it opens.
    'role="dialog"': 'role="dialog" aria-label="Search"',
    # HTML has no `autocomplete` for a checkbox.
    'type="checkbox" id="__drawer" autocomplete="off"': 'type="checkbox" id="__drawer"',
    'type="checkbox" id="__search" autocomplete="off"': 'type="checkbox" id="__search"',
    # The button of the drawer, on narrow screens: Material opens it by Enter, but it could not have the focus.
    'md-icon" for="__drawer">': 'md-icon" for="__drawer" tabindex="0" title="Navigation">',
}
"""What stands once on every page."""

NAVIGATION = {
    # An empty `tabindex` is no number; the head of the section that is open anyway needs none.
    ' tabindex="">': ">",
    # On narrow screens these lead a level up and to the page's contents.
    '<label class="md-nav__title" for="__nav_': '<label class="md-nav__title" tabindex="0" for="__nav_',
    '--active" for="__toc">': '--active" tabindex="0" for="__toc">',
    # The page that is open, said aloud.
    '" class="md-nav__link md-nav__link--active">': (
        '" class="md-nav__link md-nav__link--active" aria-current="page">'
    ),
}
"""What stands on a page as often as the navigation has it, or never."""

BUNDLE = {
    # One button is no navigation: a page would have a nameless landmark for each cell.
    '("nav",{class:"md-code__nav"})': '("div",{class:"md-code__nav"})',
    # A title alone is no name for a button that has no text.
    'title:Me("clipboard.copy"),': 'title:Me("clipboard.copy"),"aria-label":Me("clipboard.copy"),',
    # When a page opens, its colors are set, mostly to what they are: then no transition need be switched off
    # and on again, which styles the whole page twice.
    'if(document.body.setAttribute("data-md-color-switching",""),s.color.media': "if(s.color.media",
    "document.body.setAttribute(`data-md-color-${a}`,c);": (
        'a!=="media"&&document.body.getAttribute(`data-md-color-${a}`)!==c'
        '&&document.body.setAttribute("data-md-color-switching",""),'
        "document.body.setAttribute(`data-md-color-${a}`,c);"
    ),
    # A page without a declared color scheme is light; declaring it styles the whole page once more, twice.
    "document.head.appendChild(o);let n=Wt(": "let n=Wt(",
    "return o.content=a.colorScheme,a.": (
        'return(o.content=a.colorScheme)!=="light"&&document.head.appendChild(o),a.'
    ),
    # Each piece of code waits to be seen by itself: one that is seen need not tell all others.
    'V("content.lazy")?mt(e).pipe(g(n=>n),Ee(1),b(()=>o)):o': (
        'V("content.lazy")?new F(n=>{let i=new IntersectionObserver(s=>{'
        "s.some(a=>a.isIntersecting)&&(i.disconnect(),n.next(0))});"
        "return i.observe(e),()=>i.disconnect()}).pipe(Ee(1),b(()=>o)):o"
    ),
    # Of all links only those with a preview are set up.
    'M("a",e).map(': 'M("a[data-preview]",e).map(',
}
"""What Material's script makes and does."""

STYLE = {
    # Whoever asks for the absence of any class has the whole page styled again when a class changes.
    r"table:not\(\[class\]\)": "table:not(.rows,.lab-table)",
    # Tabs, of which this site has none. For each element of a page the browser asks of eighty rules whether
    # it is `:nth-child` of a tab; and one, below a class of the page's root, has the whole page styled again.
    r"(?<=[{}])(?:[^{},]*\.tabbed-[^{},]*,)*[^{},]*\.tabbed-[^{},]*\{[^{}]*\}": "",
}
"""What Material's style asks for, as patterns, as often as it does."""

_WORKER = re.compile(r'"search": "(?P<base>.*?)assets/(?P<worker>javascripts/workers/[^"]*)"')
_VERBATIM = re.compile(
    r"(<(?:pre|textarea|script|style)\b.*?</(?:pre|textarea|script|style)>)", re.DOTALL
)
_TABLE = re.compile(r"<table>(.*?</table>)", re.DOTALL)
_BOXED = (
    '<div class="md-typeset__scrollwrap" tabindex="0" role="group" aria-label="Table">'
    r'<div class="md-typeset__table"><table class="boxed">\1</div></div>'
)
_ROWS = re.compile(r"<th></th>(?P<rest>.*?</table>)", re.DOTALL)
_FIRST = re.compile(r"(<tr>\s*)<td>(.*?)</td>")
_BREAKS = re.compile(r"\s*\n\s*")
PLAIN = ("n", "kc", "w", "sa", "vm", "fm")
"""Classes of code that look like the code around them: a quarter of the elements of a page."""
_PLAIN = re.compile(rf'<span class="(?:{"|".join(PLAIN)})">([^<]*)</span>')


def mend(output: str) -> str:
    """The page with Material's markup mended, and a search that loads when it is first used.

    Raises `ValueError` when Material no longer writes what is to be mended.
    """
    for old, new in MENDS.items():
        output = _replaced(output, old, new)
    for old, new in NAVIGATION.items():
        output = output.replace(old, new)
    return _search_later(output)


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


def _search_later(output: str) -> str:
    """Have the search's worker and its index load on first use."""
    found = _WORKER.search(output)
    if not found:
        raise ValueError("Material no longer names its search worker: see hooks/markup.py")
    later = f'"search": "{found["base"]}assets/search-worker.js?{found["worker"]}"'
    output = output.replace(found[0], later, 1)
    script = f'<script src="{found["base"]}assets/search-later.js"></script>'
    bundle = f'<script src="{found["base"]}assets/javascripts/bundle.'
    return _replaced(output, bundle, f"{script}\n{bundle}")


def mend_assets(site: Path) -> None:
    """Mend Material's script and style in the built site; raises `ValueError` as `mend` does."""
    (bundle,) = site.glob("assets/javascripts/bundle.*.min.js")
    text = bundle.read_text(encoding="utf-8")
    for old, new in BUNDLE.items():
        text = _replaced(text, old, new)
    bundle.write_text(text, encoding="utf-8")
    (main,) = site.glob("assets/stylesheets/main.*.min.css")
    text = main.read_text(encoding="utf-8")
    for old, new in STYLE.items():
        text, times = re.subn(old, new, text)
        if not times:
            raise ValueError(f"Material no longer writes `{old}`: see hooks/markup.py")
    main.write_text(text, encoding="utf-8")


def squeeze(output: str) -> str:
    """The page without the empty lines, indentation and marks of code that mean nothing: 1.3 kB less."""
    parts = _VERBATIM.split(_PLAIN.sub(r"\1", output))
    parts[::2] = [_BREAKS.sub("\n", part) for part in parts[::2]]
    return "".join(parts)


def _replaced(text: str, old: str, new: str) -> str:
    if text.count(old) != 1:
        raise ValueError(f"Material no longer writes `{old}` once: see hooks/markup.py")
    return text.replace(old, new)
