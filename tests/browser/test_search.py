"""The site's own search: what people type leads to the right page among the first three results."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

FIRST = 3

# What is typed, and the pages of which one is enough, most wanted first.
QUERIES = {
    "1e-45": "odd-values uninitialized",
    "1.4013e-45": "odd-values uninitialized parameter",
    "tiny numbers torch.empty": "uninitialized odd-values",
    "FloatTensor": "parameter",
    "torch.Tensor vs torch.tensor": "parameter odd-values",
    "torch.empty nan": "uninitialized odd-values",
    "sqrt(5)": "linear initialization odd-values",
    "kaiming_uniform a=math.sqrt(5)": "linear initialization odd-values",
    "why kaiming uniform in nn.Linear": "linear odd-values init-functions",
    "default initialization linear": "linear initialization defaults",
    "bias not zero": "linear odd-values",
    "xavier": "init-functions initialization",
    "gain gelu": "init-functions error-messages",
    "trunc_normal_": "init-functions odd-values",
    "orthogonal bfloat16": "init-functions error-messages recipes",
    "fan_in fan_out": "initialization init-functions error-messages",
    "mat1 and mat2": "error-messages",
    "mat1 and mat2 shapes cannot be multiplied (4x5 and 3x2)": "error-messages",
    "mat1 and mat2 must have the same dtype": "error-messages",
    "leaf Variable": "error-messages",
    "a leaf Variable that requires grad is being used in an in-place operation": "error-messages",
    "can't optimize a non-leaf Tensor": "error-messages",
    "optimizer got an empty parameter list": "error-messages",
    "element 0 of tensors does not require grad": "error-messages",
    "backward through the graph a second time": "error-messages",
    "modified by an inplace operation": "error-messages",
    "index out of range in self": "error-messages",
    "expected scalar types Long, Int": "error-messages",
    "cannot assign as parameter": "error-messages",
    "before Module.__init__() call": "error-messages",
    "object has no attribute 'detach'": "error-messages",
    "Only Tensors of floating point can require gradients": "error-messages",
    "size mismatch for weight": "error-messages",
    "Missing key(s) in state_dict": "error-messages",
    "meta tensor no data": "error-messages",
    "uninitialized parameter lazy": "error-messages registration",
    "sparse gradients Adam": "one-hot error-messages",
    "not in parameters()": "silent-failures registration",
    "list of parameters not trained": "silent-failures registration parameter",
    "weights do not change": "silent-failures",
    "grad is None": "odd-values silent-failures",
    "requires_grad = False still trains": "silent-failures",
    "freeze layer": "silent-failures recipes registration",
    "weight tying": "recipes registration silent-failures",
    "deepcopy": "registration error-messages silent-failures",
    "strict=False": "silent-failures",
    "padding_idx gradient": "embedding",
    "padding_idx not zero": "embedding silent-failures",
    "one hot": "one-hot",
    "manual_seed(0)": "lab initialization linear odd-values",
    "padding_idx=0": "embedding silent-failures error-messages",
    "nn.LSTM": "defaults",
    "a=sqrt(5)": "linear initialization odd-values",
    "embedding vs linear": "one-hot embedding index",
    "from_pretrained glove": "embedding recipes",
    "bfloat16 linear differs": "equivalence odd-values",
    "max_norm": "one-hot",
    "reinitialize model": "recipes",
    "custom layer": "recipes errata",
    "build model on meta device": "recipes uninitialized",
    "same seed different weights": "odd-values initialization",
    "squeeze broadcast loss": "equivalence silent-failures",
    "buffer or parameter": "registration",
    "ParameterList": "registration parameter error-messages",
    "d2l custom layer": "errata",
    "SyncBatchNorm gamma": "errata defaults",
    # Sentences, as a reader tried them who had nothing but a question.
    "why are my weights so small after nn.Parameter": "odd-values parameter",
    "my loss is nan at the first step sometimes": "odd-values",
    "how do I initialize embedding weights": "embedding odd-values",
    "two linear layers give different output same input": "odd-values equivalence",
    "transformer embedding index error long sequence": "error-messages",
    "optimizer does not update my parameter": "silent-failures",
    "nn.Linear weight shape transposed": "linear silent-failures",
    "reset model weights": "recipes",
    "share weights between two layers": "recipes",
    "batch size 1 gives slightly different result": "odd-values",
    "device-side assert triggered embedding": "error-messages",
    "move model to gpu before or after optimizer": "silent-failures",
}


@pytest.fixture(scope="module")
def searched(browser: Browser, address: str) -> Iterator[Page]:
    """One page for all queries, its search opened and its index loaded."""
    page = browser.new_page()
    page.goto(address + "symptoms/")
    page.locator(".md-search__input").click()
    yield page
    page.close()


def found(page: Page, query: str) -> list[str]:
    """The pages that the search names first for `query`, best first, as in `linear`."""
    field = page.locator(".md-search__input")
    results = page.locator(".md-search-result__item")
    for text in ("", query):  # emptied first: results of the query before must not count
        field.fill(text)
        field.dispatch_event("keyup")
        if text:
            results.first.wait_for()
        else:
            results.first.wait_for(state="detached")
    links = results.locator("a.md-search-result__link:first-child").evaluate_all(
        "links => links.map(link => new URL(link.href).pathname)"
    )
    return [link.strip("/").rpartition("/")[2] or "index" for link in links[:FIRST]]


def test_what_people_type_leads_to_its_page(searched: Page) -> None:
    assert len(QUERIES) >= 40
    missed = {}
    for query, wanted in QUERIES.items():
        first = found(searched, query)
        if not set(first) & set(wanted.split()):
            missed[query] = (wanted, first)
    assert not missed, "\n".join(f"{query}: {why}" for query, why in missed.items())


def test_a_query_for_nothing_on_this_site_finds_nothing(searched: Page) -> None:
    """Without this, a search that names every page would pass."""
    searched.locator(".md-search__input").fill("zymurgy")
    searched.locator(".md-search__input").dispatch_event("keyup")
    searched.get_by_text("No matching documents").wait_for()
    assert searched.locator(".md-search-result__item").count() == 0


def test_code_is_indexed_once(site: Path) -> None:
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    everything = "".join(document["text"] for document in index["docs"])
    assert everything.count("kaiming = nn.init.kaiming_uniform_(torch.empty(4, n_in)") == 1
    assert not any(document["location"].startswith("claims/") for document in index["docs"])
