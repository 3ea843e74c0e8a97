"""The index of symptoms: every message, belief and question has its entry, and every entry its proof."""

from __future__ import annotations

import re

import pytest
from markdown.extensions.toc import slugify

from hooks.read.pages import read_page
from hooks.read.source import Source
from tests.pages.test_messages import MESSAGE_PAGES, Entry
from tests.sources import DOCS, PAGES

ENTRY_PAGES = (*MESSAGE_PAGES, "silent-failures.md", "silent-failures-values.md", "odd-values.md")
INDEX = (DOCS / "symptoms.md").read_text(encoding="utf-8")
CLAIMS = {claim.name: page.path for page in PAGES for claim in page.claims}

# The messages that this site promises to explain, as torch 2.13 words them.
MESSAGES = [
    "Only Tensors of floating point and complex dtype can require gradients",
    "'list' object has no attribute 'detach'",
    "cannot assign 'torch.FloatTensor' as parameter 'weight' (torch.nn.Parameter or None expected)",
    "cannot assign module before Module.__init__() call",
    "attribute 'half' already exists",
    "optimizer got an empty parameter list",
    "params argument given to the optimizer should be an iterable of Tensors or dicts",
    "can't optimize a non-leaf Tensor",
    "a leaf Variable that requires grad is being used in an in-place operation.",
    "a view of a leaf Variable that requires grad is being used in an in-place operation.",
    "you can only change requires_grad flags of leaf variables",
    "'NoneType' object has no attribute 'zero_'",
    "element 0 of tensors does not require grad and does not have a grad_fn",
    "index out of range in self",
    "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int",
    "mat1 and mat2 shapes cannot be multiplied (4x5 and 3x2)",
    "mat1 and mat2 must have the same dtype, but got Long and Float",
    "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions",
    "Unsupported nonlinearity gelu",
    "Padding_idx must be within num_embeddings",
    "size mismatch for weight: copying a param with shape … from checkpoint",
    "Can't access the shape of an uninitialized parameter",
    "Tensor on device meta is not on the expected device cpu!",
    "Adam does not support sparse gradients, please consider SparseAdam instead",
    "Initializing zero-element tensors is a no-op",
    "expected dtype float for `end` but got dtype double",
    "Inference tensors cannot be saved for backward",
    "Cannot copy out of meta tensor; no data!",
    'parameter name can\'t contain "."',
    "Attempting to unscale FP16 gradients.",
    "Tensor on device cpu is not on the expected device meta!",
    "Input type (double) and bias type (float) should be the same",
    "mixed dtype (CPU): expect parameter to have scalar type of Float",
    "Expected hidden[0] size (2, 5, 3), got [2, 1, 3]",
    "'ReLU' object has no attribute 'weight'",
    "unsupported operation: more than one element of the written-to tensor refers to a single",
    "One of the differentiated Tensors does not require grad",
]

# What people asked: words of the line in the index, and the claim that it leads to.
QUESTIONS = {
    "kaiming_uniform_": "sqrt-five-cancels",
    "weight of another shape": "assignment-checks-no-shape",
    "3-D input": "leading-dimensions-are-kept",
    "torch.Tensor or torch.tensor": "tensor-function-copies-and-infers",
    "trainable tensor on a device": "to-makes-a-non-leaf",
    "update a weight by hand": "updates-need-no-grad",
    "integers have no gradient": "integers-cannot-require-gradients",
    "N(0, 1) of nn.Embedding": "embedding-scale-ignores-size",
    "set padding_idx": "padding-does-not-mask-the-forward-pass",
    "GloVe or word2vec": "from-pretrained-shares-memory",
    "A long text raises": "index-out-of-range-raises",
    "embedding.weight.T": "tying-by-transpose-shares-memory",
    "sparse gradients": "sparse-optimizers",
    "max_norm": "max-norm-rewrites-only-looked-up-rows",
    "In bfloat16": "bfloat16-rounds-once-in-linear",
    "empty parameter list": "empty-parameter-list-raises",
    "froze the last layer": "module-requires-grad-attribute-freezes-nothing",
    "tied weights": "tied-weights-are-one-parameter",
    "lazy layer": "lazy-parameters-keep-their-identity",
    "deepcopied layers": "deepcopy-starts-equal",
    "filter frozen parameters": "old-gradients-move-frozen-weights",
    "load_state_dict broadcast": "size-mismatch-raises",
    "reproducible": "seed-and-order-fix-the-draw",
    "number of threads": "threads-change-no-draw",
    "a float64 layer": "float64-draws-other-numbers",
    "after a checkpoint": "rng-state-goes-on",
    "CPU and CUDA": "orthogonal-ignores-the-old-values",
    "units of std": "trunc-normal-cuts-at-absolute-values",
    "on meta and call load_state_dict": "loading-into-meta-is-a-no-op",
    "add tokens": "recipe-grow",
    "keep a weight positive": "recipe-constrain",
    "some weights of a Linear at zero": "recipe-constrain",
    "EmbeddingBag": "padding-does-not-mask-the-forward-pass",
    "shared by `.T`": "shared-memory-ends-at-conversion",
    "saved twice": "tied-weights-are-saved-once",
    "that the optimizer holds": "dtype-conversion-keeps-parameters",
    "I masked the loss": "nan-in-the-input-reaches-the-weight-gradient",
}


