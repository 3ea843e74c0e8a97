"""Put the lab's modules into its page as one classic script: a page opened from a file cannot load modules."""

from __future__ import annotations

import re
from graphlib import TopologicalSorter
from pathlib import Path

from mkdocs.exceptions import PluginError

_TAG = re.compile(r'<script type="module" src="[^"]*?(assets/lab/lab\.js)"></script>')
_IMPORT = re.compile(r'^import \{ \w+(?:, \w+)* \} from "\./([\w-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:const|function|class) \w)", re.MULTILINE)
_REST = re.compile(r"</script|<!--|^(?:import|export)\b.*", re.IGNORECASE | re.MULTILINE)


def inline(html: str, docs: Path) -> str:
    """The page with the lab's modules in it instead of a link to them; other pages unchanged.

    Raises `PluginError` for what `bundle` cannot read.
    """
    return _TAG.sub(lambda tag: f"<script>{bundle(docs / tag[1])}</script>", html)


def bundle(entry: Path) -> str:
    """A classic script that does what the module `entry` does: all modules, each after those that it imports.

    They stand in one function named `lab`, whose text the lab hands to its worker; a name belongs to one
    module alone. Raises `PluginError` for other forms than `import { a, b } from "./c.js";` and
    `export const|function|class` and for text that ends a script, `CycleError` for modules in a circle.
    """
    texts: dict[str, str] = {}
    imported: dict[str, list[str]] = {}
    waiting = [entry]
    while waiting:
        path = waiting.pop()
        text = path.read_text(encoding="utf-8")
        imported[path.name] = _IMPORT.findall(text)
        texts[path.name] = _EXPORT.sub("", _IMPORT.sub("", text))
        waiting += [path.with_name(name) for name in imported[path.name] if name not in texts]
    code = "".join(texts[name] for name in TopologicalSorter(imported).static_order())
    if found := _REST.search(code):
        raise PluginError(f"{entry.name}: the build cannot put `{found[0]}` into a script")
    return f'(function lab() {{\n"use strict";\n{code}}})();\n'
