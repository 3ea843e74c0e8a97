"""Recipes to copy: a layer done right, and functions to start, reset, tie, convert, build and check models."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Dense(nn.Module):
    """x @ weight.T + bias, started for ReLU: weight N(0, 2/in), bias 0.

    Input (…, in_features), output (…, out_features). Source: He et al. 2015, arXiv 1502.01852.
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: Any = None,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        options = {"device": device, "dtype": dtype}
        self.weight = nn.Parameter(torch.empty(out_features, in_features, **options))
        if bias:
            self.bias = nn.Parameter(torch.empty(out_features, **options))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw all values anew."""
        nn.init.kaiming_normal_(self.weight, nonlinearity="relu")
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(…, in_features) to (…, out_features)."""
        return F.linear(x, self.weight, self.bias)

    def extra_repr(self) -> str:
        """What stands between the parentheses of repr()."""
        return f"{self.in_features}, {self.out_features}, bias={self.bias is not None}"


def he_init(module: nn.Module) -> None:
    """For `model.apply` on layers with ReLU: weights N(0, 2/fan_in), biases 0.

    Writes Linear and Conv1d, 2d, 3d; all other layers stay as they are. Call it before `weight_norm`
    and other parametrizations, as it writes no parametrized weight. Source: He et al. 2015, arXiv
    1502.01852.
    """
    if isinstance(module, nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def init_transformer(model: nn.Module, blocks: int, std: float = 0.02) -> None:
    """Start a model of `blocks` Transformer layers as GPT-2 was: matrices N(0, std²), bias vectors 0.

    `out_proj` and `linear2`, which end the branches of an encoder block, get std/√(2·blocks).
    Padding rows are 0, in a tied table too; norms stay. Call it before `weight_norm` and other
    parametrizations. Source: Radford et al. 2019, section 2.3, and its released code.
    """
    for name, module in model.named_modules():
        if not isinstance(module, nn.Linear | nn.Embedding | nn.MultiheadAttention):
            continue
        residual = name.endswith(("out_proj", "linear2"))
        for parameter in module.parameters(recurse=False):
            if parameter.dim() > 1:
                nn.init.normal_(parameter, 0, std / math.sqrt(2 * blocks) if residual else std)
            else:
                nn.init.zeros_(parameter)
    for module in model.modules():  # last, because a tied Linear has drawn the table's rows anew
        if isinstance(module, nn.Embedding) and module.padding_idx is not None:
            nn.init.zeros_(module.weight[module.padding_idx])


def reinitialize(model: nn.Module) -> None:
    """Have every layer of `model` draw its own default anew, and prove that all parameters were written.

    Calls `reset_parameters` (or `_reset_parameters`, as in MultiheadAttention) of each module, inner
    ones first, after filling all parameters with NaN. What a constructor wrote besides is lost: run
    it again afterwards. The Parameters stay the same objects, so ties and optimizers hold; a Linear
    tied to an Embedding gets the Embedding's draw. Raises `ValueError` naming the parameters that no
    reset wrote; the model is then as it was. Integer parameters are not touched and not checked.
    """
    tensors = {n: p for n, p in model.named_parameters() if p.is_floating_point() or p.is_complex()}
    kept = [(tensor, tensor.detach().clone()) for tensor in (*tensors.values(), *model.buffers())]
    try:
        _reset(model, tensors)
        _check(tensors)
    except Exception:
        with torch.no_grad():
            for tensor, values in kept:
                tensor.copy_(values)
        raise


def build_on_meta(
    build: Callable[[], nn.Module],
    device: Any = "cpu",
    init: Callable[[nn.Module], object] | None = None,
) -> nn.Module:
    """The module that `build()` makes, allocated once, on `device`, each layer with its own default.

    `build` runs on device meta and takes no memory. Values that it writes itself, as `self.apply(...)`
    in a constructor does, are lost there: `init(model)`, which runs after the resets, can write them,
    bare Parameters and buffers too. Tied parameters, which `to_empty` unties, are tied again. Raises
    `ValueError` naming parameters and buffers that neither a reset nor `init` wrote. A bool buffer is
    always named, because no mark fits it.
    """
    with torch.device("meta"):
        model = build()
    places: dict[int, list[tuple[nn.Module, str]]] = {}
    for module in model.modules():
        for name, parameter in module.named_parameters(recurse=False, remove_duplicate=False):
            places.setdefault(id(parameter), []).append((module, name))
    model.to_empty(device=device)
    for (first, first_name), *others in places.values():
        for module, name in others:
            setattr(module, name, getattr(first, first_name))
    _reset(model, {**dict(model.named_parameters()), **dict(model.named_buffers())})
    if init is not None:
        init(model)
    _check({**dict(model.named_parameters()), **dict(model.named_buffers())})
    return model


def _mark(dtype: torch.dtype) -> float | bool:
    if dtype == torch.bool:
        return True
    return math.nan if dtype.is_floating_point or dtype.is_complex else torch.iinfo(dtype).max


def _reset(model: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Mark `tensors`, and reset every module from the inside out."""
    with torch.no_grad():
        for tensor in tensors.values():
            tensor.fill_(_mark(tensor.dtype))
    modules = list(model.modules())[::-1]
    tables = {id(module.weight) for module in modules if isinstance(module, nn.Embedding)}
    modules.sort(key=lambda m: not (isinstance(m, nn.Linear) and id(m.weight) in tables))
    for module in modules:  # a tied Linear first, so that the Embedding's draw stays
        for name in ("reset_parameters", "_reset_parameters"):
            getattr(module, name, lambda: None)()


def _check(tensors: dict[str, Tensor]) -> None:
    """Raise if a mark is left in any of `tensors`."""
    left = [
        name
        for name, tensor in tensors.items()
        if ((tensor != tensor) | (tensor == _mark(tensor.dtype))).any()
    ]
    if left:
        raise ValueError(f"no reset_parameters wrote {', '.join(left)}: give its module one")


def initialize_in_float32(parameter: Tensor, init: Callable[..., Tensor], **options: Any) -> Tensor:
    """Fill `parameter`, of any floating dtype, with what `init` draws in float32; returns it.

    For bfloat16 and float16, where `orthogonal_` fails. A random draw equals float32's, rounded once.
    """
    empty = torch.empty(parameter.shape, dtype=torch.float32, device=parameter.device)
    with torch.no_grad():
        return parameter.copy_(init(empty, **options))


def load_embedding(
    vectors: Tensor, freeze: bool = True, padding_idx: int | None = None
) -> nn.Embedding:
    """An Embedding in float32 that holds a copy of `vectors` (rows, dim), its padding row zero.

    Unlike `from_pretrained` it shares no memory with your tensor. Raises `AssertionError` (torch's)
    unless `vectors` has two dimensions.
    """
    copied = vectors.detach().to(torch.float32, copy=True)
    table = nn.Embedding.from_pretrained(copied, freeze=freeze, padding_idx=padding_idx)
    if table.padding_idx is not None:
        copied[table.padding_idx] = 0
    return table


def grow(table: nn.Embedding, rows: int, output: nn.Linear | None = None) -> None:
    """Enlarge `table` to `rows` rows, in place: the old ones, then copies of their mean.

    An `output` layer grows with it, and stays tied if it was; one not given keeps the old weight.
    Their weights are new Parameters: build the optimizer afterwards. Raises `ValueError`, and changes
    nothing, for fewer rows than one of them has.
    """
    for layer in (table, output):
        if layer is not None and rows < len(layer.weight):
            raise ValueError(f"cannot grow {layer} to {rows} rows")
    tied = output is not None and output.weight is table.weight
    table.weight, table.num_embeddings = _longer(table.weight, rows), rows
    if output is not None:
        output.weight = table.weight if tied else _longer(output.weight, rows)
        output.out_features = rows
        output.bias = None if output.bias is None else _longer(output.bias, rows)


def _longer(old: nn.Parameter, rows: int) -> nn.Parameter:
    """A Parameter like `old` with `rows` rows: those of `old`, then copies of their mean."""
    mean = old.detach().mean(0).expand(rows - len(old), *old.shape[1:])
    return nn.Parameter(torch.cat([old.detach(), mean]), old.requires_grad)


def tie(table: nn.Embedding, output: nn.Linear) -> None:
    """Give `output` the Parameter of `table`: one weight (rows, dim), two uses.

    Raises `ValueError` when the shapes differ. Do it before the optimizer is built.
    """
    if table.weight.shape != output.weight.shape:
        raise ValueError(
            f"cannot tie {table} to {output}: the Linear must map {table.embedding_dim} features "
            f"to {table.num_embeddings}"
        )
    output.weight = table.weight


def linear_from_matrix(matrix: Tensor, bias: Tensor | None = None) -> nn.Linear:
    """The Linear with layer(x) = x @ matrix + bias, for `matrix` (in, out) and `bias` (out,)."""
    options = {"device": matrix.device, "dtype": matrix.dtype}
    layer = nn.Linear(*matrix.shape, bias=bias is not None, **options)
    with torch.no_grad():
        layer.weight.copy_(matrix.T)
        if bias is not None:
            layer.bias.copy_(bias)
    return layer


def matrix_from_linear(layer: nn.Linear) -> tuple[Tensor, Tensor | None]:
    """Copies of the matrix (in, out) and the bias (out,) or None with x @ matrix + bias = layer(x)."""
    bias = None if layer.bias is None else layer.bias.detach().clone()
    return layer.weight.detach().T.contiguous().clone(), bias


def linear_from_embedding(table: nn.Embedding) -> nn.Linear:
    """The Linear without bias that maps one_hot(ids, rows) in the table's dtype to `table(ids)`."""
    return linear_from_matrix(table.weight.detach())


def embedding_from_linear(layer: nn.Linear) -> nn.Embedding:
    """The trainable Embedding with table(ids) = layer(one_hot(ids)); a bias is added to every row."""
    matrix, bias = matrix_from_linear(layer)
    return nn.Embedding.from_pretrained(matrix if bias is None else matrix + bias, freeze=False)


class Positive(nn.Module):
    """For `nn.utils.parametrize.register_parametrization`: the weight is softplus of a free Parameter.

    Any shape. A start that is not above 0 raises `ValueError`, and the layer stays as it was.
    """

    def forward(self, free: Tensor) -> Tensor:
        """The weight, of the shape of `free`."""
        return F.softplus(free)

    def right_inverse(self, weight: Tensor) -> Tensor:
        """The free values that give `weight`."""
        if not (weight > 0).all():
            raise ValueError(
                "Positive needs a start above 0, such as nn.init.uniform_(w, 0.01, 0.1)"
            )
        return weight + torch.log(-torch.expm1(-weight))


class Masked(nn.Module):
    """For `nn.utils.parametrize.register_parametrization`: the weight is 0 where `mask` is.

    `mask` has the shape of the weight, or one that broadcasts to it: True (or 1) where it may learn.
    """

    def __init__(self, mask: Tensor) -> None:
        super().__init__()
        self.register_buffer("mask", mask.bool())

    def forward(self, free: Tensor) -> Tensor:
        """The weight, of the shape of `free`."""
        return torch.where(self.mask, free, 0)

    def right_inverse(self, weight: Tensor) -> Tensor:
        """The weight itself; what the mask hides stays stored, and is never read."""
        return weight


def assert_all_received_gradients(model: nn.Module, allow_zero: bool = False) -> None:
    """Raise `AssertionError` naming trainable parameters whose gradient is None, not finite or all 0.

    Call it once after the first `backward()`. With `allow_zero` a gradient of zeros is no fault, as
    behind a weight that starts at zero.
    """
    faults = []
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        if parameter.grad is None:
            faults.append(f"{name} received no gradient")
        elif not parameter.grad.to_dense().isfinite().all():
            faults.append(f"{name} received a gradient that is not finite")
        elif not allow_zero and not parameter.grad.to_dense().any():
            faults.append(f"{name} received a gradient of zeros")
    if faults:  # no assert: `python -O` would skip it
        raise AssertionError("; ".join(faults))
