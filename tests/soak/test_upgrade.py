"""The upgrade drill: the site, built with the newest release of everything that the build has a seam with."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from tests.build.markup import read_html
from tests.build.project import EPOCH, ROOT
from tests.locks import ENVIRONMENTS, together
from tests.soak.test_outlives import kept
from tests.sources import PAGES, html_of

SEAMS = {
    "mkdocs-jupyter": "hooks/show/notebooks.py",
    "mkdocs-material": "theme/material, docs/assets/page.js and hooks/show/policy.py",
    "nbconvert": "hooks/show/notebooks.py and theme/notebook",
    "jupytext": "hooks/give/takeaway.py",
    "pymdown-extensions": "hooks/show/fit.py",
}
"""Package -> where the build touches it."""

TESTS = ["show/test_notebooks.py", "read/test_refusals.py", "read/test_grammar.py"]
"""Tests of these seams; what fails there names what moved."""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the newest of `SEAMS`, in front of this one, which lends torch and all the rest."""
    folder = tmp_path_factory.mktemp("newest") / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    found = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    where = "import sysconfig; print(sysconfig.get_path('purelib'))"
    own = subprocess.run([str(found), "-c", where], capture_output=True, text=True, check=True)
    lent = "\n".join({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    (Path(own.stdout.strip()) / "lent.pth").write_text(f"{lent}\n", encoding="utf-8")
    install = [str(found), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*install, "--ignore-installed", "--no-deps", *SEAMS], check=True)
    subprocess.run([*install, *SEAMS], check=True)  # what they need newer than it is lent
    return found


@pytest.fixture(scope="module")
def newer(python: Path) -> str:
    """What is newer than the pins, with the place of its seam, as one sentence."""
    listed = subprocess.run(
        [str(python), "-m", "pip", "list", "--format", "json"], capture_output=True, check=True
    )
    versions = {canonicalize_name(p["name"]): p["version"] for p in json.loads(listed.stdout)}
    pinned = {pin.name: pin.version for pin in together(ENVIRONMENTS[".venv"])}
    moved = [
        f"{name} {versions[name]} (pinned {pinned[name]}; its seam: {seam})"
        for name, seam in SEAMS.items()
        if versions[name] != pinned[name]
    ]
    return f"Newer than the pins: {', '.join(moved) or 'none of the five'}."


@pytest.fixture(scope="module")
def rebuilt(python: Path, newer: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as the newest releases build it."""
    site = tmp_path_factory.mktemp("newest") / "site"
    settings = {"NO_MKDOCS_2_WARNING": "1", "CI": "true", "SOURCE_DATE_EPOCH": EPOCH}
    done = subprocess.run(
        [str(python), "-m", "mkdocs", "build", "--site-dir", str(site)],
        cwd=ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    why = re.findall(r"^(?:ERROR|WARNING|\w*Error|\w+\.\w*Error).*", done.stderr, re.MULTILINE)
    assert done.returncode == 0, f"{newer} The build stopped: {why[-3:] or done.stderr[-2000:]}"
    return site


@pytest.mark.parametrize("tests", TESTS)
def test_a_seam_holds_with_the_newest_releases(python: Path, newer: str, tests: str) -> None:
    command = [str(python), "-m", "pytest", "-n0", f"tests/build/{tests}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    why = re.findall(r"^(?:E  .*|FAILED .*|ERROR .*)", done.stdout, re.MULTILINE)
    assert done.returncode == 0, f"{newer} {why or done.stdout[-2000:] + done.stderr[-2000:]}"


def test_the_newest_releases_build_the_same_site(site: Path, rebuilt: Path, newer: str) -> None:
    print(newer)
    for source in PAGES:
        before, after = (kept(read_html(html_of(source, folder))) for folder in (site, rebuilt))
        if any("volatile" in cell.flags for cell in source.cells):
            for what in ("outputs", "figures", "tables"):
                after[what] = before[what]
        for what in before:
            assert after[what] == before[what], f"{newer} {source.path}: other {what}"
        if source.cells:
            script = Path(source.stem).with_suffix(".py")
            texts = [html_of(source, folder).with_name(str(script)) for folder in (site, rebuilt)]
            assert texts[0].read_text("utf-8") == texts[1].read_text("utf-8"), f"{newer} {script}"
