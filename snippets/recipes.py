"""Recipes to copy: a layer done right, and functions to start, reset, tie, convert, build and check models.

A function that raises `ValueError` names what it cannot treat, and has changed no parameter and no buffer.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.parameter import is_lazy


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

    Writes Linear and Conv1d, 2d, 3d; all other layers stay as they are, and so does, with a warning,
    one whose weight cannot be written: call it before `weight_norm` and other parametrizations, and
    after a lazy layer's first batch. Source: He et al. 2015, arXiv 1502.01852.
    """
    if isinstance(module, nn.Linear | nn.Conv1d | nn.Conv2d | nn.Conv3d):
        if why := _computed(module) or _unwritable(module.weight):
            warnings.warn(f"he_init left {module} as it was: its weight {why}", stacklevel=2)
            return
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def init_transformer(
    model: nn.Module,
    blocks: int,
    std: float = 0.02,
    residual: tuple[str, ...] = ("out_proj", "linear2"),
    also: tuple[type[nn.Module], ...] = (),
) -> list[str]:
    """Start a model of `blocks` Transformer layers as GPT-2 was: matrices N(0, std²), bias vectors 0.

    Layers named as in `residual`, which end the branches of an encoder block, get std/√(2·blocks).
    Padding rows are 0, in a tied table too; norms stay. Writes Linear, Embedding, MultiheadAttention
    and classes in `also`. Returns the names of other matrices, and of those on meta, which stay as
    they are, with a warning. Raises `ValueError`, and changes nothing, where a weight cannot be
    written: call it before `weight_norm`. Source: Radford et al. 2019, section 2.3, released code.
    """
    kinds = (nn.Linear, nn.Embedding, nn.MultiheadAttention, *also)
    layers = {name: m for name, m in model.named_modules() if isinstance(m, kinds)}
    if faults := [f"{name} {why}" for name, m in layers.items() if (why := _computed(m))]:
        raise ValueError(f"cannot write {'; '.join(faults)}")
    own = {n: dict(m.named_parameters(n, recurse=False)) for n, m in layers.items()}
    _check_writable({n: p for each in own.values() for n, p in each.items() if not p.is_meta})
    if blocks < 1:
        raise ValueError(f"a model of {blocks} blocks has no branches to scale")
    written = set()
    for name, parameters in own.items():
        for parameter in parameters.values():
            if parameter.dim() > 1:
                scale = math.sqrt(2 * blocks) if name.endswith(residual) else 1
                nn.init.normal_(parameter, 0, std / scale)
            else:
                nn.init.zeros_(parameter)
            written.add(id(parameter) if not parameter.is_meta else None)
    for module in layers.values():  # last, because a tied Linear has drawn the table's rows anew
        if isinstance(module, nn.Embedding) and module.padding_idx is not None:
            nn.init.zeros_(module.weight[module.padding_idx])
    matrices = {n: p for n, p in model.named_parameters() if is_lazy(p) or p.dim() > 1}
    left = [name for name, matrix in matrices.items() if id(matrix) not in written]
    if left:
        warnings.warn(f"init_transformer left {', '.join(left)} as they were", stacklevel=2)
    return left


def reinitialize(model: nn.Module) -> None:
    """Have every layer of `model` draw its own default anew, and prove that all parameters were written.

    Calls `reset_parameters` (or `_reset_parameters`, as in MultiheadAttention) of each module, inner
    ones first, after filling all parameters with NaN. What a constructor wrote besides is lost: run
    it again afterwards. The Parameters stay the same objects, so ties and optimizers hold; a Linear
    tied to an Embedding gets the Embedding's draw. Raises `ValueError` naming the parameters that no
    reset wrote or that cannot be written; parameters and buffers are then as they were. Integer
    parameters are not touched and not checked.
    """
    _check_kind(model)
    parameters, buffers = dict(model.named_parameters()), dict(model.named_buffers())
    real = {
        n: p
        for n, p in parameters.items()
        if is_lazy(p) or p.dtype.is_floating_point or p.is_complex()
    }
    _check_writable(real)
    _check_writable({n: b for n, b in buffers.items() if is_lazy(b) or b.is_meta})
    with _all_or_nothing(model):
        _reset(model, real)
        now = dict(model.named_parameters())
        if replaced := [n for n, p in parameters.items() if now.get(n) is not p]:
            raise ValueError(f"a reset gives another Parameter to {', '.join(replaced)}")
        _check(real)


