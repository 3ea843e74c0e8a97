"""An element that has no end, or no beginning, is found, the first of several."""

from __future__ import annotations

import pytest

from hooks.show.elements import unpaired


@pytest.mark.parametrize(
    ("content", "tag"),
    [
        ("<p>a<br>b<img src='a'/><path/></p>", ""),
        ("<p>a</p><script>'<b>'</script><!-- <i> -->", ""),
        ("<p>a < b &lt;i&gt;</p>", ""),
        ('<div class="a">\n<p>b</p>', '<div class="a">'),
        ("<b><i></b></i>", "<i>"),
        ("<p>a</p></div>", "</div>"),
        ("<dialog><select>", "<dialog>"),
        ("", ""),
    ],
)
def test_the_first_tag_without_a_partner_is_found(content: str, tag: str) -> None:
    assert unpaired(content)[0] == tag
    assert tag in unpaired(f"one\ntwo {content}\nthree")[1]
