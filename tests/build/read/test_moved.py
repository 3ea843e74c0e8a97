"""Old anchors lead to where their content is now; the build refuses those that lead nowhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hooks.read.moved import check_moved, redirects
from hooks.read.pages import read_page
from hooks.read.source import Moved, Source
from tests.build.markup import read_html
from tests.build.project import build, write_project

HEAD = "---\ntitle: T\nmoved:\n  first: second\n  other: b.md#there\n---\n\n# T\n\n## Second\n"


def read(folder: Path, text: str) -> Source:
    """The page as the build reads it."""
    path = folder / "p.md"
    path.write_text(text, encoding="utf-8")
    return read_page(path, folder)


def test_the_front_matter_says_what_has_moved(tmp_path: Path) -> None:
    source = read(tmp_path, HEAD)
    assert source.problems == []
    assert source.moved == [
        Moved("first", "p.md", "second", 4),
        Moved("other", "b.md", "there", 5),
    ]
    in_braces = read(tmp_path, '---\nmoved: {"a-b": c, "d": "p.md#e"}\n---\n\n# T\n')
    assert in_braces.moved == [Moved("a-b", "p.md", "c", 2), Moved("d", "p.md", "e", 2)]


@pytest.mark.parametrize(
    ("moved", "line", "text"),
    [
        ("moved: a", 2, "write `moved:"),
        ("moved:\n  a: b.md#", 3, "`a` has moved to no place"),
        ("moved:\n  a: 1", 3, "`a` has moved to no place"),
    ],
)
def test_what_says_no_place_is_refused(tmp_path: Path, moved: str, line: int, text: str) -> None:
    (problem,) = read(tmp_path, f"---\n{moved}\n---\n\n# T\n").problems
    assert problem.line == line
    assert text in problem.text


def test_the_old_place_is_gone_and_the_new_one_exists() -> None:
    a = Source("a.md", url="a/", moved=[Moved(*one) for one in [("x", "b.md", "y", 3)]])
    b = Source("b.md", url="deep/b/")
    pages = {"a.md": a, "b.md": b}
    good = {"a.md": '<h2 id="z">', "b.md": '<h2 class="h" id="y">'}
    assert check_moved(pages, good) == []
    assert check_moved(pages, {"a.md": ""}) == []  # the other page was not built this time
    (stays,) = check_moved(pages, good | {"a.md": '<h2 id="x">'})
    assert (stays.page, stays.line) == ("a.md", 3)
    assert "still an anchor" in stays.text
    (lacks,) = check_moved(pages, good | {"b.md": '<h2 data-id="y">'})
    assert "which b.md lacks" in lacks.text
    a.moved.append(Moved("v", "c.md", "w", 4))
    (missing,) = check_moved(pages, good)
    assert "c.md, which does not exist" in missing.text
    assert redirects(a, pages) == {"x": "../deep/b/#y"}
    a.moved = [Moved("x", "a.md", "z", 3)]
    assert redirects(a, pages) == {"x": "#z"}


def test_the_page_carries_where_to_go_and_a_wrong_place_stops_the_build(tmp_path: Path) -> None:
    pages = {"index.md": HEAD, "b.md": "# B\n\n## There\n"}
    project = write_project(tmp_path, pages)
    done = build(project, tmp_path / "site")
    assert done.returncode == 0, done.stderr
    (data,) = read_html(tmp_path / "site" / "index.html").select("#moved")
    assert json.loads(data.get_text()) == {"first": "#second", "other": "b/#there"}
    assert not read_html(tmp_path / "site" / "b" / "index.html").select("#moved")
    (tmp_path / "docs" / "b.md").write_text("# B\n\n## Here\n", encoding="utf-8")
    done = build(project, tmp_path / "site")
    assert done.returncode != 0
    assert "index.md:5: `other` is said to have moved to #there, which b.md lacks" in done.stderr