def build_on_meta(
    build: Callable[[], nn.Module],
    device: Any = "cpu",
    init: Callable[[nn.Module], object] | None = None,
) -> nn.Module:
    """The module that `build()` makes, allocated once, on `device`, each layer with its own default.

    `build` runs on device meta and takes no memory. Values that it writes itself, as `self.apply(...)`
    in a constructor does, are lost there: `init(model)`, which runs after the resets, can write them,
    bare Parameters, buffers and plain attributes too. Tensors that are not on meta, as of
    `torch.Tensor(3)`, keep what they hold, written or not. What had several names has them again. Raises
    `ValueError` naming parameters and buffers on meta that neither a reset nor `init` wrote, plain
    attributes that are on meta still, and different tensors of one memory that have come apart. A bool
    buffer is always named, because no mark fits it.
    """
    with torch.device("meta"):
        model = build()
    _check_kind(model)
    places = _places(model)
    if lazy := [names[0] for tensor, names in places if is_lazy(tensor)]:
        raise ValueError(f"lazy on meta: {', '.join(lazy)}; run a batch inside `build`")
    memory: dict[int, list[str]] = {}
    for tensor, names in places:
        memory.setdefault(tensor.untyped_storage()._cdata, []).append(names[0])
        _put(model, names, _allocated(tensor, device))
    made = dict(model.named_parameters()) | dict(model.named_buffers())
    empty = {names[0]: made[names[0]] for tensor, names in places if tensor.is_meta}
    _reset(model, empty)
    if init is not None:
        init(model)
    made = dict(model.named_parameters()) | dict(model.named_buffers())
    apart = [
        f"{', '.join(names)} no longer share their memory"
        for names in memory.values()
        if len({made[n].untyped_storage()._cdata for n in names if n in made}) > 1
    ]
    left = [f"{name} is still on meta" for name in _on_meta(model)]
    _check({name: made[name] for name in empty if name in made}, [*left, *apart])
    return model


FLOATS = {torch.float64, torch.float32, torch.bfloat16, torch.float16}
FLOATS |= {torch.complex128, torch.complex64, torch.complex32}


def _unwritable(tensor: Tensor) -> str:
    """Why an initializer cannot write a tensor, or nothing."""
    if is_lazy(tensor):
        return "is lazy: run a batch first"
    if tensor.is_inference() and not torch.is_inference_mode_enabled():
        return "was made in inference mode: clone it"
    if tensor.layout != torch.strided or tensor.is_nested:
        return "is sparse or nested: convert it"
    if any(step == 0 < 1 < size for size, step in zip(tensor.shape, tensor.stride(), strict=True)):
        return "is expanded, several elements in one memory: clone it"
    return "" if tensor.dtype in FLOATS else f"is {tensor.dtype}: convert it"


def _check_kind(model: object) -> None:
    """Raise unless it is a module of Python's."""
    if not isinstance(model, nn.Module) or isinstance(model, torch.jit.ScriptModule):
        raise ValueError(f"a {type(model).__name__} is no plain module: treat it before scripting")


def _check_writable(tensors: dict[str, Tensor]) -> None:
    """Raise, naming all, if there are tensors that no initializer can write."""
    whys = {name: _unwritable(tensor) for name, tensor in tensors.items()}
    whys |= {n: "is on meta: use build_on_meta" for n, t in tensors.items() if t.is_meta}
    if faults := [f"{name} {why}" for name, why in whys.items() if why]:
        raise ValueError(f"cannot write: {'; '.join(faults)}")


