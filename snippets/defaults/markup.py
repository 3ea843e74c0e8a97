"""The table as HTML that needs no script: a row a parameter, a small histogram in each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

from snippets.defaults.laws import LEVEL, Constant, Given, Law, Lazy, Normal, Uniform
from snippets.defaults.row import Row
from snippets.defaults.sample import Sample

HEADS = ("Layer", "Parameter", "Starts as", "Shape", "Drawn", "Test", "Docstring", "Source")
HEADS += ("Min", "Max", "Mean", "Std")
BARS, HEIGHT = 9, 7
"""Bars of a histogram, and the steps that their height has."""
POWERS = ("⁰", "", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹")


def as_html(table: Sequence[Row], level: float) -> str:
    """The whole table, with a caption that states the error level of a row."""
    shown = [row for row in table if row.shown]
    label = f"Every default of torch.nn: {len(shown)} rows"
    each = f"{level:.1e}".replace("e-0", "e−")
    caption = (
        f"{len(shown)} rows; defaults.json has {len(table) - len(shown)} more, for further arguments. "
        f"{sum(row.control is not None for row in table)} of all are random. Error level of the "
        f"tests: one in {round(1 / LEVEL):,} for the whole table, {each} for a row."
    )
    heads = "".join(f'<th scope="col">{head}</th>' for head in HEADS)
    return (
        '<div class="defaults-filter" hidden></div>'  # for the page's script, which needs no place then
        f'<div class="defaults" role="region" tabindex="0" aria-label="{label}" '
        f'data-search-exclude=""><table class="rows"><caption>{caption}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(map(_row, shown))}</tbody></table></div>"
    )


def _row(row: Row) -> str:
    args, _, first = row.args.partition("# ")
    shape = "none yet" if row.shape is None else " × ".join(map(str, row.shape)) or "one value"
    sample = row.sample
    numbers = [_number(value) for value in (sample.low, sample.high, sample.std)]
    digits = 1 if sample.std else 3  # of a mean near 0 only the size tells something
    numbers.insert(2, _number(sample.mean, digits))
    cells = [
        f"<code>{escape(row.parameter).replace('.', '.<wbr>')}</code>"
        + " <i>buffer</i>" * (row.kind == "buffer"),
        law_text(row.law),
        shape,
        _drawn(row.law, sample) if sample.n else "",
        _test(row),
        _docstring(row),
        f'<a href="{row.source.url}">{row.source.file.rpartition("/")[2]}:{row.source.line}</a>',
        *(numbers if sample.n else [""] * 4),
    ]
    layer = f"<code>{row.module}({escape(args.strip())})</code>" + (
        f" <i>{first}</i>" if first else ""
    )
    return f'<tr><th scope="row">{layer}</th>' + "".join(f"<td>{c}</td>" for c in cells) + "</tr>"


def pretty(formula: str) -> str:
    """A formula as one writes it by hand."""
    floor = r"\((\w+)//(\w+)\*\*(\d)\)"
    formula = re.sub(floor, lambda m: f"⌊{m[1]}/{m[2]}{POWERS[int(m[3])]}⌋", formula)
    for name, sign in (("sqrt", "√"), ("prod", "∏")):
        formula = re.sub(rf"{name}\((\w+)\)", rf"{sign}\1", formula).replace(name, sign)
    return formula.replace("*", "·")


def law_text(law: Law) -> str:
    """What a parameter starts as: the distribution, the formula, and its value here."""
    if isinstance(law, Constant):
        return f"{law.value:g}" + (f" = {law.formula}" if law.formula.isalpha() else "")
    if isinstance(law, Uniform):
        return f"U(−b, b), b = {pretty(law.formula)} = {law.bound:.4g}"
    if isinstance(law, Normal):
        zero = f", row {law.index} zero" if law.kind == "rows" else ""
        if law.formula == "1":
            return "N(0, 1)" + zero
        return f"N(0, s²), s = {pretty(law.formula)} = {law.std:.4g}{zero}"
    if isinstance(law, Given):
        return f"the tensor given as <code>{law.formula}</code>"
    return "written by the first batch" if isinstance(law, Lazy) else "uninitialized memory"


def _test(row: Row) -> str:
    if row.p is None:
        return "none"
    if row.control is None:
        return "exact" if row.p == 1 else "refused"
    return f"p = {row.p:.1g}"


def _docstring(row: Row) -> str:
    says = row.docstring
    if says.text == "disagrees" and says.source:
        return f'<a href="{says.source.url}">{says.text}</a>'
    return says.text


def _number(value: float, digits: int = 3) -> str:
    return f"{value:.{digits}g}".replace("-", "−").replace("e−0", "e−")


def _drawn(law: Law, sample: Sample) -> str:
    path = "".join(f"V{HEIGHT - height}h1" for height in heights(law, sample))
    return (
        f'<svg viewBox="0 0 {BARS} {HEIGHT}" preserveAspectRatio="none" width="45" height="14" '
        f'fill="#525c6a" aria-hidden="true"><path d="M0 {HEIGHT}{path}V{HEIGHT}"/></svg>'
    )


def heights(law: Law, sample: Sample) -> Sequence[int]:
    """Heights of the bars, from −b to b or from −3.5 s to 3.5 s; one bar in the middle for a constant."""
    reach = law.bound if isinstance(law, Uniform) else 3.5 * getattr(law, "std", 0.0)
    if not reach:
        return [0] * (BARS // 2) + [HEIGHT] + [0] * (BARS // 2)
    counts = sample.drawn.clamp(-reach, reach).histc(BARS, -reach, reach)
    return [round(HEIGHT * share) for share in (counts / counts.max()).tolist()]
