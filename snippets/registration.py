"""What an nn.Module sees of a tensor that was put into it, and a finder of what it does not see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

COLUMNS = ("requires_grad", "parameters()", "state_dict()", ".double()", "SGD step")
"""What `seen` asks, in its order."""

_REGISTRIES = ("_parameters", "_buffers", "_modules")


def held(value: Any) -> Tensor:
    """The first tensor in `value`: itself, in a list or dict (or ParameterList), a layer's weight.

    A lazy layer is called once with two features, so that its weight has values.
    """
    if isinstance(value, Tensor):
        return value
    if isinstance(value, (dict, nn.ParameterDict)):
        return held(next(iter(value.values())))
    if isinstance(value, nn.Module) and not isinstance(value, nn.ParameterList):
        if nn.parameter.is_lazy(value.weight):
            value(torch.ones(1, 2, dtype=value.weight.dtype))
        return value.weight
    return held(value[0])


def seen(build: Callable[[], nn.Module], name: str) -> list[str]:
    """What the Module that `build()` makes sees of its attribute `name`: "yes" or "no" a column.

    `.double()` is "yes" when the attribute's tensor is float64 after it, and "SGD step" when the
    tensor's values differ after a step on a loss of that tensor alone, with an optimizer that was
    given `parameters()` ("-" on the meta device, where there are no values).
    """
    model = build()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    tensor = held(getattr(model, name))
    needs_gradient, before = tensor.requires_grad, tensor.detach().clone()
    if needs_gradient:
        tensor.square().sum().backward()
    optimizer.step()
    after = held(getattr(model, name)).detach()
    answers = (
        needs_gradient,
        any(key.split(".")[0] == name for key, _ in model.named_parameters()),
        any(key.split(".")[0] == name for key in model.state_dict()),
        held(getattr(build().double(), name)).dtype == torch.float64,
        None if tensor.is_meta else not torch.equal(before, after),
    )
    return ["-" if answer is None else "yes" if answer else "no" for answer in answers]


def forgotten(module: nn.Module) -> list[str]:
    """Names of the tensors that `module` and its submodules hold without having registered them.

    Looks into attributes, lists, tuples, dicts and Modules in them; not into other objects.
    """
    known = {id(tensor) for tensor in (*module.parameters(), *module.buffers())}
    names = []
    for prefix, child in module.named_modules():
        for name, value in vars(child).items():
            if name not in _REGISTRIES:
                path = f"{prefix}.{name}" if prefix else name
                names += [
                    where for where, tensor in _tensors(path, value) if id(tensor) not in known
                ]
    return names


def _tensors(path: str, value: Any) -> Iterator[tuple[str, Tensor]]:
    if isinstance(value, Tensor):
        yield path, value
    elif isinstance(value, nn.Module):
        for part in (value.named_parameters(), value.named_buffers()):
            yield from ((f"{path}.{name}", tensor) for name, tensor in part)
    elif isinstance(value, (list, tuple)):
        for number, item in enumerate(value):
            yield from _tensors(f"{path}[{number}]", item)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _tensors(f"{path}[{key!r}]", item)
