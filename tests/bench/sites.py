"""The same pages for every generator: ours, plain MkDocs, mkdocs-jupyter, markdown-exec and MyST-NB."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

from tests.build.project import HEADER, write_project

PROSE = (
    "A paragraph of prose stands before each cell, about as long as one on a real page would be.\n"
)
PLOT = """import matplotlib.pyplot as plt

figure, axes = plt.subplots()
axes.hist(layer.weight.detach().flatten().numpy(), bins=40)
plt.show()"""


def cells(number: int) -> list[str]:
    """Six cells; page 0 ends with a plot."""
    codes = [
        "import torch\nfrom torch import nn\n\ntorch.manual_seed(0)\nlayer = nn.Linear(8, 4)\nprint(layer)"
    ]
    codes += [
        f"x = torch.randn({number + 2}, 8)\nprint(layer(x).shape, {step})" for step in range(4)
    ]
    codes.append(PLOT if number == 0 else "print(layer.weight.std())")
    return codes


def _page(number: int, fence: str, following: str, header: str) -> str:
    parts = [header, f"# Page {number}\n"]
    for step, code in enumerate(cells(number)):
        parts.append(f"{PROSE}\n```{fence if step == 0 else following}\n{code}\n```\n")
    return "\n".join(parts)


def page_name(number: int) -> str:
    """File name of a page; the first one is the home page."""
    return "index.md" if number == 0 else f"page{number}.md"


def ours(folder: Path, count: int) -> Path:
    """This project's hook, theme and configuration over the pages."""
    header = HEADER.split("\n# T")[0]
    pages = {page_name(i): _page(i, "python", "python continuation", header) for i in range(count)}
    return write_project(folder, pages)


def _mkdocs(folder: Path, pages: dict[str, str], plugins: list[object]) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "docs").mkdir(parents=True)
    for name, text in pages.items():
        (folder / "docs" / name).write_text(text, encoding="utf-8")
    config = {
        "site_name": "bench",
        "theme": {"name": "material", "font": False},
        "plugins": ["search", *plugins],
        "markdown_extensions": ["pymdownx.superfences", "pymdownx.highlight"],
    }
    (folder / "mkdocs.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    return folder


def plain(folder: Path, count: int) -> Path:
    """Material without any execution; mkdocs-jupyter is loaded and told to ignore every page."""
    pages = {page_name(i): _page(i, "python", "python", "") for i in range(count)}
    return _mkdocs(folder, pages, [{"mkdocs-jupyter": {"ignore": ["*"]}}])


def mkdocs_jupyter(folder: Path, count: int) -> Path:
    """mkdocs-jupyter as shipped: execution on, everything else its default."""
    header = HEADER.split("\n# T")[0]
    pages = {page_name(i): _page(i, "python", "python", header) for i in range(count)}
    return _mkdocs(folder, pages, [{"mkdocs-jupyter": {"execute": True}}])


def markdown_exec(folder: Path, count: int) -> Path:
    """markdown-exec: one process, no isolation, no cache; the cells of a page share a session."""
    pages = {}
    for i in range(count):
        fence = f'python exec="true" source="above" session="p{i}"'
        text = _page(i, fence, fence, "")
        svg = "import io\nbuffer = io.StringIO()\nplt.savefig(buffer, format='svg')\nprint(buffer.getvalue())"
        pages[page_name(i)] = text.replace("plt.show()", svg)
    return _mkdocs(folder, pages, ["markdown-exec"])


def myst_nb(folder: Path, count: int) -> Path:
    """MyST-NB with its cache, on Sphinx."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    header = "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n"
    for i in range(count):
        text = _page(i, "{code-cell}", "{code-cell}", header)
        (folder / page_name(i)).write_text(text, encoding="utf-8")
    pages = "\n".join(f"page{i}" for i in range(1, count))
    with (folder / "index.md").open("a", encoding="utf-8") as file:
        file.write(f"\n```{{toctree}}\n{pages}\n```\n")
    (folder / "conf.py").write_text(
        "extensions = ['myst_nb']\nnb_execution_mode = 'cache'\nsuppress_warnings = ['myst']\n"
    )
    return folder
