"""Mathematics: MathML without scripts, and formulas in the text that stay on one line."""

from __future__ import annotations

from hooks.show.mathematics import markdown_math, render_math


def test_inline_and_block_formulas_become_mathml_with_their_source() -> None:
    html = render_math(
        r'<p>so <span class="arithmatex">\(1/\sqrt{\text{in}} &lt; 1\)</span></p>'
        r'<div class="arithmatex">\[a^2\]</div>'
    )
    assert "arithmatex" not in html
    assert html.count("<math ") == 2
    assert r'alttext="1/\sqrt{\text{in}} &lt; 1"' in html
    assert "<msqrt>" in html
    assert 'display="block"' in html


def test_a_formula_in_the_text_does_not_break_and_code_stays_as_it_is() -> None:
    html = render_math("<p>±1/√in</p><pre><code>1/√in</code></pre><p>−1/√n</p>")
    assert html.count("1/\N{WORD JOINER}√") == 2
    assert "<code>1/√in</code>" in html


def test_in_markdown_tex_becomes_mathml_and_code_stays() -> None:
    code = [
        "`$PATH and $HOME`",
        "``a ` $x$``",
        "```{ .python }\nprice = '$1 and $2'\n```",
        "    ```\n    $x$\n    ```",
        "<script>\nconst a = `${b} ${c}`;\n</script>",
        '<svg aria-label="x"><text>$1$</text></svg>',
        "5 $ and 6 $ and \\$x\\$",
    ]
    text = "\n\n".join([*code, "from $-b$ to $+b$,", "$$s = \\frac{1}{2}$$", *code])
    converted = markdown_math(text)
    assert converted.count("<math ") == 3
    assert converted.count('class="formula"') == converted.count('display="block"') == 1
    assert converted.count('display="inline"') == 2
    assert 'alttext="+b"' in converted
    assert converted.startswith("\n\n".join(code))
    assert converted.endswith("\n\n".join(code))


def test_a_fraction_in_a_line_is_close_set_and_its_source_is_an_attribute() -> None:
    html = render_math(r'<span class="arithmatex">\(1/\text{"n"}\)</span>')
    assert html.startswith(r'<math alttext="1/\text{&quot;n&quot;}" xmlns=')
    assert 'display="inline"' in html
    assert '</mn><mo lspace="0" rspace="0">/</mo><' in html


def test_text_and_code_come_back_in_one_piece() -> None:
    given = "<p>a</p><pre><code>1/√in</code></pre><p>b</p><pre>c</pre>"
    assert render_math(given) == given
