"""The vocabulary of the figures: the figure itself, grids of cells, arrows and labels, in SVG."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from html import escape
from itertools import groupby, takewhile

STEP, GAP = 26, 36
"""Pixels: the height of a cell that holds a number, the room between cells for an arrow."""
OFF, ABOVE, FOOT = 5, 10, 4.5
"""Pixels: from an arrow to a cell, a heading down to its cells, the middle of letters to their foot."""


class Figure:
    """An SVG drawing with alternative text, a caption and a data table; shown by a notebook as HTML.

    A `diagram` is drawn at its own size, at most 330 pixels wide so that a phone does not shrink
    it; other figures, with charts in them, fill the width of the page.
    """

    def __init__(
        self,
        body: str,
        alt: str,
        caption: str,
        table: Sequence[Sequence[str]],
        size: tuple[float, float],
        diagram: bool = False,
    ) -> None:
        self.body, self.alt, self.caption, self.table = body, alt, caption, table
        self.size, self.diagram = size, diagram

    def _repr_html_(self) -> str:
        head, *rows = self.table
        cells = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in head)
        lines = "".join(
            "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
        )
        width, height = (f"{side:g}" for side in self.size)
        corner = "-.5 -.5" if self.diagram else "0 0"  # lines one pixel wide fall on whole pixels
        return (
            f'<figure class="figure{" diagram" * self.diagram}" data-search-exclude="">'
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="{corner} {width} {height}" '
            f'width="{width}" height="{height}" font-size="13" aria-label="{escape(self.alt)}">'
            f"{self.body}</svg><figcaption>{escape(self.caption)}"
            f'<details><summary>The data of this figure</summary><table class="data">'
            f"<thead><tr>{cells}</tr></thead><tbody>{lines}</tbody></table></details></figcaption></figure>"
        )


def grid(
    x: float,
    y: float,
    rows: Sequence[Sequence[str]],
    width: float,
    lit: Callable[[int, int], bool] = lambda i, j: False,
    height: float = STEP,
    ruled: bool = True,
) -> str:
    """Cells of `width` by `height` from (x, y) on, each with its text; `lit` ones in the accent."""
    columns = len(rows[0])
    right, bottom = x + columns * width, y + len(rows) * height
    lines = "".join(f"M{x:g} {y + i * height:g}H{right:g}" for i in range(len(rows) + 1))
    for j in range(columns + 1) if ruled else (0, columns):
        lines += f"M{x + j * width:g} {y:g}V{bottom:g}"
    runs = []  # neighbors share a box: those in a row, and rows that are lit alike
    for i in range(len(rows)):
        parts = [(on, list(run)) for on, run in groupby(range(columns), partial(lit, i))]
        runs.append([(run[0], len(run)) for on, run in parts if on])
    boxes = ""
    for i, lit_runs in enumerate(runs):
        for run in lit_runs:
            if i and run in runs[i - 1]:
                continue
            high = height * len(list(takewhile(lambda others, run=run: run in others, runs[i:])))
            left, span = x + run[0] * width, run[1] * width
            boxes += f"M{left:g} {y + i * height:g}h{span:g}v{high:g}h{-span:g}z"
    texts = ""
    for i, row in enumerate(rows):
        foot = f'y="{y + (i + 0.5) * height + FOOT:g}"'
        if all(len(cell) == 1 for cell in row):
            # one text with a place for each letter: a third of the bytes
            middles = " ".join(f"{x + (j + 0.5) * width:g}" for j in range(columns))
            texts += f'<text x="{middles}" {foot}>{escape("".join(row))}</text>'
            continue
        for j, cell in enumerate(row):
            if cell:
                texts += f'<text x="{x + (j + 0.5) * width:g}" {foot}>{escape(cell)}</text>'
    shown = f'<g class="number" font-family="monospace" text-anchor="middle">{texts}</g>'
    return (
        f'<path class="cells" fill="none" stroke="#8a93a0" d="{lines}"/>'
        + f'<path class="lit" fill="#b8400a" fill-opacity=".15" stroke="#b8400a" d="{boxes}"/>'
        * bool(boxes)
        + shown * bool(texts)
    )


def arrow(x: float, y: float, to_x: float, to_y: float, lit: bool = False) -> str:
    """An arrow from a cell that ends at (x, y) to one that begins at (to_x, to_y).

    It is straight down, or to the right with a bend in its middle.
    """
    if x == to_x:
        path = f"M{x:g} {y + OFF:g}V{to_y - OFF:g}m-4-5l4 5 4-5"
    else:
        half, end = (x + to_x) / 2, to_x - OFF
        path = f"M{x + OFF:g} {y:g}C{half:g} {y:g} {half:g} {to_y:g} {end:g} {to_y:g}m-5-4l5 4-5 4"
    kind, color = ("arrow chosen", "#b8400a") if lit else ("arrow", "#5a6472")
    return f'<path class="{kind}" fill="none" stroke="{color}" stroke-width="1.5" d="{path}"/>'


def label(x: float, y: float, text: str, kind: str = "quiet", anchor: str = "start") -> str:
    """A word at (x, y), the foot of its letters: `quiet`, `ink` or, for code, `ink number`."""
    mono = ' font-family="monospace"' * ("number" in kind)
    end = f' text-anchor="{anchor}"' * (anchor != "start")
    return f'<text class="{kind}" x="{x:g}" y="{y:g}"{end}{mono}>{escape(text)}</text>'


def heading(x: float, top: float, text: str) -> str:
    """A word centered at x, above cells that begin at `top`."""
    return label(x, top - ABOVE, text, anchor="middle")


def beside(top: float, text: str) -> str:
    """A word at the left edge, beside the row of cells that begins at `top`."""
    return label(0, top + STEP / 2 + FOOT, text)


def numbers(rows: Sequence[Sequence[float]]) -> list[list[str]]:
    """Whole numbers as such, any others with two decimals; with a real minus sign."""
    digits = 0 if all(value == round(value) for row in rows for value in row) else 2
    return [[f"{value:.{digits}f}".replace("-", "\N{MINUS SIGN}") for value in row] for row in rows]
