"""Mathematics at build time: TeX between dollars becomes MathML, which browsers show without a script."""

from __future__ import annotations

import html
import re

_INLINE = re.compile(r'<span class="arithmatex">\\\((?P<tex>.*?)\\\)</span>', re.DOTALL)
_BLOCK = re.compile(r'<div class="arithmatex">\\\[(?P<tex>.*?)\\\]</div>', re.DOTALL)
_CODE = re.compile(r"(<pre[ >].*?</pre>)", re.DOTALL)
_MARKDOWN = re.compile(
    r"^(?P<indent>[ \t]*)(?P<fence>`{3,}|~{3,}).*?^(?P=indent)(?P=fence)[ \t]*$"
    r"|(?<!`)(?P<ticks>`+)(?!`).+?(?<!`)(?P=ticks)(?!`)"
    r"|<(?P<tag>script|style|svg|template)\b.*?</(?P=tag)>"
    r"|\$\$(?P<block>.+?)\$\$"
    r"|(?<![\\$])\$(?P<inline>[^\s$](?:[^$]*?[^\s\\$])?)\$",
    re.DOTALL | re.MULTILINE,
)
"""Code and markup, in which a dollar is a dollar; else TeX between dollars."""


def render_math(content: str) -> str:
    """Turn what pymdownx.arithmatex (`generic: true`) marked in a page's HTML into MathML.

    A plain 1/√in does not break across lines either: a word joiner holds it together.
    """
    content = _BLOCK.sub(
        lambda match: f'<div class="formula" tabindex="0">{_mathml(match["tex"], "block")}</div>',
        content,
    )
    content = _INLINE.sub(lambda match: _mathml(match["tex"], "inline"), content)
    parts = _CODE.split(content)  # text, code, text, …
    parts[::2] = [part.replace("/√", "/\N{WORD JOINER}√") for part in parts[::2]]
    return "".join(parts)


def markdown_math(text: str) -> str:
    """Turn TeX between dollars in Markdown into MathML, for a generator without our hook."""

    def convert(match: re.Match[str]) -> str:
        if match["block"]:
            return f'<div class="formula" tabindex="0">{_mathml(match["block"], "block")}</div>'
        return _mathml(match["inline"], "inline") if match["inline"] else match[0]

    return _MARKDOWN.sub(convert, text)


def _mathml(tex: str, display: str) -> str:
    from latex2mathml.converter import convert  # late: most pages have no mathematics

    tex = html.unescape(tex).strip()
    spoken = html.escape(tex, quote=True)
    mathml = convert(tex, display=display).replace("<math ", f'<math alttext="{spoken}" ', 1)
    return mathml.replace("<mo>&#x0002F;</mo>", '<mo lspace="0" rspace="0">/</mo>')
