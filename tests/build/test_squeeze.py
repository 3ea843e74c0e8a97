"""What the build leaves out of a page is nothing that a reader sees."""

from __future__ import annotations

from hooks.markup import squeeze


def test_breaks_between_tags_shrink_and_code_keeps_its_lines() -> None:
    page = "<p>a\n\n    b</p>\n\n\n  <pre>x\n\n    y</pre>\n  <script>1\n\n  2</script>\n  <i>c</i>"
    squeezed = "<p>a\nb</p>\n<pre>x\n\n    y</pre>\n<script>1\n\n  2</script>\n<i>c</i>"
    assert squeeze(page) == squeezed


def test_code_that_looks_like_the_code_around_it_is_not_marked() -> None:
    code = '<code><span class="n">x</span> <span class="o">=</span> <span class="kc">None</span></code>'
    assert squeeze(code) == '<code>x <span class="o">=</span> None</code>'
