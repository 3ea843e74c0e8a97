"""What each layer of torch.nn starts as, derived from its source: class -> law of each parameter and buffer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from math import prod, sqrt
from typing import Any

from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from snippets.defaults.laws import Constant, Given, Law, Lazy, Normal, Rows, Uniform, Uninitialized

ONE, ZERO = Constant("1", 1.0), Constant("0", 0.0)
Rule = Callable[[Any], Mapping[str, Law]]
"""Module -> law by name, where a name may be a pattern; a name the module lacks is passed over."""


def _weight_and_bias(law: Law) -> dict[str, Law]:
    """By these names alone: a layer may hold a mask, or what a subclass adds. Pruning renames the weight."""
    return {"weight": law, "weight_orig": law, "bias": law}


def _linear(m: Any) -> dict[str, Law]:
    if not m.in_features:  # nothing to draw, and a range of nothing for the bias
        return {"bias": ZERO}
    return _weight_and_bias(Uniform("1/sqrt(in_features)", 1 / sqrt(m.in_features)))


def _bilinear(m: Any) -> dict[str, Law]:
    return _weight_and_bias(Uniform("1/sqrt(in1_features)", 1 / sqrt(m.in1_features)))


def _conv(m: Any) -> dict[str, Law]:
    """A transposed convolution keeps its weight as (in, out/groups, …), so its fan_in counts outputs."""
    side = "out" if m.transposed else "in"
    fan = getattr(m, f"{side}_channels") // m.groups * prod(m.kernel_size)
    if not fan:
        return {"bias": ZERO}
    formula = f"sqrt(groups/({side}_channels*prod(kernel_size)))"
    return _weight_and_bias(Uniform(formula, 1 / sqrt(fan)))


def _norm(m: Any) -> dict[str, Law]:
    return {
        "weight": ONE,
        "bias": ZERO,
        "running_mean": ZERO,
        "running_var": ONE,
        "num_batches_tracked": ZERO,
    }


def _recurrent(m: Any) -> dict[str, Law]:
    if not m.hidden_size:  # then nothing has elements
        return {}
    law = Uniform("1/sqrt(hidden_size)", 1 / sqrt(m.hidden_size))
    cell = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    return dict.fromkeys(getattr(m, "_flat_weights_names", cell), law)


def _attention(m: Any) -> dict[str, Law]:
    e, k, v = m.embed_dim, m.kdim, m.vdim
    return {
        "in_proj_weight": Uniform("sqrt(3/(2*embed_dim))", sqrt(3 / (2 * e))),
        "q_proj_weight": Uniform("sqrt(3/embed_dim)", sqrt(3 / e)),
        "k_proj_weight": Uniform("sqrt(6/(embed_dim+kdim))", sqrt(6 / (e + k))),
        "v_proj_weight": Uniform("sqrt(6/(embed_dim+vdim))", sqrt(6 / (e + v))),
        "in_proj_bias": ZERO,
        "out_proj.weight": Uniform("1/sqrt(embed_dim)", 1 / sqrt(e)),
        "out_proj.bias": ZERO,
        "bias_[kv]": Normal("1/sqrt(embed_dim)", 1 / sqrt(e)),
    }


def _transformer(m: Any) -> dict[str, Law]:
    """It draws every matrix again, whoever made it; vectors stay as the inner layers left them."""
    formulas = {
        "self_attn.in_proj_weight": "sqrt(3/(2*d_model))",
        "multihead_attn.in_proj_weight": "sqrt(3/(2*d_model))",
        "self_attn.out_proj.weight": "sqrt(3/d_model)",
        "multihead_attn.out_proj.weight": "sqrt(3/d_model)",
        "linear1.weight": "sqrt(6/(d_model+dim_feedforward))",
        "linear2.weight": "sqrt(6/(d_model+dim_feedforward))",
    }
    found: dict[str, Law] = {}
    for name, parameter in m.named_parameters():
        if parameter.dim() > 1:
            rows, columns, *kernel = parameter.shape
            bound = sqrt(6 / ((rows + columns) * prod(kernel)))
            formula = formulas.get(name.split(".", 3)[-1], "sqrt(6/(fan_in+fan_out))")
            found[name] = Uniform(formula, bound)
    return found


def _adaptive(m: Any) -> dict[str, Law]:
    wide = Uniform("1/sqrt(in_features)", 1 / sqrt(m.in_features))
    found: dict[str, Law] = {"head.*": wide, "tail.*.0.weight": wide}
    for i, (_, narrow) in enumerate(m.tail):
        formula = f"1/sqrt(in_features//div_value**{i + 1})"
        if narrow.in_features:
            found[f"tail.{i}.1.weight"] = Uniform(formula, 1 / sqrt(narrow.in_features))
    return found


def _embedding(m: Any) -> dict[str, Law]:
    row = m.padding_idx
    return {"weight": Normal("1", 1.0) if row is None else Rows("1", 1.0, row)}


def _unwritten_without_inputs(inputs: str, rule: Rule) -> Rule:
    """A lazy layer whose first batch has no features skips `reset_parameters`."""
    return lambda m: rule(m) if getattr(m, inputs) else {"*": Uninitialized()}


def _given(*names: str) -> Rule:
    return lambda m: {name: Given(name) for name in names}


_lazy_conv, _weight = _unwritten_without_inputs("in_channels", _conv), _given("weight")
RULES: dict[type[nn.Module], Rule] = {
    nn.Linear: _linear,
    nn.LazyLinear: _unwritten_without_inputs("in_features", _linear),
    nn.Bilinear: _bilinear,
    **dict.fromkeys((nn.Conv1d, nn.Conv2d, nn.Conv3d), _conv),
    **dict.fromkeys((nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d), _conv),
    **dict.fromkeys((nn.LazyConv1d, nn.LazyConv2d, nn.LazyConv3d), _lazy_conv),
    **dict.fromkeys((nn.LazyConvTranspose1d, nn.LazyConvTranspose2d), _lazy_conv),
    nn.LazyConvTranspose3d: _lazy_conv,
    **dict.fromkeys((nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm), _norm),
    **dict.fromkeys((nn.InstanceNorm1d, nn.InstanceNorm2d, nn.InstanceNorm3d), _norm),
    **dict.fromkeys((nn.LazyBatchNorm1d, nn.LazyBatchNorm2d, nn.LazyBatchNorm3d), _norm),
    **dict.fromkeys((nn.LazyInstanceNorm1d, nn.LazyInstanceNorm2d, nn.LazyInstanceNorm3d), _norm),
    **dict.fromkeys((nn.GroupNorm, nn.LayerNorm), _norm),
    **dict.fromkeys((nn.RNNBase, nn.RNNCellBase), _recurrent),
    nn.MultiheadAttention: _attention,
    nn.Transformer: _transformer,
    nn.AdaptiveLogSoftmaxWithLoss: _adaptive,
    **dict.fromkeys((nn.Embedding, nn.EmbeddingBag), _embedding),
    nn.PReLU: lambda m: {"weight": Constant("init", m.init)},
    **dict.fromkeys((nn.CrossEntropyLoss, nn.NLLLoss, nn.BCELoss, nn.MultiMarginLoss), _weight),
    nn.MultiLabelSoftMarginLoss: _weight,
    nn.BCEWithLogitsLoss: _given("weight", "pos_weight"),
    **dict.fromkeys((nn.FractionalMaxPool2d, nn.FractionalMaxPool3d), _given("_random_samples")),
}
"""The layers that hold tensors themselves; subclasses and containers follow from these."""
_SINCE_2_2: dict[str, Rule] = {"RMSNorm": _norm, "LinearCrossEntropyLoss": _weight}
RULES |= {getattr(nn, name): rule for name, rule in _SINCE_2_2.items() if hasattr(nn, name)}

OUTER = {
    "linear1": ("in_features", "d_model"),
    "linear2": ("in_features", "dim_feedforward"),
    "self_attn": ("embed_dim", "d_model"),
    "multihead_attn": ("embed_dim", "d_model"),
}
"""What the arguments of a Transformer layer's parts are called in the Transformer layer itself."""


