"""What pages import: our own modules that they carry home, and what torch imports late."""

from __future__ import annotations

import ast
import functools
import importlib
from pathlib import Path

from hooks.read.source import Source


def imported_modules(page: Source, root: Path) -> dict[str, Path]:
    """The project's own modules that the page's cells import, directly or through one another."""
    return modules_of([cell.code for cell in page.cells], root)


def modules_of(codes: list[str], root: Path) -> dict[str, Path]:
    """The project's own modules that pieces of code import, directly or through one another."""
    found: dict[str, Path] = {}
    waiting = list(codes)
    while waiting:
        for name in imports(waiting.pop()):
            parts = name.split(".")
            for depth in range(1, len(parts) + 1):
                inner = root.joinpath(*parts[:depth])
                for path in (inner.with_suffix(".py"), inner / "__init__.py"):
                    module = ".".join(parts[:depth])
                    if module not in found and path.is_file():
                        found[module] = path
                        waiting.append(path.read_text(encoding="utf-8"))
    return found


@functools.cache
def imports(code: str) -> frozenset[str]:
    """The dotted names that a piece of code imports; a name from a module counts as a module too.

    Read once: the key, the preload, the stamp and the files to take home all ask, and pages share modules.
    """
    names: set[str] = set()
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return frozenset()  # the run reports it
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return frozenset(names)


def late_imports(pages: list[Source], root: Path) -> set[str]:
    """What the pages import, ours aside, and what torch imports late for what they call."""
    codes = [cell.code for page in pages for cell in page.cells]
    for page in pages:
        codes += [
            path.read_text(encoding="utf-8") for path in imported_modules(page, root).values()
        ]
    names = {
        name for code in codes for name in imports(code) if not (root / name.split(".")[0]).is_dir()
    }
    for word in ("torch.testing", "torch.optim", "torch.use_deterministic_algorithms"):
        names |= {word for code in codes if word in code}
    return names


def preload(names: list[str]) -> None:
    """In the warm process: import what the pages will import, and what torch imports when first needed."""
    import torch

    for name in names:
        try:
            importlib.import_module(name)
        except Exception:
            continue  # no module, not installed or broken: then the page that needs it says so
    if "torch.testing" in names:
        torch.testing.assert_close(torch.ones(1), torch.ones(1))
    if "torch.optim" in names:
        torch.optim.SGD([torch.ones(1, requires_grad=True)], lr=1.0)
    if "torch.use_deterministic_algorithms" in names:
        torch.use_deterministic_algorithms(True)
        torch.use_deterministic_algorithms(False)
