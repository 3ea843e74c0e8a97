"""A page to take home: an executed notebook and a script, which run from an empty folder."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urljoin

import jupytext
import nbformat
from nbformat import NotebookNode

from hooks.give.alone import carrier
from hooks.give.outside import addresses, named_targets, readable
from hooks.read.source import Source
from hooks.run.imports import imported_modules, imports

_FORMS = ("text/html", "image/svg+xml", "image/png", "text/markdown", "text/plain")
_HIDDEN = {"jupyter": {"source_hidden": True}}
_SCRIPT = {"extension": ".py", "format_name": "percent", "comment_magics": False}
_BARE = {"jupytext": {"notebook_metadata_filter": "-all", "cell_metadata_filter": "-all"}}


def write(
    pages: Mapping[str, Source],
    shown: Mapping[str, Sequence[Sequence[NotebookNode]]],
    root: Path,
    folder: Path,
    site: tuple[str, str, str],
) -> None:
    """Write `<page>.ipynb` and `<page>.py` beside the HTML of each page whose outputs are in `shown`.

    `folder` is the built site, `root` holds our modules, `site` is the site's name, its address or "",
    and torch's version.
    """
    for page in pages.values():
        if page.path in shown and page.notebook is not None:
            notebook = build(page, pages, shown[page.path], root, site)
            target = folder / page.url / page.stem
            target.parent.mkdir(parents=True, exist_ok=True)
            text = nbformat.writes(notebook, version=nbformat.NO_CONVERT) + "\n"
            target.with_suffix(".ipynb").write_text(text, encoding="utf-8")
            notebook.metadata = nbformat.from_dict(_BARE)
            script = jupytext.writes(notebook, fmt=_SCRIPT)
            target.with_suffix(".py").write_text(script, encoding="utf-8")


def build(
    page: Source,
    pages: Mapping[str, Source],
    outputs: Sequence[Sequence[NotebookNode]],
    root: Path,
    site: tuple[str, str, str],
) -> NotebookNode:
    """The page as a notebook: its prose, its cells with `outputs`, the modules it imports.

    The same page gives the same bytes.
    """
    notebook = nbformat.from_dict(page.notebook)  # a copy
    modules = imported_modules(page, root)
    where = addresses(page, pages, site[1])
    named = named_targets(c.source for c in notebook.cells if c.cell_type == "markdown")
    shown = iter(outputs)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = readable(cell.source, page.claims, where, named)
        else:
            cell.outputs = list(map(_output, next(shown)))
    cells = [cell for cell in notebook.cells if cell.source]
    codes = [cell for cell in cells if cell.cell_type == "code"]
    if modules and codes:
        code = {"cell_type": "code", "metadata": _HIDDEN, "outputs": []}
        codes.insert(0, nbformat.from_dict(code | {"source": carrier(modules, root)}))
        cells.insert(cells.index(codes[1]), codes[0])
    _put_origin(cells, _origin(page, modules, site))
    for number, cell in enumerate(cells, start=1):
        cell.id = f"{page.stem[:50]}-{number}"
    for number, cell in enumerate(codes, start=1):
        cell.execution_count = number
    notebook.cells, notebook.nbformat_minor = cells, 5
    notebook.metadata.language_info = {"name": "python"}
    return notebook


def needed(page: Source, modules: Mapping[str, Path]) -> list[str]:
    """The packages that the page's code and the modules it carries import, Python's own left out."""
    codes = [cell.code for cell in page.cells]
    codes += [path.read_text(encoding="utf-8") for path in modules.values()]
    names = {name.partition(".")[0] for code in codes for name in imports(code)}
    ours = {name.partition(".")[0] for name in modules}
    return sorted(names - ours - set(sys.stdlib_module_names))


def _output(output: NotebookNode) -> NotebookNode:
    """An output as the page shows it: the best of its forms, a code block without the site's classes."""
    output = nbformat.from_dict(output)
    if best := [kind for kind in _FORMS if kind in output.get("data", {})]:
        output.data = NotebookNode({best[0]: output.data[best[0]]})
    if text := output.get("data", {}).get("text/markdown"):
        output.data["text/markdown"] = re.sub(r"(?m)^(`{3,})\{ ?\.py\b[^}\n]*\}", r"\1python", text)
    return output


def _origin(page: Source, modules: Mapping[str, Path], site: tuple[str, str, str]) -> str:
    name, address, torch = site
    source = f"[{name}]({urljoin(address, page.url)})" if address else name
    packages = ", ".join(needed(page, modules))
    ran = f"where each build runs these cells; here with torch {torch}"
    return f"*From {source}, {ran}. They need Python 3.11, {packages}.*"


def _put_origin(cells: list[NotebookNode], origin: str) -> None:
    """Put the line under the title, or first where there is no title."""
    title, _, rest = cells[0].source.partition("\n")
    if cells[0].cell_type == "markdown" and title.startswith("# "):
        cells[0].source = f"{title}\n\n{origin}\n\n{rest.strip()}".rstrip()
    else:
        prose = {"cell_type": "markdown", "metadata": {}, "source": origin}
        cells.insert(0, nbformat.from_dict(prose))
