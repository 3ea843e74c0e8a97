"""Hand the take-home tools small models of many architectures, and count what they say: `make models`."""

from __future__ import annotations

import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any

import torch
import transformers
from torch import Tensor, nn

from snippets import recipes
from snippets.bits import Memory, decode
from snippets.init_report import init_report
from snippets.uninitialized import find_uninitialized

TEXT = {"vocab_size": 99, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
TEXT |= {"intermediate_size": 64, "max_position_embeddings": 64, "pad_token_id": 0}
ENCODERS = ("Albert", "Bert", "BigBird", "Camembert", "ConvBert", "Data2VecText", "Deberta")
ENCODERS += ("DebertaV2", "DistilBert", "Electra", "Ernie", "Longformer", "MPNet")
ENCODERS += ("MegatronBert", "MobileBert", "Roberta", "RoFormer", "XLMRoberta", "Nystromformer")
DECODERS = ("GPT2", "GPTNeoX", "GPTJ", "Llama", "Mistral", "Qwen2", "Gemma", "Phi", "OPT", "Bloom")
DECODERS += ("Falcon", "StableLm", "Olmo", "Cohere", "Granite", "CodeGen", "Persimmon")
SEEN = ("ViT", "DeiT", "Beit", "ViTMAE")
SMALL: dict[str, dict[str, Any]] = {
    "Albert": {"embedding_size": 16},
    "DistilBert": {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64},
    "GPT2": {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": 64},
    "GPTJ": {"n_embd": 32, "n_layer": 2, "n_head": 4, "rotary_dim": 4},
    "CodeGen": {"n_embd": 32, "n_layer": 2, "n_head": 4, "rotary_dim": 4},
    "Bloom": {"n_head": 4},
    "OPT": {"ffn_dim": 64, "word_embed_proj_dim": 32},
    "Gemma": {"head_dim": 8, "num_key_value_heads": 4},
    "MobileBert": {"true_hidden_size": 32, "intra_bottleneck_size": 32, "embedding_size": 32},
    "Longformer": {"attention_window": [4, 4]},
}


def architectures() -> dict[str, Callable[[], nn.Module]]:
    """What builds each model, from a small configuration."""
    found = {}
    for name in (*ENCODERS, *DECODERS, *SEEN):
        config = getattr(transformers, f"{name}Config", None)
        model = getattr(transformers, f"{name}Model", None)
        if config is None or model is None:
            continue
        options = TEXT | SMALL.get(name, {})
        if name in SEEN:
            options = {
                k: TEXT[k] for k in ("hidden_size", "num_hidden_layers", "intermediate_size")
            }
            options |= {"num_attention_heads": 4, "image_size": 32, "patch_size": 8}
        found[name] = lambda model=model, config=config, options=options: model(config(**options))
    return found


def state(model: nn.Module) -> dict[str, tuple[int, Tensor]]:
    """All that a model holds: objects and copies of their values."""
    both = (*model.named_parameters(), *model.named_buffers())
    return {name: (id(tensor), tensor.detach().clone()) for name, tensor in both}


def same(first: dict[str, tuple[int, Tensor]], second: dict[str, tuple[int, Tensor]]) -> bool:
    """Whether two states are one, in objects and values."""
    return first.keys() == second.keys() and all(
        first[n][0] == second[n][0] and torch.equal(first[n][1], second[n][1]) for n in first
    )


def check_reason(error: ValueError, *words: str) -> None:
    """Fail unless a refusal is one of ours."""
    assert any(word in str(error) for word in words), error


def check(build: Callable[[], nn.Module]) -> Counter[str]:
    """Try every tool on one model; what they must never do raises an AssertionError."""
    said: Counter[str] = Counter()
    start = time.process_time()
    model = build()
    built = time.process_time() - start
    start = time.process_time()
    said["unwritten"] = len(find_uninitialized(build))
    said["find, percent of building"] = round(100 * (time.process_time() - start) / built)
    report = init_report(model)
    every = dict(model.named_parameters()) | dict(model.named_buffers())
    assert [line.name for line in report] == [*every]
    assert all(len(row) <= 100 for row in str(report).splitlines())
    for line in report:
        values = every[line.name].detach().double()
        if values.numel() and values.isfinite().all():
            torch.testing.assert_close(line.mean, values.mean().item(), rtol=1e-6, atol=1e-9)
            assert (line.low, line.high) == (values.min().item(), values.max().item())
    said["lines of the report"] = len(str(report).splitlines())
    said["tensors"] = len(report)
    for tensor in every.values():
        if tensor.is_floating_point():
            memory = decode(tensor)
            assert isinstance(memory, Memory)
            said["called text"] += bool(memory.likely)
    before = state(model)
    try:
        recipes.reinitialize(model)
        said["reinitialized"] = 1
        assert [n for n, p in model.named_parameters() if p.isnan().any()] == []
    except ValueError as error:
        assert same(before, state(model))
        check_reason(error, "wrote", "cannot write", "raised")
        said["reinitialize named what it cannot"] = 1
    before = state(model)
    try:
        left = set(recipes.init_transformer(model, 2))
        after = state(model)
        matrices = {n: p for n, p in model.named_parameters() if p.dim() > 1 and n not in left}
        assert all(
            not torch.equal(before[n][1], after[n][1]) for n, p in matrices.items() if p.any()
        )
        assert all(torch.equal(before[name][1], after[name][1]) for name in left)
        said["init_transformer wrote"] = 1
    except ValueError:
        assert same(before, state(model))
        said["init_transformer refused"] = 1
    try:
        made = recipes.build_on_meta(build, init=lambda model: model.apply(recipes.he_init))
        assert not any(tensor.is_meta for tensor in (*made.parameters(), *made.buffers()))
        said["built on meta"] = 1
    except ValueError as error:
        check_reason(error, "wrote", "meta", "share")
        said["build_on_meta named what it cannot"] = 1
    return said


def main() -> int:
    """Every architecture, a line each, and the sums."""
    warnings.simplefilter("ignore")
    torch.manual_seed(0)
    total: Counter[str] = Counter()
    failed = 0
    for name, build in architectures().items():
        try:
            said = check(build)
        except Exception as error:  # all are tried before the run fails
            failed += 1
            print(f"{name}: {type(error).__name__}: {str(error).splitlines()[0][:150]}")
            continue
        total.update(said)
        total["models"] += 1
        print(f"{name}: {', '.join(f'{count} {what}' for what, count in said.items() if count)}")
    print(f"\n{dict(total)}, {failed} failed")
    return int(failed > 0 or total["models"] < 25)


if __name__ == "__main__":
    sys.exit(main())