def entries() -> dict[str, tuple[Source, str]]:
    """`page.md#anchor` -> the page and the text of the entry under that heading."""
    found = {}
    for name in ENTRY_PAGES:
        page = read_page(DOCS / name, DOCS)
        text = (DOCS / name).read_text(encoding="utf-8")
        for part in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
            entry = re.split(r"^## ", part, flags=re.MULTILINE)[0]
            heading = entry.partition("\n")[0].replace("\\", "")
            named = re.search(r"\{ #([\w-]+) \}$", heading)
            anchor = named[1] if named else slugify(heading, "-")
            found[f"{name}#{anchor}"] = (page, entry)
    return found


ENTRIES = entries()


def claims_linked(text: str, page: str = "") -> list[str]:
    """Names of claims that a text links to or states itself; a link to another page's is checked."""
    names = re.findall(r'^!!! claim "([^:]*):', text, re.MULTILINE)
    for path, anchor in re.findall(r"\]\(([\w-]*(?:\.md)?)#([\w-]+)\)", text):
        if CLAIMS.get(anchor) == (path or page):
            names.append(anchor)
    return names


def section(title: str) -> str:
    return INDEX.split(f"\n## {title}\n")[1].split("\n## ")[0]


def test_there_are_at_least_45_entries_and_the_index_lists_each_once() -> None:
    assert len(ENTRIES) >= 45
    linked = re.findall(rf"\]\(((?:{'|'.join(ENTRY_PAGES)})#[^)]+)\)", INDEX)
    listed = [link for link in linked if link.partition("#")[2] not in CLAIMS]
    assert sorted(listed) == sorted(ENTRIES)


@pytest.mark.parametrize("anchor", ENTRIES, ids=str)
def test_an_entry_reproduces_mends_and_proves(anchor: str) -> None:
    page, entry = ENTRIES[anchor]
    assert claims_linked(entry, page.path), "an entry links to the claim that proves it"
    cells = re.findall(r"^```python continuation.*?\n(.*?)^```$", entry, re.DOTALL | re.MULTILINE)
    code = "\n".join(cells)
    assert "assert" in code
    fixed = "fixed" in code or "# cause: " in code or "expect_error" not in code
    assert fixed, "an error is followed by code that works"
    prose = re.sub(r"^```.*?^```$", "", entry, flags=re.DOTALL | re.MULTILINE)
    assert re.search(r"\]\([\w-]+\.md(#[\w-]+)?\)", prose), "an entry links to its concept"


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_is_an_entry_and_stands_in_the_index(message: str) -> None:
    """That torch says so, too, is asked by test_messages.py."""
    headings = [entry.partition("\n")[0].replace("\\", "") for _, entry in ENTRIES.values()]
    assert any(
        message in heading or any(re.match(p, message) for p in Entry(heading, 0).messages)
        for heading in headings
    )
    assert re.search(rf"\[`+{re.escape(message)}", INDEX)


def test_the_thirteen_beliefs_lead_to_claims() -> None:
    rows = [line for line in section("What many believe").splitlines() if line.startswith("| ")][1:]
    assert len(rows) == 13
    for row in rows:
        assert claims_linked(row), row


def questions() -> list[tuple[str, str, str]]:
    """The questions of the index: their words, and the page and the anchor that each leads to."""
    blocks = re.findall(r'<div class="questions" markdown>\n(.*?)</div>', INDEX, re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.strip()]
    found = [re.fullmatch(r"\* \[(.+\?)\]\(([\w-]+\.md)#([\w-]+)\)", line) for line in lines]
    assert all(found), [line for line, match in zip(lines, found, strict=True) if not match]
    return [match.groups() for match in found if match]


def under(page: str, anchor: str) -> str:
    """What stands under a heading, those below it included; or the claim of that name and its proof."""
    text = (DOCS / page).read_text(encoding="utf-8")
    if CLAIMS.get(anchor) == page:
        return text[text.index(f'!!! claim "{anchor}:') :].partition("\n```\n")[0]
    parts = re.split(r"^(#{2,4}) (.*)$", text, flags=re.MULTILINE)[1:]
    heads = list(zip(parts[::3], parts[1::3], parts[2::3], strict=True))
    for number, (marks, words, _) in enumerate(heads):
        named = re.search(r"\{ #([\w-]+) \}$", words)
        if anchor == (named[1] if named else slugify(words, "-")):
            body = heads[number][2]
            for deeper, _, more in heads[number + 1 :]:
                if len(deeper) <= len(marks):
                    break
                body += more
            return body
    raise AssertionError(f"{page} has no heading #{anchor}")


@pytest.mark.parametrize(("words", "claim"), QUESTIONS.items())
def test_a_question_leads_to_its_claim(words: str, claim: str) -> None:
    asked = [(page, anchor) for question, page, anchor in questions() if words in question]
    assert len(asked) == 1, asked
    body = under(*asked[0])
    assert f'!!! claim "{claim}:' in body or f"#{claim})" in body


@pytest.mark.parametrize(("question", "page", "anchor"), questions())
def test_a_question_leads_to_cells_a_claim_or_a_word_on_what_was_not_run(
    question: str, page: str, anchor: str
) -> None:
    body = under(page, anchor)
    assert "```python" in body or claims_linked(body) or "ot run here" in body, question


def test_no_question_is_asked_twice() -> None:
    asked = [question for question, *_ in questions()]
    assert len(asked) == len(set(asked)) >= 90
