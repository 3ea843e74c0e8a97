"""A page's prose for readers outside the site: what only this site's Markdown knows becomes common Markdown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import urljoin, urlsplit

from hooks.read.fences import INLINE
from hooks.read.source import Claim, Source

_FENCE = re.compile(r"^(?P<ticks>`{3,}|~{3,}).*?^(?P=ticks)[ \t]*$", re.DOTALL | re.MULTILINE)
_MACHINERY = re.compile(
    r"<(style|script|template|noscript)\b(?:(?!<\1\b).)*?</\1>|<section class=\"lab\".*?</section>"
    r"|<link\b[^>]*>|<!--.*?-->",
    re.DOTALL,
)
_BOX = re.compile(r"<(?P<end>/?)(?:div|section|p|span)\b[^>]*>")
_MARK = re.compile(r"^[ \t]*\{:[^}\n]*\}[ \t]*\n?|[ \t]*\{:? ?[#.][^}\n]*\}", re.MULTILINE)
_ADMONITION = re.compile(
    r'^(?:!!!|\?\?\?\+?) +(?P<kind>[\w-]+)[^"\n]*(?:"(?P<title>[^"\n]*)")?[ \t]*(?:\n|\Z)'
    r"(?P<body>(?:(?: {4}.*|[ \t]*)\n)*(?: {4}.*\Z)?)",
    re.MULTILINE,
)
_LINK = re.compile(r"(?<!!)\[(?P<words>[^\[\]]+)\]\((?P<target>[^()\s]+)\)")
_NAMED = re.compile(r"(?<!!)\[(?P<words>[^\[\]]+)\](?:\[(?P<name>[^\[\]]*)\])?(?!\()")
_DEFINITION = re.compile(
    r"^ {0,3}\[(?P<name>[^\[\]]+)\]: *(?P<target>\S+)[ \t]*(?:\n|\Z)", re.MULTILINE
)
_ANCHOR = re.compile(r'<a href="(?P<target>[^"]*)"[^>]*>(?P<words>.*?)</a>', re.DOTALL)


def named_targets(texts: Iterable[str]) -> dict[str, str]:
    """Name -> target of the lines `[name]: target`, which in a notebook hold for one cell only."""
    return {
        found["name"]: found["target"] for text in texts for found in _DEFINITION.finditer(text)
    }


def without_machinery(text: str) -> str:
    """The text without styles, scripts, templates, the lab's forms, links to stylesheets and comments."""
    count = 1
    while count:  # from the inside out: one template may hold another
        text, count = _MACHINERY.subn("", text)
    return text


def readable(
    text: str,
    claims: list[Claim],
    address: Callable[[str], str | None],
    named: Mapping[str, str],
) -> str:
    """The prose without markup that only this site reads.

    Claims and boxes become quotations. A link leads to `address(target)`; where that is None, its words
    stay. A link by name has its target in `named`. Code and fences stay as they are.
    """
    kept: list[str] = []

    def keep(match: re.Match[str]) -> str:
        kept.append(match[0])
        return f"\0{len(kept) - 1}\0"

    def link(match: re.Match[str]) -> str:
        where = address(match["target"])
        return f"[{match['words']}]({where})" if where else match["words"]

    def by_name(match: re.Match[str]) -> str:
        target = named.get(match["name"] or match["words"])
        return f"[{match['words']}]({target})" if target else match[0]

    numbers = {claim.name: claim for claim in claims}
    text = without_machinery(_FENCE.sub(keep, text))
    text = _NAMED.sub(by_name, _DEFINITION.sub("", INLINE.sub(keep, text)))
    text = _BOX.sub(lambda match: "\n" if match["end"] else "", _MARK.sub("", text))
    text = _ADMONITION.sub(lambda match: _quotation(match, numbers), text)
    text = _LINK.sub(link, _ANCHOR.sub(link, text))
    text = re.sub("\0([0-9]+)\0", lambda match: kept[int(match[1])], text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _quotation(match: re.Match[str], claims: Mapping[str, Claim]) -> str:
    title = match["title"] or match["kind"].capitalize()
    body = re.sub("^ {4}", "", match["body"], flags=re.MULTILINE).strip()
    if match["kind"] == "claim":
        name, _, statement = title.partition(":")
        claim = claims[name]
        body = re.sub(r"(\A|\n\n)Scope:.*\Z", "", body, flags=re.DOTALL)
        title = f"Claim {claim.number}, {name}:** {statement.strip()}"
        body = f"{body}\n\n*Scope: {claim.scope}. The next cell is the proof.*".strip()
    else:
        title += "**"
    lines = f"**{title}\n\n{body}".split("\n")
    return "\n".join(f"> {line}".rstrip() for line in lines) + "\n\n"


def addresses(
    page: Source, sources: Mapping[str, Source], site: str
) -> Callable[[str], str | None]:
    """What a link of `page` leads to for somebody who has not opened it on the site.

    The address on the site when `site` (the site's own address) is known; else None, except for a link
    that leads elsewhere anyway.
    """

    def address(target: str) -> str | None:
        if urlsplit(target).scheme:
            return target
        if not site:
            return None
        path = target.partition("#")[0].partition("?")[0]
        other = urljoin(page.path, path) if path else page.path
        where = sources[other].url if other in sources else urljoin(page.url, path)
        return urljoin(site, where) + target[len(path) :]

    return address
