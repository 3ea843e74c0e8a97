"""Front matter that says nothing, or is shown, is refused at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.build.read.test_grammar import problems


@pytest.mark.parametrize(
    ("head", "line", "said"),
    [
        ("title: T\ndescription: x: y\n", 3, "not YAML, and would be dropped: mapping values"),
        ("title: [T\n", 3, "not YAML"),
        ("title: \x00\n", 2, "the character U+0000"),
        ("title: \x01\n", 1, "not YAML"),
        ("just words\n", 2, "no list of `name: value`"),
        ("- a\n", 2, "no list of `name: value`"),
        ("title: a\nstyle: b\ntitle: c\n", 4, "title comes twice"),
        ("moved:\n  a: b\n  a: c\n", 4, "a comes twice"),
        ("description: a\ntitle: 1\n", 3, "`title` is no text"),
        ("title: a\ndescription:\n", 3, "`description` is no text"),
        ("title: a\ndescripton: b\n", 3, "nobody reads `descripton`: the front matter holds"),
        ("title: a\u2028b\n", 3, "not YAML"),
    ],
)
def test_front_matter_that_says_nothing_is_refused(
    head: str, line: int, said: str, tmp_path: Path
) -> None:
    (problem,) = problems(tmp_path, f"---\n{head}---\n\n# T\n")
    assert problem.line == line
    assert said in problem.text


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("---\ntitle: T\n\n# T\n", 1),
        ("---\ntitle: T\n----\n", 1),
        ("\n ---\ntitle: T\n---\n", 2),
        ("+++\ntitle = 'T'\n+++\n", 1),
        ("---\n---\n\n# T\n", 1),
    ],
)
def test_front_matter_that_would_be_shown_is_refused(text: str, line: int, tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, text)
    assert problem.line == line
    assert "this begins no front matter" in problem.text


def test_a_first_line_that_would_vanish_is_refused(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, "Note: MkDocs takes this for metadata.\n\n# T\n")
    assert problem.line == 1
    assert "would take this line for metadata" in problem.text
    assert problems(tmp_path, "# T\n\nNote: words.\n") == []
