"""The whole site as one archive that works without a server: links lead to files, and the search needs none."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from urllib.parse import unquote

NAME = "parameters-proven.zip"
FOLDER = "parameters-proven"
LEFT_OUT = {"404.html", "sitemap.xml", "sitemap.xml.gz", "search/search_index.json", NAME}
"""What only a server uses."""

LINK = "<!-- the archive -->"
"""Where a page wants the link to the archive, when there is one."""

OFFER = (
    f'<a href="../{NAME}" download>The whole site to take home</a>: unpack it and open index.html; '
    "search and lab work too."
)

_REFERENCE = re.compile(r'(?P<before>\b(?:href|src)=")(?P<path>[^"#?]*)(?P<rest>[^"]*")')
_DATE = (1980, 1, 1, 0, 0, 0)


def offer(wanted: bool) -> str:
    """The Markdown that stands in place of `LINK`."""
    return OFFER if wanted else ""


def write(site: Path, folder: Path) -> Path:
    """Write the archive of the built `site` into `folder`; the same site gives the same bytes."""
    target = folder / NAME
    files = {
        path.relative_to(site).as_posix(): path.read_bytes()
        for path in sorted(site.rglob("*"))
        if path.is_file()
    }
    files = {name: data for name, data in files.items() if name not in LEFT_OUT}
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    for entry in index["docs"]:
        path, mark, anchor = entry["location"].partition("#")
        entry["location"] = f"{path}index.html{mark}{anchor}"
    text = json.dumps(index, ensure_ascii=False, separators=(",", ":"))
    files["search/search_index.js"] = f"var __index = {text};\n".encode()
    worker = next(
        name
        for name in files
        if re.fullmatch(r"assets/javascripts/workers/search\.\w+\.min\.js", name)
    )
    parts = "assets/search-worker.js", "assets/search-ranking.js", worker
    files["assets/search-file.js"] = _search(*(files[name].decode() for name in parts)).encode()
    for name in files:
        if name.endswith((".html", ".md", ".txt")):  # the archive does not hold itself
            files[name] = files[name].replace(OFFER.encode(), b"")
        if name.endswith(".html"):
            files[name] = _page(files[name].decode(), site / name).encode()
    with zipfile.ZipFile(target, "w") as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{FOLDER}/{name}", _DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system, entry.external_attr = 3, 0o644 << 16  # on every system as on Unix
            archive.writestr(entry, files[name], compresslevel=9)
    return target


def _page(html: str, path: Path) -> str:
    """The page with links to files in place of links to folders, and with a search that needs no server."""

    def to_file(match: re.Match[str]) -> str:
        target = match["path"]
        if not target or ":" in target or target.startswith("//"):
            return match[0]
        inside = path.parent / unquote(target)
        if not inside.is_dir():
            return match[0]
        assert (inside / "index.html").is_file(), f"{path}: {match[0]}"
        return f"{match['before']}{target.rstrip('/')}/index.html{match['rest']}"

    html = _REFERENCE.sub(to_file, html)
    later = re.search(r'<script src="(?P<base>[^"]*)assets/search-later\.js"></script>', html)
    assert later, f"{path} no longer loads assets/search-later.js: see hooks/archive.py"
    return html.replace(
        later[0], f'<script src="{later["base"]}assets/search-file.js"></script>', 1
    )


def _search(ours: str, ranking: str, theirs: str) -> str:
    """A script in whose pages `new Worker` starts the search from text: a file may not start it from a file."""
    source = f"importScripts = () => {{\n{theirs}\n}};\n{ranking}\n{ours}"
    return f"""// Starts the search's worker from its text: a browser starts none from a file.
{{
  const text = {json.dumps(source)};
  const address = URL.createObjectURL(new Blob([text], {{ type: "text/javascript" }}));
  window.Worker = class extends Worker {{
    constructor(url, ...rest) {{
      super(String(url).includes("assets/search-worker.js") ? address : url, ...rest);
    }}
  }};
}}
"""