def stated(module: nn.Module) -> dict[str, Law | None]:
    """The law of each parameter and buffer of `module`, by name; None where none is known.

    A container's own rule comes before those of its parts, because it writes last. A subclass
    follows its base unless it has a `reset_parameters` of its own.
    """
    found: dict[str, Law | None] = {
        name: Lazy() if is_lazy(tensor) else None for name, (_, tensor) in tensors(module).items()
    }
    for prefix, part in module.named_modules():
        rule = _rule(part)
        inside = tensors(part) if rule else ()
        for pattern, law in (rule(part) if rule else {}).items():
            for inner in inside:
                name = f"{prefix}.{inner}" if prefix else inner
                hit = "." not in inner if pattern == "*" else fnmatchcase(inner, pattern)
                if hit and name in found and found[name] is None:
                    found[name] = _in_outer_words(law, name)
    return found


def _rule(module: nn.Module) -> Rule | None:
    kind = type(module)
    base = next((base for base in kind.__mro__ if base in RULES), None)
    if base is None:
        return None
    writers = ("reset_parameters", "_reset_parameters")
    same = all(getattr(kind, name, None) is getattr(base, name, None) for name in writers)
    return RULES[base] if same else None


def _in_outer_words(law: Law, name: str) -> Law:
    for part in name.split("."):
        inner, outer = OUTER.get(part, ("", ""))
        if inner and inner in law.formula:
            return type(law)(**{**vars(law), "formula": law.formula.replace(inner, outer)})
    return law


def tensors(module: nn.Module) -> dict[str, tuple[str, Tensor]]:
    """Name -> kind ("parameter" or "buffer") and tensor, of all that `module` holds, once each."""
    parameters = {name: ("parameter", tensor) for name, tensor in module.named_parameters()}
    return parameters | {name: ("buffer", tensor) for name, tensor in module.named_buffers()}
