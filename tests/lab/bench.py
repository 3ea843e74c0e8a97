"""`python -m tests.lab.bench`: how long the lab's modules take in the browser, in milliseconds."""

from __future__ import annotations

from playwright.sync_api import sync_playwright

from tests.browser.conftest import serving
from tests.browser.find import ADVICE, find
from tests.build.project import ROOT

TASKS = {
    "Linear(64, 64)": "draw.linear({ inFeatures: 64, outFeatures: 64, seed: 0 })",
    "Embedding(1000, 64)": "draw.embedding({ numEmbeddings: 1000, embeddingDim: 64, seed: 0 })",
    "Linear(784, 512)": "draw.linear({ inFeatures: 784, outFeatures: 512, seed: 0 })",
    "print 1,000 numbers": "print.formatTensor(thousand, [1000])",
}
MEASURE = """async (tasks) => {
    const draw = await import("/assets/lab/torch-random.js");
    const print = await import("/assets/lab/print.js");
    const thousand = draw.randn({ shape: [1000], seed: 0 });
    return Object.entries(tasks).map(([name, code]) => {
        const task = new Function("draw", "print", "thousand", code);
        const times = Array.from({ length: 25 }, () => {
            const start = performance.now();
            for (let i = 0; i < 4; i++) task(draw, print, thousand);
            return (performance.now() - start) / 4;
        });
        return [name, times[0], times.sort((a, b) => a - b)[12]];
    });
}"""


def main() -> None:
    """Print the first and the median time of each task."""
    path = find()
    if path is None:
        raise SystemExit(ADVICE)
    with serving(ROOT / "docs") as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{address}assets/mark.svg")
        print(f"{'the lab, ms':22} {'first':>8} {'median':>8}")
        for name, first, median in page.evaluate(MEASURE, TASKS):
            print(f"{name:22} {first:8.2f} {median:8.2f}")
        browser.close()


if __name__ == "__main__":
    main()
