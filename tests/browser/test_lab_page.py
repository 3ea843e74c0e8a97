"""The lab's page in a reader's hands: typed into, linked to, wrong, without mouse, server or JavaScript."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Browser, Page, expect
from torch import nn

from snippets.scope import bits_are_claimed_here
from tests.browser.test_pages import Visit, visit
from tests.build.markup import read_html

CODE = "#lab-python code"
PRINTED = "#lab-prints code"
STATUS = "#lab [role=status]"


@pytest.fixture
def opened(browser: Browser, address: str) -> Iterator[Visit]:
    """The lab's page as it opens; no error may appear on its console until the test ends."""
    seen = visit(browser, address + "lab/")
    yield seen
    assert seen.errors == []
    seen.page.context.close()


def text(page: Page, selector: str) -> str:
    return page.locator(selector).inner_text()


def check_script(page: Page) -> None:
    """What the lab prints is what Python prints for the code it shows."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(text(page, CODE), {})
    if bits_are_claimed_here():
        assert text(page, PRINTED).rstrip("\n") == output.getvalue().rstrip("\n")


QUERIES = [
    "layer=linear&in=2&out=2&seed=0",
    "layer=linear&in=400&out=300&bias=0&seed=-1",
    "layer=embedding&num=100&dim=64&padding=-1&seed=18446744073709551615",
    "layer=embedding&num=5&dim=3&seed=7",
    "layer=rand&shape=2%2C3%2C4&seed=1",
    "layer=randn&shape=()&seed=3",
    "layer=zeros&shape=3&seed=3",
    "layer=linear&in=0&out=3&seed=3",
    "in=3&out=1&layer=linear&seed=2",
    "layer=linear&in=3&out=2&layer=embedding&num=3&dim=2&layer=randn&shape=5&layer=linear&in=7"
    "&out=7&bias=0&seed=42",
]


@pytest.mark.parametrize("query", QUERIES)
def test_a_link_shows_what_its_code_prints(browser: Browser, address: str, query: str) -> None:
    seen = visit(browser, f"{address}lab/?{query}")
    page = seen.page
    expect(page.locator(STATUS)).to_contain_text("numbers in")
    assert len(text(page, CODE).splitlines()) == 2 + query.count("layer=")
    check_script(page)
    shown = text(page, PRINTED)
    page.get_by_label("seed").press("End")  # any key counts as typing
    page.get_by_label("seed").dispatch_event("input")
    page.wait_for_function("location.search.includes('seed') && !location.hash", timeout=5000)
    page.wait_for_timeout(400)
    page.goto(page.url)
    expect(page.locator(PRINTED)).to_have_text(shown)
    assert seen.errors == []
    page.context.close()


def test_the_lab_opens_with_the_example_that_the_build_ran(opened: Visit, site: Path) -> None:
    built = read_html(site / "lab" / "index.html").select_one(".cell .output code")
    assert built is not None
    assert text(opened.page, PRINTED).strip() == built.get_text().strip()


def test_typing_changes_result_and_address(opened: Visit) -> None:
    page = opened.page
    page.get_by_label("layer", exact=True).select_option("embedding")
    page.get_by_label("num_embeddings").fill("4")
    page.get_by_label("padding_idx").fill("−1")  # the sign that people copy from a text
    page.get_by_label("seed").fill("12")
    check_script(page)
    assert "padding_idx=-1" in text(page, CODE)
    page.wait_for_url("**/lab/?layer=embedding&num=4&dim=3&padding=*&seed=12")


def test_up_to_five_layers_share_a_seed(opened: Visit) -> None:
    page = opened.page
    add = page.get_by_role("button", name="Add a layer")
    remove = page.get_by_role("button", name="Remove the last layer")
    expect(remove).to_be_disabled()
    for _ in range(4):
        add.click()
    expect(add).to_be_disabled()
    assert page.get_by_role("group", name="Layer 5").is_visible()
    assert text(page, CODE).count("nn.Linear(2, 2)") == 5
    check_script(page)
    remove.click()
    expect(add).to_be_enabled()
    assert text(page, CODE).count("nn.Linear(2, 2)") == 4


def test_the_lab_works_by_keyboard_alone(opened: Visit) -> None:
    page = opened.page
    page.get_by_label("layer", exact=True).focus()
    keys = page.keyboard
    keys.press("ArrowDown")  # nn.Embedding
    keys.press("Tab")
    keys.type("2")
    keys.press("Tab")
    keys.type("4")
    keys.press("Tab")
    keys.type("1")
    keys.press("Tab")
    keys.type("77")
    keys.press("Enter")  # sends nothing
    keys.press("Tab")
    keys.press("Enter")  # Add a layer
    keys.press("Tab")
    keys.press("Space")  # Remove the last layer
    assert text(page, CODE).splitlines()[1:] == [
        "torch.manual_seed(77)",
        'print(*torch.nn.Embedding(2, 4, padding_idx=1).parameters(), sep="\\n")',
    ]
    check_script(page)
    outlined = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate(outlined) == "solid"


WRONG = [
    "",
    " ",
    "-1",
    "2.5",
    "1e3",
    "NaN",
    "two",
    "999999999999999999999",
    "²",
    "0x10",
    "1,5",
    "--2",
]


@pytest.mark.parametrize(
    ("layer", "label", "also_wrong"),
    [
        ("linear", "in_features", []),
        ("linear", "out_features", []),
        ("embedding", "num_embeddings", []),
        ("embedding", "embedding_dim", []),
        ("embedding", "padding_idx", ["5", "-6"]),
        ("rand", "shape", ["2, -1", "2, 2.5", "2,,x", "1,1,1,1,1"]),
        ("linear", "seed", ["18446744073709551616", "-9223372036854775809"]),
    ],
)
def test_a_wrong_field_gets_a_sentence_and_keeps_the_last_result(
    opened: Visit, layer: str, label: str, also_wrong: list[str]
) -> None:
    page = opened.page
    page.get_by_label("layer", exact=True).select_option(layer)
    field = page.get_by_label(label, exact=True)
    good, before = field.input_value(), text(page, PRINTED)
    for wrong in [*WRONG, *also_wrong]:
        if (label == "padding_idx" and not wrong.strip()) or (label, wrong) in {
            ("seed", "-1"),
            ("padding_idx", "-1"),
            ("shape", "1,5"),
            ("shape", "0x10"),
        }:
            continue  # right for this field
        field.fill(wrong)
        expect(field).to_have_attribute("aria-invalid", "true")
        sentence = page.locator(f"[id='{field.get_attribute('aria-describedby')}']")
        assert len(sentence.inner_text()) > 10, wrong
        assert text(page, PRINTED) == before
        assert "last result" in text(page, STATUS)
        field.fill(good)
        expect(field).to_have_attribute("aria-invalid", "false")
        assert sentence.is_hidden()


@pytest.mark.parametrize(
    "query",
    [
        "layer=linear&in=-3&out=2.5&seed=x",
        "layer=conv&in=3",
        "in=9999999&out=9999999",
        "bias=maybe",
    ],
)
def test_a_bad_link_is_marked_and_shows_the_start(
    browser: Browser, address: str, query: str
) -> None:
    seen = visit(browser, f"{address}lab/?{query}")
    assert seen.page.locator("#lab [aria-invalid=true]").count() >= 1
    assert "nn.Linear(2, 2)" in text(seen.page, CODE)
    assert seen.errors == []
    seen.page.context.close()


FUZZ = """() => {
    let state = 1;
    const random = (n) => (state = (state * 48271) % 2147483647) % n;
    const pieces = ["0", "1", "7", "16", "-", ".", ",", " ", "e", "x", "tensor([", "]", "nan", "inf", "€", "😀",
        "<b>", "'", '"', "\\\\", "\\n", "1e-45", "4.6837e-39", "9".repeat(30), "&", "%", "()", "torch", "−",
        "\\u0000", "0".repeat(400)];
    const counts = { input: 0, wrong: 0 };
    for (let i = 0; i < 4000; i++) {
        const fields = [...document.querySelectorAll(".lab :is(input, select, textarea):enabled")];
        const field = fields[random(fields.length)];
        if (field.tagName === "SELECT") field.selectedIndex = random(field.options.length + 1) - 1;
        else field.value = Array.from({ length: random(5) }, () => pieces[random(pieces.length)]).join("");
        field.dispatchEvent(new Event("input", { bubbles: true }));
        if (i % 50 === 0) document.querySelector(random(2) ? "[name=more]" : "[name=less]").click();
        counts.input += 1;
        counts.wrong += document.querySelector(".lab-stale") !== null;
    }
    return counts;
}"""


def test_four_thousand_strange_inputs_raise_nothing(opened: Visit) -> None:
    page = opened.page
    counts = page.evaluate(FUZZ)
    assert counts["input"] == 4000
    assert 400 < counts["wrong"] < 4000
    page.wait_for_timeout(400)
    page.goto(page.url.split("?")[0])
    check_script(page)


def test_a_large_layer_is_drawn_by_a_worker(opened: Visit) -> None:
    page = opened.page
    page.get_by_label("in_features").fill("300")
    page.get_by_label("out_features").fill("4000")
    expect(page.get_by_role("progressbar")).to_be_visible()
    page.get_by_label("seed").fill("5")  # while it draws
    expect(page.locator(STATUS)).to_contain_text("1,204,000 numbers in", timeout=20_000)
    expect(page.get_by_role("progressbar", include_hidden=True)).to_be_hidden()
    check_script(page)


@pytest.mark.parametrize(
    ("label", "wrong"), [("in_features", "40000000"), ("out_features", "20000001")]
)
def test_too_many_numbers_are_refused(opened: Visit, label: str, wrong: str) -> None:
    opened.page.get_by_label(label).fill(wrong)
    assert "40 million" in opened.page.locator("#lab small:visible").inner_text()


def test_the_page_draws_its_share_without_a_freeze(opened: Visit) -> None:
    code = """([num, dim]) => {
        const [rows, columns] = ["num", "dim"].map((name) => document.querySelector(`[name=${name}]`));
        [rows.value, columns.value] = [num, dim];
        const start = performance.now();
        rows.dispatchEvent(new Event("input", { bubbles: true }));
        return performance.now() - start;
    }"""
    opened.page.get_by_label("layer", exact=True).select_option("embedding")
    times = [opened.page.evaluate(code, [1024, 64]) for _ in range(8)]
    assert text(opened.page, STATUS).startswith("65,536 numbers in")
    assert min(times) < 50, times


def test_code_and_numbers_can_be_copied(browser: Browser, address: str) -> None:
    seen = visit(browser, address + "lab/", width=390)
    page = seen.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_label("seed").fill("9")
    for box, selector in (("#lab-python", CODE), ("#lab-prints", PRINTED)):
        page.locator(f"{box} .md-code__button").click()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied.strip() == text(page, selector).strip()
    page.context.close()


def test_memory_that_nobody_wrote_is_not_invented(opened: Visit) -> None:
    page = opened.page
    note = page.locator(".lab-empty")
    assert note.is_hidden()
    page.get_by_label("layer", exact=True).select_option("empty")
    assert text(page, PRINTED) == "(old memory)"
    note.get_by_role("link").click()
    held = page.locator("#what-memory-held ~ .cell.volatile .output").first
    expect(held).to_be_in_viewport()
    assert "Parameter containing:" in held.inner_text()


def test_measurements_and_figure_are_those_of_the_numbers(opened: Visit) -> None:
    page = opened.page
    page.get_by_label("layer", exact=True).select_option("embedding")
    page.get_by_label("num_embeddings").fill("200")
    page.get_by_label("embedding_dim").fill("50")
    page.get_by_label("padding_idx").fill("3")
    torch.manual_seed(0)
    drawn = nn.Embedding(200, 50).weight.detach()
    drawn = torch.cat([drawn[:3], drawn[4:]]).double().flatten()
    cells = page.locator(".lab-details > .lab-scroll td").all_inner_texts()
    mean, _, within, std = cells[0], cells[1], cells[2], cells[3]
    assert float(mean.replace("−", "-")) == pytest.approx(drawn.mean().item(), rel=1e-3)
    assert float(std) == pytest.approx(drawn.std().item(), rel=1e-3)
    assert float(within.removeprefix("± ")) == pytest.approx(2 / len(drawn) ** 0.5, rel=1e-3)
    page.get_by_text("The data of this figure").click()
    rows = page.locator(".figure tbody tr").all_inner_texts()
    table = [[float(c.replace("−", "-").replace(",", "")) for c in row.split("\t")] for row in rows]
    assert [row[2] for row in table] == torch.histc(drawn, 40, -4, 4).tolist()
    spread = [row[5] - row[3] for row in table]
    cdf = torch.special.ndtr(torch.linspace(-4, 4, 41, dtype=torch.float64))
    chance = cdf.diff()
    expected = len(drawn) * chance
    deviation = 2 * (expected * (1 - chance)).sqrt()
    torch.testing.assert_close(
        torch.tensor([row[3] for row in table]).double(), expected, rtol=1e-3, atol=1e-2
    )
    torch.testing.assert_close(torch.tensor(spread).double(), deviation, rtol=2e-2, atol=1e-1)
    caption = text(page, "figcaption")
    inside = sum(row[4] <= row[2] <= row[5] for row in table)
    assert f"{inside} of 40 bars" in caption
    alt = page.locator(".lab-details svg").get_attribute("aria-label")
    assert alt is not None
    assert caption in alt


@pytest.mark.parametrize(
    ("query", "old", "twice"),
    [
        ("layer=randn&shape=5", lambda: torch.randn(5), lambda: torch.randn(10)),
        ("layer=randn&shape=9", lambda: torch.randn(9), lambda: torch.randn(18)),
        ("layer=rand&shape=9,3", lambda: torch.rand(9, 3), lambda: torch.rand(18, 3)),
        ("layer=embedding&num=5&dim=4", lambda: nn.Embedding(5, 4), lambda: nn.Embedding(10, 4)),
        ("layer=embedding&num=8&dim=4", lambda: nn.Embedding(8, 4), lambda: nn.Embedding(16, 4)),
        ("layer=linear&in=3&out=7", lambda: nn.Linear(3, 7), lambda: nn.Linear(3, 14)),
    ],
)
def test_what_stays_when_a_size_doubles(
    browser: Browser, address: str, query: str, old, twice
) -> None:
    page = visit(browser, f"{address}lab/?{query}&seed=0").page
    sentence = page.locator(".lab-details > p:last-child").inner_text()
    match = re.search(r"beginning with ([\d,]+) of these ([\d,]+) numbers", sentence)
    assert match is not None, sentence
    same, all_of_them = (int(number.replace(",", "")) for number in match.groups())
    flat = []
    for make in (old, twice):
        torch.manual_seed(0)
        made = make()
        flat.append((made.weight if isinstance(made, nn.Module) else made).flatten())
    few, many = flat
    assert len(few) == all_of_them
    equal = few == many[: len(few)]
    assert equal[:same].all()
    assert not equal[same:].any()
    page.context.close()


def test_the_page_works_from_a_file_without_a_server(browser: Browser, site: Path) -> None:
    seen = visit(
        browser, (site / "lab" / "index.html").as_uri() + "?layer=linear&in=3&out=2&seed=0"
    )
    page = seen.page
    assert "0.3097" in text(page, PRINTED)
    page.get_by_label("out_features").fill("40000")  # in a worker
    expect(page.locator(STATUS)).to_contain_text("160,000 numbers in", timeout=20_000)
    page.get_by_label("a number").fill("3.0774e-41")
    assert "uninitialized" in text(page, ".lab-verdict")
    local = ("file:", "blob:", "data:")
    assert [request for request in seen.requests if not request.startswith(local)] == []
    assert [
        request for request in seen.requests if request.endswith(".js") and "/lab/" in request
    ] == []
    lab_errors = [
        error for error in seen.errors if "search" not in error and "Failed to load" not in error
    ]
    assert lab_errors == []  # Material's search needs a server
    page.context.close()


def test_without_javascript_the_page_says_what_is_missing(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address + "lab/")
    assert "needs JavaScript" in page.locator("article").inner_text()
    assert page.locator("#lab").count() == 0
    assert page.locator(".cell .output").first.is_visible()
    context.close()


def test_only_this_page_loads_the_lab(site: Path) -> None:
    for path in site.rglob("*.html"):
        loads = "function lab(" in path.read_text(encoding="utf-8")
        assert loads == (path == site / "lab" / "index.html"), path
