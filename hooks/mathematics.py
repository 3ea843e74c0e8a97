"""Mathematics at build time: TeX between dollars becomes MathML, which browsers show without a script."""

from __future__ import annotations

import html
import re

from latex2mathml.converter import convert

_INLINE = re.compile(r'<span class="arithmatex">\\\((?P<tex>.*?)\\\)</span>', re.DOTALL)
_BLOCK = re.compile(r'<div class="arithmatex">\\\[(?P<tex>.*?)\\\]</div>', re.DOTALL)


def render_math(content: str) -> str:
    """Replace what pymdownx.arithmatex (`generic: true`) marked in a page's HTML by MathML."""
    content = _BLOCK.sub(lambda match: _mathml(match["tex"], "block"), content)
    return _INLINE.sub(lambda match: _mathml(match["tex"], "inline"), content)


def _mathml(tex: str, display: str) -> str:
    tex = html.unescape(tex).strip()
    spoken = html.escape(tex, quote=True)
    return convert(tex, display=display).replace("<math ", f'<math alttext="{spoken}" ', 1)
