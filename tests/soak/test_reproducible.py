"""The same sources give the same site, to the byte, wherever and in whichever order it is built."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.build.elsewhere import build_elsewhere, difference
from tests.sources import EXECUTED

VOLATILE = [cell for page in EXECUTED for cell in page.cells if "volatile" in cell.flags]
MOST_VOLATILE = 7
"""Cells whose outputs may differ from run to run: a new one is a decision."""


def test_another_folder_order_seed_zone_locale_and_umask_give_the_same_site(
    site: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    assert len(VOLATILE) <= MOST_VOLATILE
    other = build_elsewhere(
        site,
        tmp_path,
        seed=1,
        umask=0o077,
        PYTHONHASHSEED="4242",
        TZ="Pacific/Kiritimati",
        LC_ALL="C",
    )
    assert difference(site, other) == ""
    files = sum(path.is_file() for path in site.rglob("*"))
    record_property(
        "same", [f"{files} files the same in two builds; {len(VOLATILE)} volatile cells aside"]
    )


def test_a_difference_is_shown_with_file_offset_and_both_sides(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        (folder / "a").mkdir(parents=True)
        (folder / "a" / "x.html").write_text("same\n" * 100 + f"of {folder.name}\n")
        (folder / "b.txt").write_text("same")
    assert difference(one, one) == ""
    shown = difference(one, other).splitlines()
    assert shown[0] == "a/x.html differs at byte 504:"
    assert shown[1].endswith("same\\nof one\\n'")
    assert shown[2].endswith("same\\nof other\\n'")
    (other / "a" / "x.html").write_bytes((one / "a" / "x.html").read_bytes())
    (other / "b.txt").write_text("same and more")
    assert difference(one, other).startswith("b.txt differs at byte 4:")
    (other / "c.txt").touch()
    assert difference(one, other) == "c.txt is in one of them only"
