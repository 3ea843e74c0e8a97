"""What the lab shows of a script: its measurements, its figure, what it does not know, and how fast it is."""

from __future__ import annotations

import re

import pytest
import torch
from playwright.sync_api import Browser, expect
from torch import nn

from tests.browser.visit import Visit, leave, visit
from tests.lab.page import CODE, PRINTED, STATUS, check_script, text


def test_a_large_layer_is_drawn_by_a_worker(opened: Visit) -> None:
    page = opened.page
    page.evaluate(
        """() => new MutationObserver(([{ target }]) => { window.progressed ||= target.checkVisibility() })
            .observe(document.querySelector("#lab progress"), {attributes: true})"""
    )
    page.get_by_label("in_features").fill("300")
    page.get_by_label("out_features").fill("4000")
    page.wait_for_function("() => window.progressed")  # it may be over when a slow machine looks
    page.get_by_label("seed").fill("5")  # while it draws
    expect(page.locator(STATUS)).to_contain_text("1,204,000 numbers in")
    expect(page.get_by_role("progressbar", include_hidden=True)).to_be_hidden()
    check_script(page)


def test_the_page_draws_its_share_without_a_freeze(opened: Visit) -> None:
    code = """([num, dim]) => {
        const [rows, columns] = ["num", "dim"].map((name) => document.querySelector(`[name=${name}]`));
        [rows.value, columns.value] = [num, dim];
        const start = performance.now();
        rows.dispatchEvent(new Event("input", { bubbles: true }));
        const drawn = performance.now() - start;
        const again = performance.now();
        let length = 0;
        for (let i = 0; i < num * dim; i++) length += (0.1 * i).toFixed(4).length;
        return [drawn, performance.now() - again];
    }"""
    opened.page.get_by_label("layer", exact=True).select_option("embedding")
    times = [opened.page.evaluate(code, [1024, 64]) for _ in range(8)]
    assert text(opened.page, STATUS).startswith("65,536 numbers in")
    drawn, printed = map(min, zip(*times, strict=True))
    assert drawn < 7 * printed, times  # what it costs to write as many numbers: some 8 ms


def test_code_and_numbers_can_be_copied(browser: Browser, address: str) -> None:
    seen = visit(browser, address + "lab/", width=390)
    page = seen.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_label("seed").fill("9")
    for box, selector in (("#lab-python", CODE), ("#lab-prints", PRINTED)):
        page.locator(box).scroll_into_view_if_needed()
        page.locator(f"{box} .md-code__button").click()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied.strip() == text(page, selector).strip()
    leave(page)


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
    caption, _, _ = text(page, "figcaption").partition("\n")
    inside = sum(row[4] <= row[2] <= row[5] for row in table)
    assert f"{inside} of 40 bars" in caption
    alt = page.locator(".lab-details svg").get_attribute("aria-label")
    assert alt is not None
    assert caption in alt


@pytest.mark.parametrize(("n", "lines"), [(29, 29), (30, 0)])
def test_fewer_than_thirty_numbers_are_shown_each(
    browser: Browser, address: str, n: int, lines: int
) -> None:
    page = visit(browser, f"{address}lab/?layer=rand&shape={n}&seed=0").page
    torch.manual_seed(0)
    places = [72 + value * 528 for value in torch.rand(n).tolist()]
    figure = page.locator(".lab-details .figure")
    assert figure.locator(".bar").count() == (not lines)
    drawn = re.findall(r"M([\d.]+),6V28", figure.locator(".line").get_attribute("d") or "")
    assert [float(place) for place in drawn] == pytest.approx(places[:lines], abs=0.06)
    if lines:
        assert "29 of 29 numbers" in figure.locator("figcaption").inner_text()
    leave(page)


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
    leave(page)
