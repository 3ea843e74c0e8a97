"""The site for another generator: its executed Markdown, what the pages load, and a configuration.

`python -m hooks.give.export SITE FOLDER` makes FOLDER from a built SITE. Zensical builds it, without torch: the
outputs stand in the Markdown.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import Any

import yaml

from hooks.show.mathematics import markdown_math

ROOT = Path(__file__).parents[2]
ZENSICAL = "0.0.73"
"""The version of Zensical that the soak test builds the export with."""

_OF_THE_BUILD = (
    "_headers",
    "assets/images/",
    "assets/javascripts/",
    "assets/search-",
    "assets/stylesheets/",
    "search/",
    "sitemap.xml",
)
"""What begins so belongs to the generator, or speaks of the HTML and the files that this build wrote."""

_OF_OUR_HOOK = ("extra", "hooks", "nav", "plugins", "strict", "watch")
NOTE = f"""# Parameters, proven: the executed pages

`docs/` holds the pages as Markdown with the outputs of their code, and what they load; `mkdocs.yml` the
configuration. Nothing has to be executed. To build the site into `site/`:

    python -m pip install zensical=={ZENSICAL}
    zensical build --strict

What stays behind: the stamp at the foot of a page, the policy,
and the search that loads late. Formulas are MathML already. licenses.txt speaks of Material's assets; Zensical
brings its own.
"""


class _Loader(yaml.SafeLoader):
    """Reads `!ENV [NAME, default]` as the default."""


_Loader.add_constructor("!ENV", lambda loader, node: loader.construct_sequence(node)[-1])


def export(site: Path, folder: Path, root: Path = ROOT) -> None:
    """Write `folder` anew. Raises `FileNotFoundError` when a page of `docs/` is not in the built site."""
    shutil.rmtree(folder, ignore_errors=True)
    docs = folder / "docs"
    for page in sorted((root / "docs").rglob("*.md")):
        name = page.relative_to(root / "docs")
        executed = name if name.stem == "index" else name.with_suffix("") / "index.md"
        text = (site / executed).read_text(encoding="utf-8")
        (docs / name).parent.mkdir(parents=True, exist_ok=True)
        if (
            executed != name
        ):  # Zensical reads addresses in HTML from the source, MkDocs from the page
            text = re.sub(r'\b(href|src)="\.\./', r'\1="', text)
        html = (site / executed).with_name("index.html").read_text(encoding="utf-8")
        moved = re.search(r'<script [^>]*id="moved">.*?</script>', html)  # page.js reads it
        text = f"{markdown_math(text)}\n{moved[0] if moved else ''}\n"
        (docs / name).write_text(text, encoding="utf-8")
    for path in sorted(path for path in site.rglob("*") if path.is_file()):
        relative = path.relative_to(site).as_posix()
        if path.suffix not in (".html", ".md") and not relative.startswith(_OF_THE_BUILD):
            (docs / relative).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, docs / relative)
    for path in docs.glob("llms*.txt"):  # they name pages by their Markdown
        text = path.read_text(encoding="utf-8").replace("/index.md", "/")
        path.write_text(re.sub(r"(?<![\w/])index\.md\b", "./", text), encoding="utf-8")
    text = yaml.safe_dump(configuration(root), allow_unicode=True, sort_keys=False)
    (folder / "mkdocs.yml").write_text(text, encoding="utf-8")
    (folder / "README.md").write_text(NOTE, encoding="utf-8")


def configuration(root: Path) -> dict[str, Any]:
    """The site's configuration without what only its own build understands."""
    config = yaml.load((root / "mkdocs.yml").read_text(encoding="utf-8"), _Loader)
    kept = {key: value for key, value in config.items() if key not in _OF_OUR_HOOK}
    theme = {key: value for key, value in kept["theme"].items() if key != "custom_dir"}
    features = [name for name in theme["features"] if not name.startswith("content.action")]
    kept["theme"] = {**theme, "features": features, "variant": "classic"}
    kept["markdown_extensions"] = [
        item for item in kept["markdown_extensions"] if "pymdownx.arithmatex" not in item
    ]
    kept["extra_css"] = [*kept["extra_css"], *_styles(root / "docs")]
    return {key: value for key, value in kept.items() if value != ""} | {"nav": config["nav"]}


def _styles(docs: Path) -> list[str]:
    """The stylesheets that pages name in their front matter; their classes are of those pages alone."""
    headers = [path.read_text(encoding="utf-8").split("---\n")[1] for path in docs.rglob("*.md")]
    return sorted({style for header in headers if (style := yaml.safe_load(header).get("style"))})


if __name__ == "__main__":
    export(Path(sys.argv[1]), Path(sys.argv[2]))
