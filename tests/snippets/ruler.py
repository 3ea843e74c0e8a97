"""A figure read as a reader with a ruler does: its own labels give the scale, and its marks their values."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable

from snippets.drawing import Figure

SVG = "{http://www.w3.org/2000/svg}"
Point = tuple[float, float]


def number(text: str | None) -> float | None:
    """The number that a label says, with a true minus sign; None for words."""
    try:
        return float((text or "").replace("\N{MINUS SIGN}", "-"))
    except ValueError:
        return None


def scale(first: Point, second: Point) -> Callable[[float], float]:
    """Place -> value, from two places with their values."""
    (a, low), (b, high) = first, second
    return lambda place: low + (place - a) / (b - a) * (high - low)


class Ruler:
    """The parts of a figure's drawing, and the scales of its axes."""

    def __init__(self, figure: Figure) -> None:
        svg = ET.fromstring(figure._repr_html_()).find(f"{SVG}svg")
        assert svg is not None
        self.parts = list(svg)
        assert not any((text or "").strip() for text in (svg.text, *(p.tail for p in self.parts)))

    def labels(self, anchor: str) -> list[tuple[float, float, str]]:
        """Place and text of the labels anchored so."""
        found = [part for part in self.parts if part.get("text-anchor") == anchor and part.get("x")]
        return [(float(p.get("x", "")), float(p.get("y", "")), p.text or "") for p in found]

    def axes(self) -> tuple[Callable[[float], float], Callable[[float], float]]:
        """The scales of a figure whose x labels are centered and whose y labels end at the axis."""
        across = [(x, number(text)) for x, _, text in self.labels("middle")]
        up = [(y - 4, number(text)) for _, y, text in self.labels("end")]
        xs = [(place, value) for place, value in across if value is not None]
        ys = [(place, value) for place, value in up if value is not None]
        return scale(xs[0], xs[-1]), scale(ys[0], ys[-1])

    def curves(self) -> list[list[Point]]:
        """The points of each line."""
        lines = [part.get("points", "").split() for part in self.parts if part.tag.endswith("line")]
        return [[(float(x), float(y)) for x, y in map(split, line)] for line in lines if line]

    def bars(self) -> list[tuple[float, float, float, float]]:
        """Left, right, top and bottom of each bar, the gap of half a unit on both sides included."""
        found = []
        for part in self.parts:
            if part.tag.endswith("rect"):
                x, y, width, height = (
                    float(part.get(n, "")) for n in ("x", "y", "width", "height")
                )
                found.append((x - 0.5, x + width + 0.5, y, y + height))
        return found


def split(point: str) -> list[str]:
    """The two numbers of a point."""
    return point.split(",")
