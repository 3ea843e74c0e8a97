"""A page's notebook with its outputs in it, and what the template must know of each cell."""

from __future__ import annotations

import json
import re

from nbformat import NotebookNode, from_dict

from hooks.read.source import Claim, Source
from hooks.run.execution import Result
from hooks.show.drawers import drawer
from hooks.show.held import Record

_LINK = re.compile(r"\[([^\[\]]+)\]\([^()]*\)")
"""A scope stands on the line that opens the proof, which can hold no link: its words stay."""


def filled(source: Source, result: Result, record: Record) -> NotebookNode:
    """The page's notebook with the outputs of its cells; where one failed, what is wrong in its place.

    `record` knows where else its claims hold.
    Raises `ValueError` when a page that did not fail has more cells than outputs.
    """
    nb = from_dict(source.notebook)  # a copy: the source is read once and shown again
    codes = [cell for cell in nb.cells if cell.cell_type == "code"]
    ran = codes if result.stopped is None else codes[: len(result.cells)]
    for cell, outputs in zip(ran, result.cells, strict=True):
        cell.outputs = [from_dict(output) for output in outputs]
    _annotate(nb, source, record)
    if result.stopped is not None:
        failed = codes[result.stopped]
        failed.metadata["problem"] = str(result.problem)
        failed.metadata["fence"] = _fence([failed.metadata["fence"][1:], str(result.problem)])
        for cell in codes[result.stopped + 1 :]:
            cell.metadata["not_run"] = True
    return nb


def _annotate(nb: NotebookNode, source: Source, record: Record) -> None:
    """Give each code cell its flags, fence, drawer and claim, and take the claim out of the prose."""
    cells = enumerate(source.cells, start=1)
    prose = None
    for cell in nb.cells:
        if cell.cell_type != "code":
            prose = cell
            continue
        cell.metadata["number"], mine = next(cells)
        cell.metadata["flags"] = sorted(mine.flags)
        cell.metadata["fence"] = _fence([cell.source, *(json.dumps(o) for o in cell.outputs)])
        cell.metadata["drawer"] = drawer(mine, cell.outputs)
        if mine.claim and prose is not None:
            cell.metadata["claim"] = {
                "name": mine.claim.name,
                "statement": mine.claim.statement,
                "body": mine.claim.body,
                "number": mine.claim.number,
                "scope": _scope(mine.claim, record),
                "where": record.page,
            }
            prose.source = prose.source[: prose.source.rindex("!!! claim")].rstrip()


def _scope(claim: Claim, record: Record) -> str:
    """Where a claim holds, and its scope, short enough for a line: named processors need no CPU."""
    mark, scope = record.mark(claim.name), _LINK.sub(r"\1", claim.scope)
    return " · ".join([*mark, re.sub("[,;] CPU$", "", scope) if mark[1:] else scope])


def _fence(texts: list[str]) -> str:
    """A run of backticks longer than any in the texts."""
    longest = max((len(run) for text in texts for run in re.findall("`+", text)), default=0)
    return "`" * max(3, longest + 1)
