"""What the lab does with wrong input: a sentence beside the field, the last result kept, never an exception."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.visit import Visit, leave, visit
from tests.lab.page import CODE, PRINTED, STATUS, check_script, text

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
    leave(seen.page)


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


@pytest.mark.parametrize(
    ("label", "wrong"), [("in_features", "40000000"), ("out_features", "20000001")]
)
def test_too_many_numbers_are_refused(opened: Visit, label: str, wrong: str) -> None:
    opened.page.get_by_label(label).fill(wrong)
    assert "40 million" in opened.page.locator("#lab small:visible").inner_text()
