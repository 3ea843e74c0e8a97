"""The place where mkdocs-jupyter's nbconvert executes a page: puts in what the warm process got."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nbconvert.preprocessors import CellExecutionError, ExecutePreprocessor
from nbformat import NotebookNode, from_dict

from hooks.read.source import Problem, Source
from hooks.run.execution import Result
from hooks.run.failure import cell_problem
from hooks.run.machine import describe
from hooks.run.pins import installed_torch
from hooks.show.drawers import drawer

_LINK = re.compile(r"\[([^\[\]]+)\]\([^()]*\)")
"""A scope stands on the line that opens the proof, which can hold no link: its words stay."""

TORCH = installed_torch()
"""The version that the pages name."""


@dataclass(frozen=True)
class Coming:
    """The page that MkDocs renders next.

    Without a `result` a kernel runs it here; `unread` says that its source is refused. `refuse` stops the
    build, or lets `mkdocs serve` show what there is.
    """

    source: Source
    result: Result | None
    unread: bool
    refuse: Callable[[Problem], None]


current: Coming | None = None

shown: dict[str, list[list[NotebookNode]]] = {}
"""Page -> the outputs of its cells, wherever they came from."""


class PagePreprocessor(ExecutePreprocessor):
    """Fill a notebook with its outputs, and tell the template what the cells are."""

    def preprocess(
        self, nb: NotebookNode, resources: Any = None, km: Any = None
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Runs once a page, as `ExecutePreprocessor`; a cell that fails is refused with page and line."""
        assert current is not None
        source, result = current.source, current.result
        if current.unread:
            nb.cells = []  # the page shows the problem instead
            return nb, resources
        codes = [cell for cell in nb.cells if cell.cell_type == "code"]
        if result is None:
            try:
                nb, resources = super().preprocess(nb, resources, km)
            except CellExecutionError as error:
                number = sum(1 for cell in codes if cell.get("execution_count")) - 1
                text = f"{error.ename}: {error.evalue}"
                problem = cell_problem(source, number, text, 1, "Raised", describe())
                current.refuse(problem)
                result = Result([], 0.0, problem, stopped=number)
                codes[number].outputs = []  # the problem stands in its place
        else:
            ran = codes if result.stopped is None else codes[: len(result.cells)]
            for cell, outputs in zip(ran, result.cells, strict=True):
                cell.outputs = [from_dict(output) for output in outputs]
        shown[source.path] = [cell.outputs for cell in codes]
        _annotate(nb, source)
        if result and result.stopped is not None:
            failed = codes[result.stopped]
            failed.metadata["problem"] = str(result.problem)
            failed.metadata["fence"] = _fence([failed.metadata["fence"][1:], str(result.problem)])
            for cell in codes[result.stopped + 1 :]:
                cell.metadata["not_run"] = True
        return nb, resources


def _annotate(nb: NotebookNode, source: Source) -> None:
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
                "scope": _LINK.sub(r"\1", mine.claim.scope),
                "number": mine.claim.number,
                "torch": TORCH,
            }
            prose.source = prose.source[: prose.source.rindex("!!! claim")].rstrip()


def _fence(texts: list[str]) -> str:
    """A run of backticks longer than any in the texts."""
    longest = max((len(run) for text in texts for run in re.findall("`+", text)), default=0)
    return "`" * max(3, longest + 1)
