"""Every page is either refused, at the right line, or shows each of its Python fences with its output."""

from __future__ import annotations

from pathlib import Path

import pytest

from hooks.read.boxes import unpaired
from hooks.read.pages import read_page
from hooks.read.source import Cell, Problem, Source
from hooks.show.fit import misfit
from tests.build.grammar import BAD, GOOD, ODD, Random, publish, random_page, wrong_with
from tests.build.project import HEADER, build, cell, page, write_project

FIRST = cell("print('first')", first=True)
SECOND = cell("print('second')")
SMALL = 250


def problems(folder: Path, text: str) -> list[Problem]:
    """Why the build refuses a page."""
    path = folder / "p.md"
    path.write_bytes(text.encode())
    return read_page(path, folder).problems


@pytest.mark.parametrize("name", sorted(GOOD))
def test_what_a_page_may_hold_stands_between_two_cells(name: str, tmp_path: Path) -> None:
    for odd in ODD if "{0}" in GOOD[name] else "x":
        text = page(FIRST, GOOD[name].replace("{0}", odd), SECOND)
        made = Random(text, ["print('first')", "print('second')"])
        assert wrong_with(made, tmp_path) == ""


@pytest.mark.parametrize("name", sorted(BAD))
def test_what_no_page_may_hold_is_refused_where_it_stands(name: str, tmp_path: Path) -> None:
    bad = (16, 16 + BAD[name].count("\n") + 2)
    made = Random(page(FIRST, BAD[name], SECOND), ["print('first')", "print('second')"], bad, name)
    assert wrong_with(made, tmp_path) == ""
    last = Random(page(FIRST, BAD[name]), ["print('first')"], bad, name)
    assert wrong_with(last, tmp_path) == ""


def test_random_pages_are_refused_rightly_or_shown_whole(tmp_path: Path) -> None:
    pages = [random_page(seed) for seed in range(SMALL)]
    assert SMALL / 4 < sum(made.bad is not None for made in pages) < SMALL * 3 / 4
    wrong = {seed: wrong_with(made, tmp_path) for seed, made in enumerate(pages)}
    assert {seed: what for seed, what in wrong.items() if what} == {}


def test_a_fence_of_another_extension_with_an_empty_body_is_refused(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, page(FIRST, "```{index} terms\n```", SECOND))
    assert problem.line == 16
    assert "no such fence to Python-Markdown" in problem.text


def test_an_include_is_refused_whatever_it_holds(tmp_path: Path) -> None:
    for line in ('--8<-- "python.txt"', ';--8<-- "a"', "---8<--- a"):
        problem, _ = publish(Random(page(FIRST, line)), tmp_path)
        assert problem is not None
        assert (problem.line, "would be shown as text" in problem.text) == (16, True)
    assert publish(Random(page(FIRST, "```text\n--8<-- a\n```")), tmp_path)[0] is None


@pytest.mark.parametrize("odd", ODD)
def test_odd_line_ends_move_no_line_and_refuse_nothing(odd: str, tmp_path: Path) -> None:
    text = page(f"a{odd}b", FIRST, SECOND)
    assert problems(tmp_path, text) == []
    (problem,) = problems(tmp_path, text + "\n```py\nx\n```\n")
    assert problem.line == text.count("\n") + 2


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_other_line_ends_read_the_same(end: str, tmp_path: Path) -> None:
    text = page(FIRST, '!!! claim "a-b: One is one"\n' + cell("assert 1"))
    for number, form in enumerate((text, text.replace("\n", end))):
        path = tmp_path / f"{number}.md"
        path.write_bytes(form.encode())
    plain, other = (read_page(tmp_path / f"{number}.md", tmp_path) for number in range(2))
    assert (plain.cells, plain.claims, plain.lines) == (other.cells, other.claims, other.lines)
    assert other.problems == []


def test_a_fence_that_shows_a_python_fence_is_text(tmp_path: Path) -> None:
    text = page(FIRST, "````text\n```python\nshown()\n```\n````", SECOND)
    made = Random(text, ["print('first')", "print('second')"])
    assert wrong_with(made, tmp_path) == ""


