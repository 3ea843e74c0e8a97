"""Everything the build refuses before it runs a page: the file, the line, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from hooks.read.claims import repeated_names
from hooks.read.pages import HEADER as KERNEL
from hooks.read.pages import read_page
from hooks.read.source import Claim, Source
from tests.build.project import HEADER, build, cell, page, write_project

FIRST = cell("print(1)", first=True)
PROOF = cell("assert 1 + 1 == 2")


def read(folder: Path, text: str, name: str = "p.md") -> Source:
    (folder / name).write_text(text, encoding="utf-8")
    return read_page(folder / name, folder)


def test_a_good_page_is_read_whole(tmp_path: Path) -> None:
    claim = '!!! claim "sum-is-two: One and one is two"\n    Because.\n\n    Scope: int64, CPU.'
    source = read(tmp_path, page(FIRST, "Text", claim, cell("assert 1", flags="volatile wrong")))
    assert source.problems == []
    assert source.notebook is not None
    assert source.title == "T"
    assert [(c.line, c.code) for c in source.cells] == [(13, "print(1)"), (24, "assert 1")]
    assert source.cells[1].flags == {"volatile", "wrong"}
    stated = source.cells[1].claim
    assert stated is not None
    assert (stated.name, stated.statement) == ("sum-is-two", "One and one is two")
    assert (stated.body, stated.scope) == ("Because.", "int64, CPU")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("# T\n\n" + FIRST, 3, "no kernel header"),
        ("---\njupyter: {kernelspec: {language: python}}\n---\n" + FIRST, 4, "no kernel header"),
        (page(FIRST, "!!! note\n\n    ```python\n    1\n    ```"), 18, "indented or quoted"),
        (
            page(FIRST, '=== "tab"\n\n    ```python continuation\n    1\n    ```'),
            18,
            "at the left margin",
        ),
        (page(FIRST, "> ```python continuation\n> 1\n> ```"), 16, "indented or quoted"),
        (
            page(FIRST, "1. one\n\n    ```python continuation\n    1\n    ```"),
            18,
            "at the left margin",
        ),
        (page(FIRST, "```{.python continuation}\n1\n```"), 16, "write ```python continuation"),
        (page("```{ .python }\n1\n```"), 12, "write ```python"),
        (page("```py\n1\n```"), 12, "write ```python"),
        (page("```python3\n1\n```"), 12, "write ```python"),
        (page("```Python\n1\n```"), 12, "write ```python"),
        (page("~~~python\n1\n~~~"), 12, "write ```python"),
        (page("````python\n1\n````"), 12, "write ```python"),
        (page("```pycon\n>>> 1\n```"), 12, "write ```python"),
        (page(FIRST, cell("1", first=True)), 16, "tested without the ones before it"),
        (page(cell("1")), 12, "continues nothing"),
        (page(FIRST, cell("1", flags="continuatoin")), 16, "`continuatoin` is not known"),
        (page(FIRST, cell("1", flags="notest")), 16, "`notest` is not known"),
        (page(cell("1", first=True, flags="title=x")), 12, "`title=x` is not known"),
        (page(cell("", first=True)), 12, "an empty cell"),
        (page(FIRST, "```python continuation\n1"), 16, "never closed"),
        (page(FIRST, "<!--\n\n" + cell("1") + "\n\n-->"), 18, "in a comment"),
        (page(FIRST, '!!! claim "a-b: x"'), 16, "a-b has no proof"),
        (page(FIRST, '!!! claim "a-b: x"', "Text.", PROOF), 16, "a-b has no proof"),
        (page(FIRST, '!!! claim "a-b: x"', '!!! claim "c: y"', PROOF), 16, "a-b has no proof"),
        (page(FIRST, '!!! claim "a-b: x"', cell("print(2)")), 19, "a-b cannot fail"),
        (page(FIRST, '!!! claim "a-b: "', PROOF), 16, "a-b states nothing"),
        (page(FIRST, '!!! claim "A b: x"', PROOF), 16, "a claim is written"),
        (page(FIRST, '!!! claim "no name"', PROOF), 16, "a claim is written"),
        (page(FIRST, "!!! claim", PROOF), 16, "a claim is written"),
        (page(FIRST, '!!! claim "a: say "x" now"', PROOF), 16, "no other double quote"),
        (page(FIRST, '!!! note\n\n    !!! claim "a-b: x"', PROOF), 18, "an indented claim"),
    ],
)
def test_a_faulty_page_is_refused_with_its_line(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    problems = read(tmp_path, text).problems
    assert [(problem.page, problem.line) for problem in problems] == [("p.md", line)]
    assert message in problems[0].text


@pytest.mark.parametrize(
    "info", ["", "text", "c++", ' title="a"', '{ .json title="a" }', "{.text}"]
)
def test_what_may_follow_the_ticks_of_a_text(tmp_path: Path, info: str) -> None:
    assert read(tmp_path, page(FIRST, f"```{info}\nplain\n```")).problems == []
    assert read(tmp_path, page(FIRST, f"~~~~{info}\n~~~\n~~~~ ")).problems == []


@pytest.mark.parametrize(
    ("fence", "message"),
    [
        ("```{.text .python}\n1\n```", "{.text .python}` is no such fence"),
        ("```{#here .python}\n1\n```", "is no such fence to Python-Markdown: write the language"),
        ('```text hl="a"\n1\n```', "is no such fence"),
        ("```text python\n1\n```", "is no such fence"),
        ("```NumPy\n1\n```", "would not be executed and tested: write ```python continuation"),
        ("```text\n1\n`````", "this fence is never closed: end it with a line of ```"),
        ("```text\n1\n ```", "this fence is never closed: end it with a line of ```"),
        ("```text\n1\n\n```python continuation\n1\n```", "not closed before line 19, where the"),
        ("- ```text\n  1\n  ```", "indented or quoted ticks"),
        ("Words ```text\n1\n```", "indented or quoted ticks"),
    ],
)
def test_what_is_no_fence_to_some_reader_is_refused(
    tmp_path: Path, fence: str, message: str
) -> None:
    first = read(tmp_path, page(FIRST, fence)).problems[0]
    assert first.line == 16
    assert message in first.text


@pytest.mark.parametrize("between", ["", "```\nbare\n```\n\n", "~~~\nwaves\n~~~\n\n"])
@pytest.mark.parametrize("after", ["", "\n\n" + cell("2")])
def test_bare_ticks_lead_back_to_the_fence_that_they_end_by_mistake(
    between: str, after: str, tmp_path: Path
) -> None:
    text = page(FIRST, f"```text\nplain\n\n{between}```\nbare\n```{after}")
    (problem,) = read(tmp_path, text).problems
    assert problem.line == text[: text.rindex("bare\n```" + after)].count("\n") + 2
    assert problem.text.endswith("an end is missing from line 16 on")
    (problem,) = read(tmp_path, page("```\nbare\n\n```\nbare\n```" + after)).problems
    assert problem.text.endswith("an end is missing from line 12 on")
    (problem,) = read(tmp_path, page(FIRST, "```text\nplain" + after)).problems
    assert "end is missing" not in problem.text


def test_a_page_in_another_encoding_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "p.md").write_bytes("# T\n\ncaf\u00e9\n".encode("latin-1"))
    problems = read_page(tmp_path / "p.md", tmp_path).problems
    assert [str(problem) for problem in problems] == [
        "p.md:3: this is not UTF-8: save the page as UTF-8"
    ]


def test_fences_that_show_how_to_write_fences_are_text(tmp_path: Path) -> None:
    shown = "````text\n" + cell("1") + '\n\n!!! claim "not: one"\n````'
    source = read(tmp_path, page(FIRST, shown))
    assert source.problems == []
    assert len(source.cells) == 1


@pytest.mark.parametrize(
    "proof",
    [
        "torch.testing.assert_close(a, b)",
        "with expect_error(ValueError):\n    f()",
        "if x:\n    assert y",
        "not = Python",  # the run refuses it, with its line
    ],
)
def test_what_counts_as_a_proof(tmp_path: Path, proof: str) -> None:
    assert not read(tmp_path, page(FIRST, '!!! claim "a: x"', cell(proof))).problems


def test_a_name_used_twice_is_refused(tmp_path: Path) -> None:
    claim = '!!! claim "a-b: x"\n\n' + PROOF
    first = read(tmp_path, page(FIRST, claim), "one.md")
    second = read(tmp_path, page(FIRST, claim, claim), "two.md")
    assert repeated_names([first]) == []
    problems = repeated_names([first, second])
    assert [str(problem).partition(": ")[0] for problem in problems] == ["two.md:16", "two.md:22"]
    assert "taken by one.md:16" in problems[0].text


def test_the_build_refuses_all_faulty_pages_at_once(tmp_path: Path) -> None:
    pages = {
        "index.md": page(FIRST, cell("1", flags="notest")),
        "bare.md": "# T\n\n" + FIRST,
        "claim.md": page(FIRST, '!!! claim "a-b: x"'),
    }
    site = tmp_path / "site"
    done = build(write_project(tmp_path, pages), site)
    assert done.returncode != 0
    for place in ("index.md:16: ", "bare.md:3: ", "claim.md:16: "):
        assert place in done.stderr
    assert HEADER[12:30] in done.stderr  # it shows the header to put in
    assert "Traceback" not in done.stderr
    assert not (site / "index.html").exists()


MOVE = (
    "indented or quoted ticks, or those in a comment or in HTML, are no fence that is run, tested and shown: "
    "put them on lines of their own at the left margin"
)
WRITTEN = (
    'a claim is written `!!! claim "name: statement"`, the name in small letters, digits and '
    "hyphens, and no other double quote in the line"
)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (page(FIRST, "> ```python continuation\n> 1\n> ```"), f"p.md:16: {MOVE}"),
        (
            page("~~~python\n1\n~~~"),
            "p.md:12: `~~~python` would not be executed and tested: write ```python",
        ),
        (
            page(FIRST, "```py x\n1\n```"),
            "p.md:16: ````py x` would not be executed and tested: write ```python continuation",
        ),
        (
            page(cell("1")),
            "p.md:12: the first Python fence of a page continues nothing: write ```python",
        ),
        (
            page(FIRST, cell("1", first=True)),
            "p.md:16: this fence would be tested without the ones before it: write ```python "
            "continuation",
        ),
        (
            page(FIRST, cell("1", flags="a b")),
            "p.md:16: `a b` is not known here: only folded, processor, shown, volatile, wrong may follow",
        ),
        (page(cell(" ", first=True)), "p.md:12: an empty cell: write code into it, or remove it"),
        (
            page(FIRST, "```text\n1"),
            "p.md:16: this fence is never closed: end it with a line of ```",
        ),
        (
            "# T\n\n" + FIRST,
            "p.md:3: this page has Python fences but no kernel header, so nothing would run: put "
            f"this at its top:\n{KERNEL}",
        ),
        (
            page(FIRST, "<!--\n\n" + cell("1") + "\n\n-->"),
            f"p.md:18: {MOVE}",
        ),
        (
            page(FIRST, '!!! note\n\n    !!! claim "a-b: x"'),
            "p.md:18: an indented claim is not read: move it to the left margin",
        ),
        (page(FIRST, "!!! claim", PROOF), f"p.md:16: {WRITTEN}"),
        (
            page(FIRST, '!!! claim "a-b: "', PROOF),
            "p.md:16: the claim a-b states nothing: write a sentence after the colon",
        ),
        (
            page(FIRST, '!!! claim "a-b: x"'),
            "p.md:16: the claim a-b has no proof: a ```python continuation fence must follow it "
            "directly",
        ),
        (
            page(FIRST, '!!! claim "a-b: x"', cell("print(2)\nf()()")),
            "p.md:19: the proof of a-b cannot fail: it needs an `assert`, a "
            "`torch.testing.assert_close` or an `expect_error`",
        ),
    ],
)
def test_a_refusal_word_by_word(tmp_path: Path, text: str, problem: str) -> None:
    assert [str(found) for found in read(tmp_path, text).problems] == [problem]


def test_a_cell_has_100000_characters_at_most(tmp_path: Path) -> None:
    most, more = ("#" * count for count in (100_000, 100_001))
    assert read(tmp_path, page(FIRST, cell(most))).problems == []
    problem = "a fence of 100,001 characters: 100,000 are the most, put the rest into a module"
    assert [str(found) for found in read(tmp_path, page(FIRST, cell(more))).problems] == [
        f"p.md:16: {problem}"
    ]


def test_code_is_read_as_it_stands(tmp_path: Path) -> None:
    source = read(tmp_path, page(FIRST, cell("\nX = 1 \n"), cell("  # n\ny = 2")))
    assert source.problems == []
    assert [found.code for found in source.cells] == ["print(1)", "\nX = 1 \n", "  # n\ny = 2"]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("```text\n# no\n# nor\n```\n#  Real \n# Second", "Real"),
        ("# Real\n```text\n# no\n```\n# Second", "Real"),
        ("Words.\n#No\n## Nor\n# X", "X"),
        ("Words.", "p.md"),
        ("---\ntitle: 7\n---\n# Other", "7"),
        ("---\ntitle: [\n---\n# Other", "Other"),
        ("---\n- no\n---\n# Other", "Other"),
        ("---\ntitle: never closed\n# Other", "Other"),
        ("", "p.md"),
    ],
)
def test_the_title_is_the_header_s_or_the_first_heading(
    tmp_path: Path, text: str, title: str
) -> None:
    assert read(tmp_path, text).title == title


def test_a_claim_is_read_whole(tmp_path: Path) -> None:
    claim = '!!! claim "a-b:  One. "\n    First\n    line.\n\n    Second.\n\n    Scope:\n    int64,\n    CPU'
    bare = '!!! claim "c: Two"\n    Body.'
    source = read(tmp_path, page(FIRST, claim, PROOF, bare, PROOF))
    assert source.problems == []
    first, second = source.claims
    assert first == Claim("a-b", "One.", "First\nline.\n\nSecond.", "int64, CPU", 16, 25, 0)
    assert second == Claim("c", "Two", "Body.", "float32, CPU", 30, 32, 0)
    assert [found.claim for found in source.cells] == [None, first, second]
    close = read(tmp_path, page(FIRST + "\n" + '!!! claim "a-b: x"', PROOF))
    assert [claim.first_line for claim in close.claims] == [15]


def test_a_byte_order_mark_and_letters_beside_ticks_change_nothing(tmp_path: Path) -> None:
    source = read(tmp_path, "\ufeff" + page(FIRST, "```text\nX```X\n```"))
    assert (source.title, len(source.cells), source.problems) == ("T", 1, [])


def test_problems_come_in_the_order_of_lines(tmp_path: Path) -> None:
    text = page(FIRST, '!!! claim "a-b: x"', "Words.", cell("1", flags="x"))
    assert [problem.line for problem in read(tmp_path, text).problems] == [16, 20]


def test_a_header_may_have_several_lines_and_spaces_after_its_marks(tmp_path: Path) -> None:
    assert read(tmp_path, "--- \nother: 1\ntitle: Mine\n---\t\n# Other").title == "Mine"
