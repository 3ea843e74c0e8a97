"""The same bytes under many settings, with all that a published site has: address and repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.build.elsewhere import build_elsewhere, difference
from tests.build.project import EPOCH, ROOT, build

PUBLISHED = {
    "SITE_URL": "https://example.org/parameters/",
    "REPO_URL": "https://github.com/example/parameters",
}
SETTINGS: dict[str, dict[str, str]] = {
    "west": {"TZ": "Pacific/Pago_Pago", "LC_ALL": "C.UTF-8", "PYTHONHASHSEED": "1"},
    "east": {"TZ": "Pacific/Kiritimati", "LC_ALL": "C", "PYTHONHASHSEED": "2"},
    "ASCII alone": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "German Latin-1": {"LC_ALL": "de_DE.ISO-8859-1", "LANGUAGE": "de", "PYTHONHASHSEED": "random"},
    "another width": {"COLUMNS": "40", "TERM": "dumb", "NO_COLOR": "1"},
    "assertions and warnings": {"PYTHONDEVMODE": "1", "PYTHONDONTWRITEBYTECODE": "1"},
}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as it is published."""
    site = tmp_path_factory.mktemp("published") / "site"
    done = build(ROOT, site, SOURCE_DATE_EPOCH=EPOCH, **PUBLISHED)
    assert done.returncode == 0, done.stderr
    return site


@pytest.mark.parametrize("name", SETTINGS)
def test_the_published_site_is_the_same(name: str, published: Path, tmp_path: Path) -> None:
    number = list(SETTINGS).index(name)
    umask = (0o022, 0o077, 0o002)[number % 3]
    settings = {**PUBLISHED, **SETTINGS[name]}
    other = build_elsewhere(published, tmp_path, seed=100 + number, umask=umask, **settings)
    assert difference(published, other) == ""


def test_another_date_is_noticed(published: Path, tmp_path: Path) -> None:
    other = build_elsewhere(published, tmp_path, seed=0, SOURCE_DATE_EPOCH="0", **PUBLISHED)
    assert "differs at byte" in difference(published, other)
