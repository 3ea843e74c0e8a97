"""An element that has no end, or no beginning, is found, the first of several, at its line."""

from __future__ import annotations

import pytest

from hooks.read.boxes import unpaired


@pytest.mark.parametrize(
    ("content", "tag"),
    [
        ("<p>a<br>b<img src='a'/><path/></p>", ""),
        ("<p>a</p><script>'<b>'</script><!-- <i> -->", ""),
        ("<p>a < b &lt;i&gt;</p>", ""),
        ('<div class="a">\n<p>b</p>', '<div class="a">'),
        ("<b><i></b></i>", "<i>"),
        ("<p>a</p></div>", "</div>"),
        ("<dialog><select>", "<select>"),
        ("<p>a</p><!-- b", "<!--"),
        ("", ""),
    ],
)
def test_the_first_tag_without_a_partner_is_found(content: str, tag: str) -> None:
    assert unpaired(content)[1] == tag
    line, found, what = unpaired(f"one\ntwo {content}\nthree")
    assert (line, found, bool(what)) == (2 if tag else 0, tag, bool(tag))


def test_what_is_indented_counts_where_it_is_asked_for() -> None:
    text = "    <b>\n\n<div>\n    <i>\n</div>"
    assert unpaired("    <b>\n")[:2] == (1, "<b>")
    assert unpaired(text, indented=False)[:2] == (4, "<i>")
