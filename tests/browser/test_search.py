"""The site's own search: what people type leads to the right page among the first three results."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from hooks.give.search import FURTHER, law

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
    "gain gelu": "init-functions error-messages-loading",
    "trunc_normal_": "init-functions odd-values",
    "orthogonal bfloat16": "init-functions error-messages-loading recipes",
    "fan_in fan_out": "initialization init-functions error-messages-loading",
    "mat1 and mat2": "error-messages-input",
    "mat1 and mat2 shapes cannot be multiplied (4x5 and 3x2)": "error-messages-input",
    "mat1 and mat2 must have the same dtype": "error-messages-input",
    "leaf Variable": "error-messages-backward",
    "a leaf Variable that requires grad is being used in an in-place operation": "error-messages-backward",
    "can't optimize a non-leaf Tensor": "error-messages",
    "optimizer got an empty parameter list": "error-messages",
    "element 0 of tensors does not require grad": "error-messages-backward",
    "backward through the graph a second time": "error-messages-backward",
    "modified by an inplace operation": "error-messages-backward",
    "index out of range in self": "error-messages-input",
    "expected scalar types Long, Int": "error-messages-input",
    "cannot assign as parameter": "error-messages",
    "before Module.__init__() call": "error-messages",
    "object has no attribute 'detach'": "error-messages",
    "Only Tensors of floating point can require gradients": "error-messages",
    "size mismatch for weight": "error-messages-loading",
    "Missing key(s) in state_dict": "error-messages-loading",
    "meta tensor no data": "error-messages-loading",
    "uninitialized parameter lazy": "error-messages-loading registration",
    "sparse gradients Adam": "one-hot error-messages",
    "not in parameters()": "silent-failures registration parameter-questions",
    "list of parameters not trained": "silent-failures registration parameter",
    "weights do not change": "silent-failures",
    "grad is None": "odd-values silent-failures",
    "requires_grad = False still trains": "silent-failures",
    "freeze layer": "silent-failures recipes registration",
    "weight tying": "recipes registration silent-failures-values",
    "deepcopy": "registration error-messages-backward silent-failures-values",
    "strict=False": "silent-failures-values",
    "padding_idx gradient": "embedding",
    "padding_idx not zero": "embedding silent-failures-values",
    "one hot": "one-hot",
    "manual_seed(0)": "seeds lab",
    "padding_idx=0": "embedding error-messages-input silent-failures-values",
    "nn.LSTM": "defaults",
    "a=sqrt(5)": "linear initialization odd-values",
    "embedding vs linear": "one-hot embedding index",
    "from_pretrained glove": "embedding recipes",
    "bfloat16 linear differs": "equivalence odd-values",
    "max_norm": "embedding embedding-questions",
    "reinitialize model": "recipes",
    "custom layer": "recipes errata",
    "build model on meta device": "recipes uninitialized",
    "same seed different weights": "seeds odd-values",
    "squeeze broadcast loss": "equivalence silent-failures-values",
    "buffer or parameter": "registration",
    "ParameterList": "registration parameter error-messages",
    "d2l custom layer": "errata",
    "SyncBatchNorm gamma": "errata defaults",
    # Sentences, as a reader tried them who had nothing but a question.
    "why are my weights so small after nn.Parameter": "odd-values parameter",
    "my loss is nan at the first step sometimes": "odd-values",
    "how do I initialize embedding weights": "embedding odd-values",
    "two linear layers give different output same input": "odd-values equivalence",
    "transformer embedding index error long sequence": "error-messages-input",
    "optimizer does not update my parameter": "silent-failures",
    "nn.Linear weight shape transposed": "linear silent-failures-values",
    "reset model weights": "recipes",
    "share weights between two layers": "recipes",
    "batch size 1 gives slightly different result": "odd-values",
    "device-side assert triggered embedding": "error-messages-input",
    "move model to gpu before or after optimizer": "silent-failures",
    # What a fresh reader typed and did not find.
    "std of nn.Linear(768, 3072) weight": "linear lab",
    "nn.Embedding default initialization uniform": "embedding",
    "adding a layer changes weights of other layers seed": "odd-values lab seeds",
    "added a layer and all others start differently": "lab odd-values",
    "orthogonal_ rows or columns": "init-functions",
    "trunc_normal_ std=0.02 a=-2 b=2": "odd-values init-functions",
    "max_norm embedding modifies weight in place": "embedding embedding-questions",
    "weights all zeros symmetry": "initialization-questions silent-failures-values",
    "TransformerEncoder layers identical weights": "defaults silent-failures-values",
    "does nn.Parameter copy or share memory": "parameter",
    "self.w = torch.randn requires_grad=True not in parameters()": "parameter registration",
    "Embedding weights not updating": "silent-failures",
    "why is my loss nan": "odd-values",
    "initialize a CNN with kaiming": "recipes initialization",
    "initialize a transformer": "recipes initialization",
    "GroupNorm": "defaults",
    "LayerNorm": "defaults",
    "MultiheadAttention in_proj_weight init": "defaults",
    "nn.Bilinear init": "defaults",
    "how is LSTM initialized": "defaults init-functions",
    "huge values in weights 1e38": "odd-values",
    "Cannot copy out of meta tensor; no data!": "error-messages-loading",
    # Messages cut short, misspelled words, numbers, whole questions.
    "RuntimeError: mat1 and mat2 shapes cannot": "error-messages-input",
    "ValueError: optimizer got an empty": "error-messages",
    "cannot assign 'torch.FloatTensor' as": "error-messages",
    "AttributeError: 'list' object has no attr": "error-messages",
    "expected m1 and m2 to have the same": "error-messages-input",
    "view size is not compatible with": "error-messages-input",
    "IndexError: index out of range": "error-messages-input",
    "some parameters appear in more than one": "error-messages",
    "Unexpected key(s) in state_dict: module.": "error-messages-loading",
    "grad can be implicitly created": "error-messages-backward",
    "kaming uniform": "linear init-functions initialization odd-values",
    "initalization": "initialization",
    "xaiver init": "init-functions initialization",
    "embeding padding": "embedding",
    "paramter list": "registration parameter error-messages silent-failures",
    "recieve no gradient freeze laer": "silent-failures recipes registration",
    "truncnormal": "init-functions odd-values",
    "4.6e-41": "odd-values uninitialized parameter",
    "9223372036854775807": "odd-values",
    "1e-38 weights": "odd-values",
    "0.05 linear weights": "odd-values linear",
    "how to count trainable parameters": "odd-values recipes registration silent-failures",
    "difference between parameter and buffer": "registration",
    "why does nn.Linear use kaiming uniform with a=sqrt(5)": "linear odd-values initialization",
    "Embedding or Linear for categorical input": "index one-hot embedding",
    "share embedding and output layer": "recipes registration",
    "set bias to zero": "recipes initialization linear error-messages-loading",
    "nn.Embedding with one hot vectors is the same as linear": "one-hot",
    "load glove into embedding and freeze": "embedding recipes",
    "is nn.Linear x @ W or x @ W.T": "linear equivalence",
    "gradient of unused embedding rows": "embedding one-hot",
    "model trains but accuracy does not improve frozen": "silent-failures",
    "Conv2d default weight init": "defaults",
    "BatchNorm2d running_mean initial value": "defaults",
    "TypeError: cannot assign": "error-messages",
    "RuntimeError: a view of a leaf": "error-messages-backward",
    "RuntimeError: one of the variables needed": "error-messages-backward",
    "Expected tensor for argument #1 'indices'": "error-messages-input",
    "embedding(): argument 'indices'": "error-messages-input",
    "KeyError attribute already exists": "error-messages",
    "grad attribute of a Tensor that is not a leaf": "error-messages-backward",
    "Only Tensors created explicitly by the user": "error-messages-backward",
    "geqrf_cpu not implemented for": "error-messages-loading",
    "UserWarning: Initializing zero-element tensors": "error-messages-loading",
    "Tensor on device meta is not on": "error-messages-loading",
    "Can't call numpy() on Tensor": "error-messages-backward",
    "orthagonal": "init-functions error-messages-loading recipes",
    "uninitialised memory": "uninitialized",
    "embeddding default std": "embedding defaults odd-values",
    "bfoat16 weights": "silent-failures odd-values recipes",
    "registerbuffer": "registration",
    "optmizer does not update": "silent-failures",
    "requires grad fales": "silent-failures",
    "3.07e-41": "odd-values uninitialized parameter",
    "9.9e-39": "odd-values",
    "grad stops at 256": "odd-values",
    "first loss 200": "embedding-questions",
    "do tied weights survive state_dict loading": "registration recipes silent-failures-values",
    "why is torch.empty not zero": "uninitialized",
    "does manual_seed give the same weights on gpu": "seeds odd-values",
    "what does reset_parameters do": "linear recipes",
    "what is fan_in of a conv layer": "initialization init-functions defaults",
    "is the bias of linear zero": "linear odd-values",
    "custom layer starts too wide": "odd-values errata initialization-questions symptoms",
    "copy weights from one model to another": "moving registration silent-failures-values",
    "PReLU": "defaults",
    "GRU hidden weights initialization": "defaults",
    "InstanceNorm affine default": "defaults",
    "LazyLinear parameters optimizer": "silent-failures error-messages-loading registration",
    "deep network outputs same for every input": "odd-values initialization",
    "do nn.Linear and matmul give the same bits": "training equivalence",
    "all layers the same after clone TransformerEncoder": "defaults silent-failures-values",
    "adam nan float16": "silent-failures",
    "out of memory one_hot": "odd-values one-hot",
    # Typed after the ranking was settled, and found without a change to it.
    "Trying to backward through": "error-messages-backward",
    "size mismatch for fc.weight: copying a param": "error-messages-loading",
    "a leaf Variable that requires grad in-place": "error-messages-backward",
    "Padding_idx must be within": "error-messages-input",
    "Fan in and fan out can not be computed": "error-messages-loading",
    "mat1 and mat2 must have the same dtype, but got Float and BFloat16": "error-messages-input",
    "only unexpected keys strict=False safe": "error-messages-loading silent-failures-values",
    "torch.FloatTensor is not a Module subclass": "error-messages",
    "new(): data must be a sequence": "error-messages",
    "Unsupported nonlinearity": "error-messages-loading",
    "AttributeError: cannot assign module before": "error-messages",
    "deepcopy protocol graph leaves": "error-messages-backward",
    "linaer weight range": "linear index",
    "regsiter buffer": "registration",
    "xavier_unifrom": "init-functions initialization",
    "uninitalized": "uninitialized error-messages-loading",
    "staet_dict": "registration error-messages-loading silent-failures-values",
    "gradiant none": "odd-values silent-failures",
    "1.4e-45": "odd-values uninitialized parameter",
    "9.9184e-39": "odd-values",
    "-0.05 to 0.05": "odd-values linear",
    "weights look like 1.0561e-38": "odd-values",
    "what values does nn.Parameter(torch.Tensor(2,3)) have": "parameter uninitialized odd-values",
    "which init for relu": "initialization init-functions",
    "vanishing activations deep network": "initialization odd-values",
    "Embedding gradient memory too big": "embedding-questions",
    "sparse=True which optimizers": "embedding-questions error-messages",
    "padding row changes": "embedding silent-failures-values",
    "BatchNorm frozen still updates": "silent-failures-values",
    "Conv2d bias init": "defaults",
    "ConvTranspose2d weight": "defaults",
    "RMSNorm": "defaults",
    "LSTM forget gate bias": "defaults",
    "weights on gpu differ from cpu same seed": "seeds odd-values",
    "is Linear the same as matmul plus bias": "equivalence linear",
    "convert linear layer to numpy": "recipes error-messages-backward",
    "find which parameter got no gradient": "recipes silent-failures",
    "different learning rate per layer": "registration-questions",
    "continuous input for embedding": "embedding one-hot",
    "freeze some rows of an embedding": "embedding-questions",
    "train only new tokens": "embedding symptoms recipes",
    "resize embedding add tokens": "recipes symptoms",
    "why multiply embedding by sqrt(d_model)": "embedding-questions symptoms",
    "keras he_normal": "init-functions symptoms",
    "forget gate bias 1": "init-functions defaults symptoms",
    "orthogonal gates of an LSTM": "init-functions symptoms",
    "SparseAdam does not support dense gradients": "embedding-questions symptoms",
    "params argument given to the optimizer should be an iterable of Tensors": "error-messages symptoms",
    "you can only change requires_grad flags of leaf variables": "error-messages-backward symptoms",
    "loaded state dict contains a parameter group that doesn't match": "registration-questions symptoms",
    "weight_norm initialization has no effect": "linear-questions symptoms",
    "custom init lazy layer": "registration error-messages-loading symptoms",
    "'numpy.ndarray' object has no attribute 'dim'": "embedding error-messages",
    "fan_in or fan_out": "initialization init-functions symptoms",
    "depthwise convolution fan_out": "initialization",
    "linear on another dimension than the last": "linear-questions symptoms",
    "pass a generator to a layer": "seeds init-functions symptoms",
    "reproducible initialization": "seeds odd-values",
    "find where NaN comes from": "odd-values",
    "weight.grad is nan": "odd-values",
    "gradient accumulation": "odd-values symptoms",
    "why zero_grad": "odd-values symptoms error-messages-backward",
    "nearest word of a vector": "embedding-questions symptoms",
    "replace weight of a frozen layer": "silent-failures symptoms",
    "allow_unused": "error-messages-backward",
    "prune and keep Adam state": "moving symptoms",
    "spectral_norm": "moving",
    "order of parameters": "moving symptoms registration",
    "learnable scalar": "parameter-questions symptoms",
    "learnable loss weight negative": "parameter-questions",
    "LoRA initialization": "initialization",
    "cls token": "parameter-questions symptoms",
    "class imbalance output bias": "initialization-questions symptoms",
    "weights only load failed": "error-messages-loading",
    "vector_to_parameters gradient": "moving",
    "pruning weight_orig": "moving",
    "why empty not zeros": "uninitialized",
    "denormal slow": "uninitialized symptoms",
    "positional embedding": "recipes embedding",
    "sparse input linear": "one-hot",
    "set_rng_state": "seeds",
    "dataloader seed": "seeds",
    "gradient with respect to input tokens": "embedding-questions symptoms",
    "EmbeddingBag offsets": "embedding-questions",
    "include_last_offset": "embedding-questions embedding",
    "weight_decay sparse gradients": "embedding-questions",
    "why is embedding initialized with N(0,1)": "embedding",
    "NoneType object has no attribute zero_": "error-messages-backward symptoms",
    "deepcopy loses gradient": "registration symptoms",
    "nested ParameterList": "registration",
    "zero-initialized last layer": "initialization-questions silent-failures-values symptoms",
    "autoencoder tied weights transpose": "one-hot",
    "scale_grad_by_freq": "embedding embedding-questions",
    "NaN after several layers": "initialization odd-values symptoms",
    "Expected all tensors to be on the same device": "error-messages-input symptoms",
    "Expected all tensors to be on the same device, but found at least two": "error-messages-input",
    "Input type (torch.cuda.FloatTensor) and weight type (torch.FloatTensor)": "error-messages-input",
    "RNN input dtype (torch.float64) does not match weight dtype": "error-messages-input",
    "mat1 and mat2 shapes cannot be multiplied (6x36 and 216x2)": "error-messages-input",
    "'NoneType' object has no attribute 'data'": "error-messages-loading",
    "'ReLU' object has no attribute 'weight'": "error-messages-loading",
    "AttributeError: 'Dropout' object has no attribute 'weight'": "error-messages-loading",
    "ValueError: Attempting to unscale FP16 gradients.": "error-messages",
    "mixed dtype (CPU): expect parameter to have scalar type of Float": "error-messages-input",
    'KeyError: parameter name can\'t contain "."': "error-messages",
    "Tensor.item() cannot be called on meta tensors": "error-messages-loading",
    "Expected hidden[0] size (2, 64, 256), got [2, 1, 256]": "error-messages-input",
    "learnable initial state LSTM": "error-messages-input symptoms",
    "Assertion srcIndex < srcSelectDimSize failed": "error-messages-input",
    "w = w - lr * w.grad does not work": "error-messages-backward parameter",
    "torch.save slice file too large": "moving symptoms",
    "weight.data = tensor shares memory": "moving silent-failures-values",
    "EMA teacher": "moving",
    "shared view after double()": "moving",
    "deepcopy lazy model": "registration",
    "eval freezes weights": "silent-failures-values",
}


@pytest.fixture(scope="module")
def searched(browser: Browser, address: str) -> Iterator[Page]:
    """One page for all queries, its search opened and its index loaded."""
    page = browser.new_page()
    page.goto(address + "symptoms/")
    page.locator(".md-search__input").click()
    yield page
    page.close()


# Emptied first: results of the query before must not count.
ASK = """async query => {
    const field = document.querySelector(".md-search__input")
    const list = document.querySelector(".md-search-result__list")
    const set = text => { field.value = text; field.dispatchEvent(new KeyboardEvent("keyup")) }
    const until = done => new Promise((resolve, reject) => {
        const late = setTimeout(() => reject(`no answer to ${query}`), 100000)
        const look = () => { if (done()) { clearTimeout(late); seen.disconnect(); resolve() } }
        const seen = new MutationObserver(look)
        seen.observe(list, {childList: true})
        look()
    })
    set("")
    await until(() => list.childElementCount === 0)
    set(query)
    await until(() => list.childElementCount > 0)
    const links = list.querySelectorAll(".md-search-result__item > a:first-child")
    return [...links].map(link => new URL(link.href).pathname)
}"""


def found(page: Page, query: str) -> list[str]:
    """The pages that the search names first for `query`, best first, as in `linear`."""
    links = page.evaluate(ASK, query)
    return [link.strip("/").rpartition("/")[2] or "index" for link in links[:FIRST]]


def test_what_people_type_leads_to_its_page(searched: Page) -> None:
    assert len(QUERIES) >= 200
    missed = {}
    for query, wanted in QUERIES.items():
        first = found(searched, query)
        if not set(first) & set(wanted.split()):
            missed[query] = (wanted, first)
    assert not missed, "\n".join(f"{query}: {why}" for query, why in missed.items())


def test_a_query_for_nothing_on_this_site_finds_nothing(searched: Page) -> None:
    """Without this, a search that names every page would pass."""
    searched.locator(".md-search__input").fill("zymurgy")  # as a paste does: without a key
    searched.get_by_text("No matching documents").wait_for()
    assert searched.locator(".md-search-result__item").count() == 0


@pytest.mark.parametrize("number", ["8.2718e-25", "1.4013e-45", "-.5"])
def test_a_number_leads_to_its_reading_in_the_lab(
    browser: Browser, address: str, number: str
) -> None:
    page = browser.new_page()
    page.goto(address)
    page.locator(".md-search__input").fill(number)
    # the first result explains such numbers
    link = page.locator(".md-search-result__item").nth(1).locator("a").first
    expect(link).to_contain_text(f"What is this number? {number}")
    link.click()
    expect(page.locator("#odd-pasted")).to_have_value(number)
    expect(page.locator(".lab-readings [scope=row]")).to_have_text(number)
    assert page.url.endswith("#what-is-this-number")
    page.close()


@pytest.mark.parametrize("words", ["e", "2", "1e", "1.5 rows", "U+1F600"])
def test_what_is_no_single_number_does_not(searched: Page, words: str) -> None:
    assert found(searched, words)
    titles = searched.locator(".md-search-result__list :is(h1, h2)").all_inner_texts()
    assert not [title for title in titles if "number? " in title]


def test_a_layer_leads_to_its_row_of_the_table(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(address)
    page.locator(".md-search__input").click()
    assert found(page, "GroupNorm")[0] == "defaults"
    result = page.locator(".md-search-result__link[href$='#GroupNorm']")
    assert "GroupNorm(4, 64): weight 1; bias 0" in result.inner_text()
    result.click()
    page.wait_for_url("**/defaults/?h=groupnorm#GroupNorm")
    row = page.locator("tr#GroupNorm")
    row.scroll_into_view_if_needed()
    expect(row).to_be_in_viewport()
    assert page.locator(".defaults").evaluate("frame => frame.scrollTop") > 500
    assert row.locator("th").inner_text().startswith("GroupNorm(")
    page.close()


def test_a_word_that_was_found_in_another_form_is_not_called_missing(searched: Page) -> None:
    found(searched, "initalization of zymurgy weights")
    missing = searched.locator(".md-search-result__terms").first
    assert missing.locator("del").all_inner_texts() == ["zymurgy"]


def test_signs_and_stop_words_alone_do_no_harm(searched: Page) -> None:
    for query in (
        "+-~^:*",
        "title:",
        "tags:x^2~",
        "not all of it",
        '"',
        "__proto__",
        "constructor",
    ):
        searched.locator(".md-search__input").fill(query)
        searched.locator(".md-search__input").dispatch_event("keyup")
    assert found(searched, "kaiming~1^2 title:uniform")


def test_every_layer_of_the_table_is_indexed_and_no_list_of_links(site: Path) -> None:
    index = json.loads((site / "search" / "sections.json").read_text(encoding="utf-8"))
    rows = json.loads((site / "defaults.json").read_text(encoding="utf-8"))
    entries = {doc["location"]: doc for doc in index["docs"]}
    for row in rows:
        entry = entries[f"defaults/#{row['module']}"]
        assert entry["title"] == f"nn.{row['module']}"
        if row["args"] and not FURTHER.search(row["parameter"]):
            assert row["parameter"] in entry["text"] or not law(row)
    assert not [location for location in entries if location.endswith("#where-next")]


def test_code_is_indexed_once(site: Path) -> None:
    index = json.loads((site / "search" / "sections.json").read_text(encoding="utf-8"))
    everything = "".join(document["text"] for document in index["docs"])
    assert everything.count("kaiming = nn.init.kaiming_uniform_(torch.empty(4, n_in)") == 1
    assert not any(document["location"].startswith("claims/") for document in index["docs"])