def _computed(layer: nn.Module) -> str:
    """Why a layer's weight cannot be written or replaced, or nothing."""
    if isinstance(layer, torch.jit.ScriptModule):
        return "is scripted"
    computed = nn.utils.parametrize.is_parametrized(layer)
    if computed or (hasattr(layer, "weight") and "weight" not in layer._parameters):
        return "is computed or a buffer, no Parameter: parametrize afterwards"
    return ""


def _places(model: nn.Module) -> list[tuple[Tensor, list[str]]]:
    """Each parameter and buffer with all its names."""
    found: dict[int, tuple[Tensor, list[str]]] = {}
    for part in (model.named_parameters, model.named_buffers):
        for name, tensor in part(remove_duplicate=False):
            found.setdefault(id(tensor), (tensor, []))[1].append(name)
    return list(found.values())


def _allocated(tensor: Tensor, device: Any) -> Tensor:
    """A tensor like this on `device`: new memory for one on meta, else its values."""
    with torch.no_grad():
        made = torch.empty_like(tensor, device=device) if tensor.is_meta else tensor.to(device)
    if isinstance(tensor, nn.Parameter):
        made = nn.Parameter(made.detach(), tensor.requires_grad)
        made.__dict__.update(tensor.__dict__)
    return made


def _put(model: nn.Module, names: list[str], tensor: Tensor) -> None:
    for name in names:
        path, _, last = name.rpartition(".")
        setattr(model.get_submodule(path), last, tensor)


def _on_meta(model: nn.Module) -> list[str]:
    """Names of plain attributes, alone or in a list, tuple or dictionary, that are on meta."""
    found = []
    for prefix, module in model.named_modules():
        for name, value in vars(module).items():
            if name not in ("_parameters", "_buffers", "_modules"):
                leaves = torch.utils._pytree.tree_leaves(value)
                if any(isinstance(leaf, Tensor) and leaf.is_meta for leaf in leaves):
                    found.append(f"{prefix}.{name}".lstrip("."))
    return found


@contextmanager
def _all_or_nothing(model: nn.Module) -> Iterator[None]:
    """Give a model back all it held, objects and values, when something raises inside."""
    places = _places(model)
    kept = [(tensor, names, tensor.detach().clone(), tensor._version) for tensor, names in places]
    try:
        yield
    except Exception:
        with torch.no_grad():
            for tensor, names, values, version in kept:
                if tensor._version != version:
                    tensor.copy_(values)
                if any(_get(model, name) is not tensor for name in names):
                    _put(model, names, tensor)
        raise


def _get(model: nn.Module, name: str) -> Any:
    path, _, last = name.rpartition(".")
    return getattr(model.get_submodule(path), last, None)


def _mark(dtype: torch.dtype) -> float | bool:
    if dtype == torch.bool:
        return True
    return math.nan if dtype.is_floating_point or dtype.is_complex else torch.iinfo(dtype).max


