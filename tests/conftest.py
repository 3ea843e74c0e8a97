"""The site as the build makes it, once for all tests that read it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from _pytest.terminal import TerminalReporter
from filelock import FileLock

from tests.build.project import EPOCH, ROOT, build


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Half as many processes again as cores where tests wait, for a browser or a build: they mostly do."""
    computing = all(Path(argument).name == "snippets" for argument in config.args)
    return None if computing else (os.cpu_count() or 1) * 3 // 2


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> tuple[Path, str]:
    """The folder of the built site and what the build printed; test processes share one build."""
    folder = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        folder = folder.parent
    site, log = folder / "built-site", folder / "built-site.log"
    with FileLock(folder / "built-site.lock"):
        if not log.exists():
            done = build(ROOT, site, SOURCE_DATE_EPOCH=EPOCH)
            assert done.returncode == 0, done.stderr
            log.write_text(done.stdout + done.stderr, encoding="utf-8")
    return site, log.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def site(built: tuple[Path, str]) -> Path:
    """The folder of the built site."""
    return built[0]


def pytest_terminal_summary(terminalreporter: TerminalReporter) -> None:
    """Say how many claims were attacked and faults tried, and what two builds had in common."""
    recorded: dict[str, list[str]] = {"attacks": [], "caught": [], "same": []}
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, value in report.user_properties:
                if name in recorded and report.when == "call":
                    recorded[name] += value
    if recorded["attacks"]:
        terminalreporter.write_line(
            f"{len(set(recorded['attacks']))} claims attacked; "
            f"{len(recorded['attacks'])} attacks, {len(recorded['caught'])} caught"
        )
    for line in recorded["same"]:
        terminalreporter.write_line(line)
    faults = {
        outcome: sum("fault" in report.keywords for report in terminalreporter.getreports(outcome))
        for outcome in ("passed", "failed")
    }
    if tried := sum(faults.values()):
        terminalreporter.write_line(f"{tried} faults tried, {faults['passed']} survived")
