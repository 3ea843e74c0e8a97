"""`make bench`: build the same pages with us and with the peers, in turn, and print ratios of medians."""

from __future__ import annotations

import argparse
import gzip
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.bench import sites
from tests.bench.serving import Served
from tests.browser.find import find
from tests.build.project import ROOT

ENVIRONMENT = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
ENVIRONMENT.pop("CI", None)


def run(command: list[str], folder: Path, **extra: str) -> float:
    """Seconds of one command; a failing one ends the bench with what it printed."""
    start = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env={**ENVIRONMENT, **extra}, capture_output=True, text=True
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}")
    return seconds


def mkdocs(folder: Path, **extra: str) -> float:
    """One `mkdocs build`."""
    return run([sys.executable, "-m", "mkdocs", "build", "--quiet"], folder, **extra)


def sphinx(folder: Path) -> float:
    """One `sphinx-build`."""
    return run([sys.executable, "-m", "sphinx", "-q", ".", "site"], folder)


def edit(path: Path, number: int) -> None:
    """Change one word of prose, another one each time."""
    text = path.read_text(encoding="utf-8")
    head, _, tail = text.partition("A paragraph")
    word = tail.split(" ", 2)[1]
    path.write_text(f"{head}A paragraph {tail.replace(word, f'of{number}', 1).lstrip()}")


def compare(ours: Callable[[], float], theirs: Callable[[], float], runs: int) -> tuple[float, ...]:
    """Medians of both and of the ratio, measured in turn."""
    pairs = [(ours(), theirs()) for _ in range(runs)]
    a, b = (statistics.median(side) for side in zip(*pairs, strict=True))
    return a, b, statistics.median(x / y for x, y in pairs)


def weight(site: Path) -> float:
    """Mean gzipped size of the pages, in bytes; the search page, the index and 404 left out."""
    pages = [
        p
        for p in site.rglob("*.html")
        if p.name not in ("404.html", "genindex.html", "search.html")
    ]
    return statistics.mean(len(gzip.compress(page.read_bytes())) for page in pages)


def row(name: str, ours: float, theirs: float, ratio: float, goal: str, reached: bool) -> None:
    """One line of the table."""
    mark = "reached" if reached else "NOT REACHED"
    print(f"{name:58} {ours:9.2f} {theirs:9.2f} {ratio:7.3f}   {goal:>8}  {mark}", flush=True)


