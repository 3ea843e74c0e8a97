"""A diagram read as a reader sees it: cells in rows and columns, words beside them, arrows between them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from itertools import pairwise

from snippets.drawing import Figure
from tests.snippets.ruler import SVG

FOOT = 4.5  # a letter of 13 px is 9 px high: its foot, where y is, stands below the middle by half


@dataclass
class Cells:
    """Cells: the edges of their columns and rows, their texts, and which of them are lit."""

    columns: list[float]
    rows: list[float]
    texts: list[list[str]] = field(default_factory=list)
    boxes: list[tuple[float, ...]] = field(default_factory=list)
    ruled: bool = True

    @property
    def lit(self) -> list[tuple[int, int]]:
        """The cells that the boxes cover, each of which begins and ends where cells do."""
        found = []
        for left, top, right, bottom in self.boxes:
            across = range(self.columns.index(left), self.columns.index(right))
            down = range(self.rows.index(top), self.rows.index(bottom))
            found += [(i, j) for i in down for j in across]
        return sorted(found)

    @property
    def middle(self) -> tuple[float, float]:
        """The middle of them all."""
        return (self.columns[0] + self.columns[-1]) / 2, (self.rows[0] + self.rows[-1]) / 2

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of one cell, all being equal."""
        (wide,), (high,) = ({b - a for a, b in pairwise(e)} for e in (self.columns, self.rows))
        return wide, high

    def row(self, i: int) -> float:
        """The middle height of a row."""
        return (self.rows[i] + self.rows[i + 1]) / 2


@dataclass(frozen=True)
class Word:
    """A text outside of the cells."""

    x: float
    y: float
    text: str
    anchor: str
    kind: str


class Layout:
    """The cells, words and arrows (from, to, whether it is lit) of a diagram that is just large enough."""

    def __init__(self, figure: Figure) -> None:
        assert figure.diagram
        svg = ET.fromstring(figure._repr_html_()).find(f"{SVG}svg")
        assert svg is not None
        assert not any((text or "").strip() for text in (svg.text, *(p.tail for p in svg)))
        self.cells: list[Cells] = []
        self.words: list[Word] = []
        self.arrows: list[tuple[tuple[float, float], tuple[float, float], bool]] = []
        for part in svg:
            getattr(self, f"_{(part.get('class') or '').split()[0]}")(part)
        width = max(cells.columns[-1] for cells in self.cells)
        height = max(cells.rows[-1] for cells in self.cells)
        assert figure.size == (width + 1, height + 1)  # the last lines are one pixel wide
        assert all(edge >= 0 for cells in self.cells for edge in (*cells.columns, *cells.rows))

    def _cells(self, part: ET.Element) -> None:
        lines = re.findall(r"M([\d.]+) ([\d.]+)([HV])([\d.]+)", part.get("d", ""))
        columns = [float(x) for x, _, kind, _ in lines if kind == "V"]
        rows = [float(y) for _, y, kind, _ in lines if kind == "H"]
        ends = {(kind, float(end)) for *_, kind, end in lines}
        starts = {float(x if kind == "H" else y) for x, y, kind, _ in lines}
        assert ends == {("H", columns[-1]), ("V", rows[-1])}
        assert starts == {columns[0], rows[0]}
        self.cells.append(Cells(columns, rows))

    def _number(self, part: ET.Element) -> None:
        cells = self.cells[-1]
        letters = [(text.get("x", "").split(), text) for text in part]
        most = max(len(xs) for xs, _ in letters)
        if len(cells.columns) == 2 < most:  # no lines between the cells
            (left, right), cells.ruled = cells.columns, False
            cells.columns = [left + i * (right - left) / most for i in range(most + 1)]
        cells.texts = [[""] * (len(cells.columns) - 1) for _ in cells.rows[1:]]
        for xs, text in letters:
            (i,) = (i for i in range(len(cells.rows) - 1) if _foot(text) == cells.row(i) + FOOT)
            said = [text.text or ""] if len(xs) == 1 else list(text.text or "")
            for x, word in zip(map(float, xs), said, strict=True):
                middles = [(a + b) / 2 for a, b in pairwise(cells.columns)]
                cells.texts[i][middles.index(x)] += word

    def _lit(self, part: ET.Element) -> None:
        box = r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)h-([\d.]+)z"
        found = [tuple(map(float, each)) for each in re.findall(box, part.get("d", ""))]
        self.cells[-1].boxes = [(x, y, x + width, y + height) for x, y, width, height, _ in found]
        assert found
        assert all(width == back for _, _, width, _, back in found)

    def _arrow(self, part: ET.Element) -> None:
        path = part.get("d", "")
        numbers = [float(each) for each in re.findall(r"[\d.]+", path.partition("m")[0])]
        x, y, *_, last = numbers
        if "V" in path:
            start, end = (x, y - 5), (x, last + 5)
            assert path.endswith("m-4-5l4 5 4-5")
        else:
            *bend, to_x, to_y = numbers[2:]
            half = (x + to_x) / 2
            assert bend == [half, y, half, to_y]
            start, end = (x - 5, y), (to_x + 5, to_y)
            assert path.endswith("m-5-4l5 4-5 4")
        assert start[0] < end[0] or start[1] < end[1]
        self.arrows.append((start, end, part.get("class") == "arrow chosen"))

    def _quiet(self, part: ET.Element) -> None:
        x, anchor = float(part.get("x", "")), part.get("text-anchor", "start")
        assert anchor in ("start", "middle", "end")
        assert part.text
        self.words.append(Word(x, _foot(part), part.text, anchor, part.get("class", "")))

    _ink = _quiet

    def beside(self, cells: Cells, row: int) -> str:
        """The word that stands at the left edge, on the line of this row of cells."""
        place = (0, cells.row(row) + FOOT, "start")
        (word,) = [word for word in self.words if (word.x, word.y, word.anchor) == place]
        return word.text

    def above(self, cells: Cells) -> str:
        """The word that stands over the middle of the cells."""
        place = (cells.middle[0], cells.rows[0] - 10, "middle")
        (word,) = [word for word in self.words if (word.x, word.y, word.anchor) == place]
        return word.text


def _foot(text: ET.Element) -> float:
    return float(text.get("y", "nan"))
