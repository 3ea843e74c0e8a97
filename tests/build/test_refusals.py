"""Everything the build refuses before it runs a page: the file, the line, and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from hooks.pages import Source, read_page, repeated_names
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
        (page(FIRST, '=== "tab"\n\n    ```python continuation\n    1\n    ```'), 18, "indented"),
        (page(FIRST, "> ```python continuation\n> 1\n> ```"), 16, "indented or quoted"),
        (page(FIRST, "1. one\n\n    ```python continuation\n    1\n    ```"), 18, "indented"),
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
        (page(FIRST, "<!--\n\n" + cell("1") + "\n\n-->"), 18, "would not be tested"),
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