def _reset(model: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Mark `tensors`, and reset every module from the inside out."""
    with torch.no_grad():
        for tensor in tensors.values():
            tensor.fill_(_mark(tensor.dtype))
    modules = list(model.named_modules())[::-1]
    tables = {id(module.weight) for _, module in modules if isinstance(module, nn.Embedding)}
    modules.sort(key=lambda m: not (isinstance(m[1], nn.Linear) and id(m[1].weight) in tables))
    for name, module in modules:  # a tied Linear first, so that the Embedding's draw stays
        for reset in ("reset_parameters", "_reset_parameters"):
            try:
                getattr(module, reset, lambda: None)()
            except Exception as error:
                raise ValueError(f"{reset} of {name or 'the model'} raised: {error}") from error


def _check(tensors: dict[str, Tensor], faults: list[str] | None = None) -> None:
    """Raise if a mark is left in any of `tensors`, or if there are other faults."""
    left = [
        name
        for name, tensor in tensors.items()
        if tensor.is_meta or ((tensor != tensor) | (tensor == _mark(tensor.dtype))).any()
    ]
    said = [f"no reset_parameters wrote {', '.join(left)}: give its module one"] if left else []
    if said or faults:
        raise ValueError("; ".join([*said, *(faults or [])]))


def initialize_in_float32(parameter: Tensor, init: Callable[..., Tensor], **options: Any) -> Tensor:
    """Fill `parameter`, of a floating dtype of 16 bits or more, with what `init` draws in float32; returns it.

    For bfloat16 and float16, where `orthogonal_` fails. A random draw equals float32's, rounded once.
    Raises `ValueError` for what holds no values of its own: computed, expanded, lazy, on meta.
    """
    _check_writable({"the parameter": parameter})
    if not parameter.is_leaf or parameter.is_complex():
        raise ValueError("the parameter is computed or complex: nothing of it is float32's")
    empty = torch.empty(parameter.shape, dtype=torch.float32, device=parameter.device)
    with torch.no_grad():
        return parameter.copy_(init(empty, **options))


def load_embedding(
    vectors: Tensor, freeze: bool = True, padding_idx: int | None = None
) -> nn.Embedding:
    """An Embedding in float32 that holds a copy of `vectors` (rows, dim), its padding row zero.

    Unlike `from_pretrained` it shares no memory with your tensor. Raises `AssertionError` (torch's)
    unless `vectors` has two dimensions, `ValueError` where they are sparse, complex or quantized.
    """
    if vectors.layout != torch.strided or vectors.is_complex() or vectors.is_quantized:
        raise ValueError("vectors are sparse, complex or quantized: convert them")
    copied = vectors.detach().to(torch.float32, copy=True).contiguous()
    table = nn.Embedding.from_pretrained(copied, freeze=freeze, padding_idx=padding_idx)
    if table.padding_idx is not None:
        copied[table.padding_idx] = 0
    return table


def grow(table: nn.Embedding, rows: int, output: nn.Linear | None = None) -> None:
    """Enlarge `table` to `rows` rows, in place: the old ones, then copies of their mean.

    An `output` layer grows with it, and stays tied if it was; one not given keeps the old weight.
    Their weights are new Parameters: build the optimizer afterwards. Raises `ValueError`, and changes
    nothing, for fewer rows than one of them has, for no rows, and for computed or lazy weights.
    """
    layers = [table] if output is None else [table, output]
    for layer in layers:
        _check_replaceable(layer, but="expanded")
        if rows < len(layer.weight):
            raise ValueError(f"cannot grow {layer} to {rows} rows")
    weights = {layer.weight: _longer(layer.weight, rows) for layer in layers}
    bias = None if output is None or output.bias is None else _longer(output.bias, rows)
    for layer in layers:
        layer.weight = weights[layer.weight]
    table.num_embeddings = rows
    if output is not None:
        output.bias, output.out_features = bias, rows


def _longer(old: nn.Parameter, rows: int) -> nn.Parameter:
    """A Parameter like `old` with `rows` rows: those of `old`, then copies of their mean."""
    if len(old) == 0 < rows:
        raise ValueError("cannot grow from no rows: there is no mean to copy")
    mean = old.detach().mean(0).expand(rows - len(old), *old.shape[1:])
    return nn.Parameter(torch.cat([old.detach(), mean]), old.requires_grad)


def _check_replaceable(layer: nn.Module, but: str = "-") -> None:
    """Raise unless a layer has a weight that another Parameter can replace, or only is what `but` says."""
    why = _computed(layer) or _unwritable(layer.weight)
    if why and but not in why:
        raise ValueError(f"the weight of {layer} {why}")


def tie(table: nn.Embedding, output: nn.Linear) -> None:
    """Give `output` the Parameter of `table`: one weight (rows, dim), two uses.

    Raises `ValueError`, and changes nothing, when the shapes, dtypes or devices differ and when a
    weight is computed, lazy, scripted or sparse. Do it before the optimizer is built.
    """
    for layer in (table, output):
        _check_replaceable(layer)
    if table.weight.shape != output.weight.shape:
        raise ValueError(
            f"cannot tie {table} to {output}: the Linear must map {table.embedding_dim} features "
            f"to {table.num_embeddings}"
        )
    kinds = [(layer.weight.dtype, layer.weight.device) for layer in (table, output)]
    if kinds[0] != kinds[1]:
        raise ValueError(f"cannot tie {kinds[0]} to {kinds[1]}: convert one layer first")
    output.weight = table.weight


def linear_from_matrix(matrix: Tensor, bias: Tensor | None = None) -> nn.Linear:
    """The Linear with layer(x) = x @ matrix + bias, for `matrix` (in, out) and `bias` (out,).

    Raises `ValueError` for other shapes, other dtypes than floats, and sparse matrices.
    """
    if matrix.layout != torch.strided or matrix.dtype not in FLOATS:
        raise ValueError(f"the matrix is {matrix.layout}, {matrix.dtype}: convert it")
    if matrix.dim() != 2 or (bias is not None and bias.shape != matrix.shape[1:]):
        shapes = [tuple(each.shape) for each in (matrix, bias) if each is not None]
        raise ValueError(f"a matrix (in, out) and a bias (out,) are needed, not {shapes}")
    if bias is not None and bias.is_meta and not matrix.is_meta:
        raise ValueError("the bias is on meta, where it has no values, and the matrix is not")
    weight, options = matrix.detach().T, {"device": matrix.device, "dtype": matrix.dtype}
    layer = nn.Linear(1, 1, bias=bias is not None, **options)  # drawn for nothing, so small
    layer.in_features, layer.out_features = matrix.shape
    layer.weight = nn.Parameter(weight.clone(memory_format=torch.contiguous_format))
    if bias is not None:
        layer.bias = nn.Parameter(bias.detach().to(weight, copy=True))
    return layer


def matrix_from_linear(layer: nn.Linear) -> tuple[Tensor, Tensor | None]:
    """Copies of the matrix (in, out) and the bias (out,) or None with x @ matrix + bias = layer(x)."""
    bias = None if layer.bias is None else layer.bias.detach().clone()
    return layer.weight.detach().T.contiguous().clone(), bias


def linear_from_embedding(table: nn.Embedding) -> nn.Linear:
    """The Linear without bias that maps one_hot(ids, rows) in the table's dtype to `table(ids)`.

    Rows longer than the table's `max_norm` get that length, as a lookup gives it to them.
    """
    rows = table.weight.detach()
    if table.max_norm is not None:
        norms = rows.norm(table.norm_type, dim=1, keepdim=True)
        rows = rows * torch.where(norms > table.max_norm, table.max_norm / (norms + 1e-7), 1)
    return linear_from_matrix(rows)


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
        if weight.is_complex() or not (weight.is_meta or (weight > 0).all()):
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
    behind a weight that starts at zero; neither is that of a parameter without elements.
    """
    faults = []
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad or (not is_lazy(parameter) and not parameter.numel()):
            continue
        if parameter.grad is not None and parameter.grad.is_meta:
            faults.append(f"{name} is on meta, where gradients have no values")
        elif parameter.grad is None:
            faults.append(f"{name} received no gradient")
        elif not parameter.grad.to_dense().isfinite().all():
            faults.append(f"{name} received a gradient that is not finite")
        elif not allow_zero and not parameter.grad.to_dense().any():
            faults.append(f"{name} received a gradient of zeros")
    if faults:  # no assert: `python -O` would skip it
        raise AssertionError("; ".join(faults))