def test_what_is_shown_as_text_is_found_where_it_stands(tmp_path: Path) -> None:
    text = page(FIRST, "Some **bold** and `**` words.", "Other **open words.", SECOND)
    problem, _ = publish(Random(text), tmp_path)
    assert problem is not None
    assert problem.line == 18
    assert "`**` would be shown as text" in problem.text


def test_of_many_tags_the_one_that_is_left_open_is_named(tmp_path: Path) -> None:
    text = page(FIRST, "Some <b>bold</b> words.", "!!! note\n    Other <b>words.", SECOND)
    problem, _ = publish(Random(text), tmp_path)
    assert problem is not None
    assert problem.line == 19
    assert problem.text.startswith("this <b> is never closed")


def test_the_published_html_is_searched(tmp_path: Path) -> None:
    block = '<div class="language-python highlight"><pre><span></span><code>{}\n</code></pre></div>'
    source = Source("p.md", lines=["# T", "", "```python", "a &lt; b", "```", "``` is text"])
    source.cells = [Cell("a < b", 4)]
    shown = "<p>w</p>" + block.format('<span class="n">a</span> &lt; b')
    assert misfit(shown, source) is None
    assert misfit(shown + "<p><code>```</code> <code>&lt;div class=</code></p>", source) is None
    assert str(misfit("<p>w</p>", source)).startswith("p.md:3: this cell is not shown as one")
    assert "nobody ran: `print(1)`" in str(misfit(shown + block.format("print(1)"), source))
    assert misfit(shown + block.format("x").replace(" high", " output high"), source) is None
    assert str(misfit(f"{shown}<p>``` is</p>", source)).startswith("p.md:6: ````` would be shown")
    for text in ("&lt;div class=a&gt;", "{ .python }", "{: .mark }", "--8&lt;-- a", "~~~"):
        assert "would be shown as text" in str(misfit(f"{shown}<p>{text}</p>", source)), text
    warned = (
        f'<div class="cell">{shown}<code>&lt;ipython-input-1-97c3&gt;:11: UserWarning</code></div>'
    )
    assert str(misfit(warned, source)).startswith("p.md:3: the output names its cell by a number")
    assert "a box of HTML is left open" in str(misfit(f'{shown}<div markdown="1"></div>', source))
    for left in ("<div>", "<b><i></b></i>", "</p>", "<br></br><p>"):
        assert str(misfit(shown + left, source)).endswith(", or write it as code"), left
    assert misfit(f"{shown}<p>a<br><img src='a'/><path/></p>", source) is None
    source.lines += [
        "```text",
        "one",
        "  two",
        "```",
        "```text",
        "one two",
        "```",
        "```",
        "six",
        "```",
    ]
    source.texts = [(7, 10), (11, 13), (14, 16)]
    one, six, ticks = (
        f"<pre><code>{text}</code></pre>" for text in ("one two", "six", "```text\none two\n```")
    )
    assert misfit(shown + one + one + six, source) is None
    for content, line in ((one + six, 11), (six, 7), (one + one, 14), (one + ticks + six, 11)):
        lost = str(misfit(shown + content, source))
        assert lost.startswith(f"p.md:{line}: this fence is not shown as one")


def test_the_build_looks_at_what_it_publishes(tmp_path: Path) -> None:
    project = write_project(tmp_path, {"index.md": page(FIRST, BAD["tab"], SECOND)})
    done = build(project, tmp_path / "site")
    assert done.returncode != 0
    assert "index.md:16: `===" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_grammar_knows_its_own_pages(tmp_path: Path) -> None:
    """An oracle that finds nothing wrong with anything would pass every test above."""
    good = Random(HEADER + FIRST + "\n", ["print('first')"])
    assert wrong_with(good, tmp_path) == ""
    assert publish(good, tmp_path)[0] is None
    assert "shows other cells" in wrong_with(Random(good.text, ["print('other')"]), tmp_path)
    assert "published with a" in wrong_with(Random(good.text, good.codes, (1, 2), "a"), tmp_path)
    bad = Random(good.text + "\n```py\nx\n```\n", good.codes)
    assert "refused without a reason" in wrong_with(bad, tmp_path)
    bad.bad = (1, 2)
    assert "refused at another line" in wrong_with(bad, tmp_path)


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
