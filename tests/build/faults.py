"""What the tests of faults share: builds that can be found again, and a look at what they left behind."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path

import psutil

from tests.build.project import PATIENCE, ROOT, cell, happens, page, write_project

MARK = "FAULT_TEST_MARK"


class Project:
    """A small project with a `site/`, and builds of it whose processes carry a mark of their own."""

    def __init__(
        self, folder: Path, pages: dict[str, str] | None = None, root: Path = ROOT
    ) -> None:
        self.folder, self.site, self.mark = folder / "project", folder / "project" / "site", ""
        self.temporary = folder / "tmp"
        if not self.folder.exists():
            self.folder.mkdir()
            self.temporary.mkdir()
            write_project(self.folder, pages or two_pages("first"), root)

    def start(self, before: str = "", **environment: str) -> subprocess.Popen[str]:
        """`mkdocs build`, which runs the Python in `before` first; cold unless told otherwise."""
        self.mark = uuid.uuid4().hex
        return subprocess.Popen(
            [sys.executable, "-c", f"{before}\nfrom mkdocs.__main__ import cli\ncli(['build'])"],
            cwd=self.folder,
            env={
                **os.environ,
                "NO_MKDOCS_2_WARNING": "1",
                "CI": "true",
                "MKDOCS_CELL_SECONDS": "9999",  # a cell that is left behind must not end by itself
                "SOURCE_DATE_EPOCH": "1700000000",
                "TMPDIR": str(self.temporary),
                MARK: self.mark,
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def build(self, before: str = "", **environment: str) -> tuple[int, str]:
        """The exit code of a build, and what it printed."""
        process = self.start(before, **environment)
        output, _ = process.communicate(timeout=PATIENCE)
        return process.returncode, output

    def check_clean(self) -> None:
        """No process of the last build is left, and no file beside the project's own."""
        assert happens(lambda: not self.processes()), self.processes()
        left_over = {path.name for path in self.folder.iterdir()} - {"docs", "mkdocs.yml", "site"}
        assert not left_over, {name: sorted((self.folder / name).rglob("*")) for name in left_over}
        assert list(self.temporary.iterdir()) == []

    def processes(self) -> list[psutil.Process]:
        """The processes of the last build that live."""
        found = []
        for process in psutil.process_iter():
            try:
                if process.environ().get(MARK) == self.mark:
                    found.append(process)
            except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
                continue  # it ended while we looked, or belongs to somebody else
        return found


def two_pages(word: str) -> dict[str, str]:
    """Two pages that show `word`."""
    return {
        "index.md": page(cell(f"print('{word} index')", first=True), cell("print(1)")),
        "other.md": page(cell(f"import torch\nprint('{word} other')", first=True)),
    }


def rewrite(project: Project, pages: dict[str, str]) -> None:
    """Write these pages over the project's."""
    for name, text in pages.items():
        (project.folder / "docs" / name).write_text(text, encoding="utf-8")


def whole(site: Path) -> dict[str, bytes]:
    """Every file of a site with its bytes."""
    return {
        path.relative_to(site).as_posix(): path.read_bytes()
        for path in sorted(site.rglob("*"))
        if path.is_file()
    }
