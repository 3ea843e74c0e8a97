"""The export: every page, all that pages load, and a configuration without our own build."""

from __future__ import annotations

from pathlib import Path

import yaml

from hooks.give.export import ZENSICAL, export
from tests.build.project import ROOT


def test_the_export_holds_pages_assets_and_a_configuration_of_plain_data(
    site: Path, tmp_path: Path
) -> None:
    export(site, tmp_path / "export")
    docs = tmp_path / "export" / "docs"
    for page in (ROOT / "docs").rglob("*.md"):
        text = (docs / page.relative_to(ROOT / "docs")).read_text(encoding="utf-8")
        assert "```python" not in text, page
        assert text.startswith("---\n"), page
        assert ('id="moved">{' in text) == ("\nmoved:" in page.read_text(encoding="utf-8")), page
    for name in ("assets/site.css", "assets/lab/lab.js", "claims.json", "linear/linear.ipynb"):
        assert (docs / name).read_bytes() == (site / name).read_bytes()
    assert not list(docs.rglob("*.html"))
    assert not (docs / "assets" / "javascripts").exists()
    config = yaml.safe_load((tmp_path / "export" / "mkdocs.yml").read_text(encoding="utf-8"))
    assert not {"hooks", "plugins", "watch", "extra"} & set(config)
    assert "custom_dir" not in config["theme"]
    assert config["extra_css"] == [
        "assets/site.css",
        "assets/defaults/table.css",
        "assets/held/table.css",
    ]
    assert all((docs / name).is_file() for name in config["extra_css"])
    assert not (docs / "_headers").exists()
    assert "index.md" not in (docs / "llms.txt").read_text(encoding="utf-8")
    ours = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert yaml.safe_dump(config["nav"]).count(".md") == ours.partition("\nnav:")[2].count(".md")
    assert f"zensical=={ZENSICAL}" in (tmp_path / "export" / "README.md").read_text("utf-8")
