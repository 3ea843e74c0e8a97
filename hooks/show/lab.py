"""Put the lab's modules into its page as one classic script: a page opened from a file cannot load modules."""

from __future__ import annotations

import re
from pathlib import Path

from mkdocs.exceptions import PluginError

_TAG = re.compile(r'<script type="module" src="[^"]*?(assets/lab/lab\.js)"></script>')
_IMPORT = re.compile(r'import \{ (\w+(?:, \w+)*) \} from "\./([\w-]+\.js)";')
_EXPORT = re.compile(r"export (const|function|class) (\w+)")


def inline(html: str, docs: Path) -> str:
    """The page with the lab's modules in it instead of a link to them; other pages unchanged.

    Raises `PluginError`, naming the file, for what `bundle` cannot read.
    """
    return _TAG.sub(lambda tag: f"<script>{bundle(docs / tag[1])}</script>", html)


def bundle(entry: Path) -> str:
    """A classic script that does what the module `entry` does, with all modules that it imports.

    Each module becomes a function that returns what it exports. All of them stand in one function named
    `lab`, whose text the lab hands to its worker.

    Raises `PluginError` for other forms of import and export than `import { a, b } from "./c.js";` and
    `export const|function|class`, for modules that import each other, and for text that ends a script.
    """
    done: dict[str, str] = {}
    _add(entry, done, ())
    script = f'(function lab() {{\n"use strict";\nconst modules = {{}};\n{"".join(done.values())}}})();\n'
    if found := re.search(r"</script|<!--", script, re.IGNORECASE):
        raise PluginError(f"{entry.name}: {found[0]} would end the script: write it in two parts")
    return script


def _add(path: Path, done: dict[str, str], above: tuple[str, ...]) -> None:
    if path.name in above:
        raise PluginError(f"{path.name}: imports itself by way of {above[-1]}")
    lines, exported = [], []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        imported, export = _IMPORT.fullmatch(line), _EXPORT.match(line)
        if imported:
            if imported[2] not in done:
                _add(path.with_name(imported[2]), done, (*above, path.name))
            line = f'const {{ {imported[1]} }} = modules["{imported[2]}"];'
        elif export:
            exported.append(export[2])
            line = line.removeprefix("export ")
        elif re.match(r"(import|export)\b", line):
            raise PluginError(f"{path.name}:{number}: the build cannot read `{line}`")
        lines.append(line)
    body = "\n".join(lines)
    done[path.name] = (
        f'modules["{path.name}"] = (() => {{\n{body}\nreturn {{ {", ".join(exported)} }};\n}})();\n'
    )