def against_peers(folder: Path, runs: int) -> None:
    """The table: cold, unchanged, one word, weight, growth."""
    head = f"medians of {runs} runs, in turn"
    print(f"{head:58} {'ours':>9} {'theirs':>9} {'ratio':>7}   {'goal':>8}")
    us = sites.ours(folder / "ours", 10)
    plain = sites.plain(folder / "plain", 10)
    jupyter = sites.mkdocs_jupyter(folder / "jupyter", 10)
    exec_ = sites.markdown_exec(folder / "exec", 10)
    myst = sites.myst_nb(folder / "myst", 10)

    def cold() -> float:
        return mkdocs(us, CI="true")

    def jupyter_cold() -> float:
        shutil.rmtree(jupyter / ".cache", ignore_errors=True)
        return mkdocs(jupyter)

    a, b, ratio = compare(cold, lambda: mkdocs(exec_), runs)
    row("cold build, seconds: markdown-exec", a, b, ratio, "<= 1.0", ratio <= 1.0)
    a, b, ratio = compare(cold, jupyter_cold, max(1, runs // 2))
    row("cold build, seconds: mkdocs-jupyter as shipped", a, b, ratio, "<= 0.2", ratio <= 0.2)
    mkdocs(us), mkdocs(plain), sphinx(myst)
    a, b, ratio = compare(lambda: mkdocs(us), lambda: mkdocs(plain), runs)
    row("nothing changed, seconds: plain MkDocs", a, b, ratio, "<= 1.25", ratio <= 1.25)
    count = iter(range(10_000))

    def edited(site: Path, build: Callable[[Path], float]) -> float:
        name = "page1.md"
        page = site / name if (site / name).exists() else site / "docs" / name
        edit(page, next(count))
        return build(site)

    a, b, ratio = compare(lambda: edited(us, mkdocs), lambda: edited(plain, mkdocs), runs)
    row("one word changed, seconds: plain MkDocs", a, b, ratio, "<= 1.25", ratio <= 1.25)
    a, b, ratio = compare(lambda: edited(us, mkdocs), lambda: edited(myst, sphinx), runs)
    row("one word changed, seconds: MyST-NB", a, b, ratio, "<= 1.1", ratio <= 1.1)
    a, b = weight(us / "site") / 1000, weight(jupyter / "site") / 1000
    row("page weight, kB gzipped: mkdocs-jupyter as shipped", a, b, a / b, "<= 0.08", a / b <= 0.08)
    many = sites.ours(folder / "many", 100)
    few_cold, many_cold, _ = compare(cold, lambda: mkdocs(many, CI="true"), max(1, runs // 2))
    ratio = many_cold / 100 / (few_cold / 10)
    row(
        "growth per page, cold: 100 pages against 10",
        many_cold / 100,
        few_cold / 10,
        ratio,
        "<= 1.1",
        ratio <= 1.1,
    )
    mkdocs(many)
    few_warm, many_warm, _ = compare(lambda: mkdocs(us), lambda: mkdocs(many), max(1, runs // 2))
    ratio = many_warm / 100 / (few_warm / 10)
    row(
        "growth per page, warm: 100 pages against 10",
        many_warm / 100,
        few_warm / 10,
        ratio,
        "<= 1.1",
        ratio <= 1.1,
    )


def serving(folder: Path, runs: int) -> None:
    """Two rows more, `mkdocs serve`: from saving a page until the browser shows the change."""
    code = (r"print\(layer\.weight\.std\(\)(, '\w+')?\)", "print(layer.weight.std(), '{}')")
    prose = (r"A paragraph( mark\w+)? of", "A paragraph {} of")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find(), args=["--no-sandbox"])
        us, plain = (
            Served(make(folder / f"served-{make.__name__}", 10), "page1", browser, ENVIRONMENT)
            for make in (sites.ours, sites.plain)
        )
        us.saved(*code), plain.saved(*code)  # the first rebuild warms up
        cells: list[float] = []

        def ours() -> float:
            seconds = us.saved(*code)
            cells.append(us.cell_seconds())
            return seconds

        a, b, _ = compare(ours, lambda: plain.saved(*code), runs)
        own = statistics.median(cells)
        name = f"serve, code cell saved to screen, less {own:.2f} s of cells"
        row(name, a - own, b, (a - own) / b, "+ 0.5 s", a - own - b <= 0.5)
        a, b, ratio = compare(lambda: us.saved(*prose), lambda: plain.saved(*prose), runs)
        row("serve, prose saved to screen, seconds", a, b, ratio, "<= 1.25", ratio <= 1.25)
        us.close(), plain.close()
        browser.close()


def real_site(folder: Path) -> None:
    """How long the real site's cold build takes, and its pages that take longest."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "mkdocs", "build", "--site-dir", str(folder / "site")]
    environment = {**ENVIRONMENT, "CI": "true"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    total = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"\nthe real site, cold: {total:.1f} s, peak memory of the largest process {peak:.0f} MB")
    pages = re.findall(r"(\S+\.md): \d+ cells, ([\d.]+) s", done.stderr)
    for page, seconds in sorted(pages, key=lambda found: -float(found[1]))[:10]:
        print(f"  execution of {page:27} {float(seconds):6.1f} s")


def main() -> None:
    """Print the table, and the pages that take longest."""
    parser = argparse.ArgumentParser(prog="make bench")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        against_peers(Path(name), arguments.runs)
        serving(Path(name), 2 * arguments.runs + 1)
        real_site(Path(name))


if __name__ == "__main__":
    main()
