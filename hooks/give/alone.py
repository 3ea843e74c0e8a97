"""Files that run alone: with the modules of ours that they import in them."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

from hooks.run.imports import modules_of

CARRIER = Path(__file__).with_name("carried.py")
PURPOSE = (
    "# Here are the site's own modules that the cells below import, so that this file runs alone.\n"
)
PROGRAMS = {"snippets.init_report"}
"""Programs of several modules, which a reader gets as one file."""


def alone(module: Path, root: Path) -> str:
    """A module as a file that runs alone: itself, or a carrier of it and of those of ours that it imports."""
    text = module.read_text(encoding="utf-8")
    name = ".".join(module.relative_to(root).with_suffix("").parts)
    if name not in PROGRAMS:
        return text
    modules = modules_of([f"import {name}"], root)
    about = ast.get_docstring(ast.parse(text), clean=False)
    end = f"""from {name} import *  # noqa: E402, F403

if __name__ == "__main__":
    from {name} import main

    sys.exit(main())
"""
    return f'''"""{about}"""\n\n{carrier(modules, root)}\n\n{end}'''


def carrier(modules: Mapping[str, Path], root: Path) -> str:
    """Code that lets what follows it import `modules`, whose texts it holds."""
    files = {
        path.relative_to(root).as_posix(): path.read_text(encoding="utf-8")
        for _, path in sorted(modules.items())
    }
    entries = "".join(f'    "{name}": {_literal(text)},\n' for name, text in files.items())
    code = CARRIER.read_text(encoding="utf-8").partition("\n\n")[2]
    empty = "MODULES: dict[str, str] = {}\n"
    assert empty in code, "hooks/give/carried.py no longer has the line that its modules replace"
    return (PURPOSE + code.replace(empty, f"MODULES = {{\n{entries}}}\n")).rstrip()


def _literal(text: str) -> str:
    """Python for `text` that can be read as it stands, where there is one."""
    plain = "'''" not in text and not text.endswith(("'", "\\")) and "\r" not in text
    return f"r'''{text}'''" if plain else repr(text)


def write(root: Path, site: Path) -> None:
    """Write the modules of `snippets/` into the built site, each as a file that runs alone."""
    for module in (root / "snippets").rglob("*.py"):
        home = site / module.relative_to(root)
        home.parent.mkdir(parents=True, exist_ok=True)
        home.write_text(alone(module, root), encoding="utf-8")
