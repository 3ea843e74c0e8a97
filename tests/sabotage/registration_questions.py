"""Attacks on docs/registration-questions.md: loads that change other things, weights that learn or freeze."""

import contextlib
import copy
import warnings
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from tests.sabotage.registry import attacks, replaced

SETATTR = nn.Module.__setattr__
LOAD = nn.Module._load_from_state_dict


@attacks("optimizer-keeps-the-old-parameter")
def assignment_writes_into_the_old_parameter() -> Iterator[None]:
    """Assigning a new Parameter copies its values into the old one, which stays."""

    def setattr_(self: nn.Module, name: str, value: Any) -> None:
        old = self.__dict__.get("_parameters", {}).get(name)
        if isinstance(value, nn.Parameter) and old is not None:
            old.data.copy_(value.data)
        else:
            SETATTR(self, name, value)

    with replaced(nn.Module, "__setattr__", setattr_):
        yield


@attacks("optimizer-keeps-the-old-parameter", "new-layers-need-add-param-group")
def new_groups_stand_still() -> Iterator[None]:
    """A group added later has a learning rate of its own, 0."""
    add = torch.optim.Optimizer.add_param_group

    def still(self: torch.optim.Optimizer, group: dict[str, Any]) -> None:
        add(self, {"lr": 0.0, **group} if self.param_groups else group)

    with replaced(torch.optim.Optimizer, "add_param_group", still):
        yield


@attacks("meta-load-needs-assign")
def load_gives_meta_parameters_values() -> Iterator[None]:
    """load_state_dict without assign=True gives a meta Parameter memory and values."""

    def load(
        self: nn.Module, state_dict: Any, prefix: str, local_metadata: Any, *rest: Any
    ) -> None:
        if any(p is not None and p.is_meta for p in self._parameters.values()):
            local_metadata = local_metadata | {"assign_to_params_buffers": True}
        LOAD(self, state_dict, prefix, local_metadata, *rest)

    with replaced(nn.Module, "_load_from_state_dict", load):
        yield


@attacks("meta-load-needs-assign")
def load_into_meta_is_silent() -> Iterator[None]:
    """load_state_dict into a meta Parameter does not even warn."""

    def load(self: nn.Module, *args: Any) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            LOAD(self, *args)

    with replaced(nn.Module, "_load_from_state_dict", load):
        yield


def _fitted(module: nn.Module, state_dict: Any, fit: Any) -> dict[str, Tensor]:
    new = copy.copy(dict(state_dict))
    for name, parameter in module._parameters.items():
        if name in new and parameter is not None:
            new[name] = fit(new[name], parameter)
    return new


@attacks("size-mismatch-raises", "failed-load-is-partial")
def load_broadcasts() -> Iterator[None]:
    """load_state_dict broadcasts a tensor to the Parameter's shape, as 0.4 did."""

    def fit(new: Tensor, parameter: Tensor) -> Tensor:
        try:
            return new.broadcast_to(parameter.shape)
        except RuntimeError:
            return new

    def load(self: nn.Module, state_dict: Any, *rest: Any) -> None:
        LOAD(self, _fitted(self, state_dict, fit), *rest)

    with replaced(nn.Module, "_load_from_state_dict", load):
        yield


@attacks("size-mismatch-raises")
def load_refuses_one_number() -> Iterator[None]:
    """load_state_dict refuses (1,) for ()."""

    def fit(new: Tensor, parameter: Tensor) -> Tensor:
        return new.reshape(1, 1) if (new.shape, parameter.shape) == ((1,), ()) else new

    def load(self: nn.Module, state_dict: Any, *rest: Any) -> None:
        LOAD(self, _fitted(self, state_dict, fit), *rest)

    with replaced(nn.Module, "_load_from_state_dict", load):
        yield


@attacks("size-mismatch-raises")
def load_reshapes() -> Iterator[None]:
    """load_state_dict reshapes a tensor with the right number of elements."""

    def fit(new: Tensor, parameter: Tensor) -> Tensor:
        return new.reshape(parameter.shape) if new.numel() == parameter.numel() else new

    def load(self: nn.Module, state_dict: Any, *rest: Any) -> None:
        LOAD(self, _fitted(self, state_dict, fit), *rest)

    with replaced(nn.Module, "_load_from_state_dict", load):
        yield


@attacks("size-mismatch-raises")
def not_strict_forgives_shapes() -> Iterator[None]:
    """load_state_dict(strict=False) skips tensors of another shape."""
    load = nn.Module.load_state_dict

    def load_state_dict(
        self: nn.Module, state_dict: Any, strict: bool = True, **options: Any
    ) -> Any:
        if not strict:
            own = self.state_dict()
            state_dict = {k: v for k, v in state_dict.items() if v.shape == own[k].shape}
        return load(self, state_dict, strict=strict, **options)

    with replaced(nn.Module, "load_state_dict", load_state_dict):
        yield


@attacks("size-mismatch-raises")
def load_takes_the_dtype_of_the_file() -> Iterator[None]:
    """load_state_dict gives a floating-point Parameter the dtype of the loaded tensor."""

    def load(self: nn.Module, state_dict: Any, prefix: str, *rest: Any) -> None:
        for name, parameter in self._parameters.items():
            new = state_dict.get(prefix + name)
            if parameter is not None and new is not None and new.is_floating_point():
                parameter.data = parameter.data.to(new.dtype)
        LOAD(self, state_dict, prefix, *rest)

    with replaced(nn.Module, "_load_from_state_dict", load):
        yield


@attacks("size-mismatch-raises")
def load_makes_new_parameters() -> Iterator[None]:
    """load_state_dict puts new Parameters in place of the old ones."""

    def load(self: nn.Module, state_dict: Any, *rest: Any) -> None:
        for name, parameter in list(self._parameters.items()):
            if parameter is not None:
                self._parameters[name] = nn.Parameter(parameter.detach().clone())
        LOAD(self, state_dict, *rest)

    with replaced(nn.Module, "_load_from_state_dict", load):
        yield


@attacks("failed-load-is-partial")
def load_checks_before_it_copies() -> Iterator[None]:
    """load_state_dict puts everything back when it raises."""
    load = nn.Module.load_state_dict

    def load_state_dict(self: nn.Module, state_dict: Any, **options: Any) -> Any:
        before = {name: p.detach().clone() for name, p in self.named_parameters()}
        try:
            return load(self, state_dict, **options)
        except RuntimeError:
            with torch.no_grad():
                for name, parameter in self.named_parameters():
                    parameter.copy_(before[name])
            raise

    with replaced(nn.Module, "load_state_dict", load_state_dict):
        yield


@attacks("optimizer-state-goes-by-position")
def states_go_by_name() -> Iterator[None]:
    """An optimizer that knows names matches its state by them."""
    load = torch.optim.Optimizer.load_state_dict

    def load_state_dict(self: torch.optim.Optimizer, state: dict[str, Any]) -> None:
        own, saved = self.param_groups[0], state["param_groups"][0]
        if set(own.get("param_names", ())) == set(saved.get("param_names", ())) != set():
            places = [own["param_names"].index(name) for name in saved["param_names"]]
            state = state | {"state": {places[i]: s for i, s in state["state"].items()}}
        load(self, state)

    with replaced(torch.optim.Optimizer, "load_state_dict", load_state_dict):
        yield


@attacks("optimizer-state-goes-by-position")
def states_of_other_sizes_load() -> Iterator[None]:
    """An optimizer leaves as it is what does not fit."""
    load = torch.optim.Optimizer.load_state_dict

    def load_state_dict(self: torch.optim.Optimizer, state: dict[str, Any]) -> None:
        with contextlib.suppress(ValueError):
            load(self, state)

    with replaced(torch.optim.Optimizer, "load_state_dict", load_state_dict):
        yield


@attacks("optimizer-state-goes-by-position")
def the_new_lr_stays() -> Iterator[None]:
    """load_state_dict of an optimizer keeps the lr it was built with."""
    load = torch.optim.Optimizer.load_state_dict

    def load_state_dict(self: torch.optim.Optimizer, state: dict[str, Any]) -> None:
        rates = [group["lr"] for group in self.param_groups]
        load(self, state)
        for group, rate in zip(self.param_groups, rates, strict=True):
            group["lr"] = rate

    with replaced(torch.optim.Optimizer, "load_state_dict", load_state_dict):
        yield


@attacks("module-requires-grad-attribute-freezes-nothing")
def the_attribute_freezes() -> Iterator[None]:
    """Setting requires_grad on a Module sets it on its parameters."""

    def setattr_(self: nn.Module, name: str, value: Any) -> None:
        if name == "requires_grad":
            self.requires_grad_(value)
        SETATTR(self, name, value)

    with replaced(nn.Module, "__setattr__", setattr_):
        yield


@attacks("empty-parameter-list-raises")
def optimizers_accept_nothing() -> Iterator[None]:
    """An optimizer accepts an empty parameter list."""
    init = torch.optim.Optimizer.__init__

    def accept(self: Any, params: Any, defaults: Any) -> None:
        init(self, list(params) or [{"params": []}], defaults)

    with replaced(torch.optim.Optimizer, "__init__", accept):
        yield


@attacks("empty-parameter-list-raises")
def one_optimizer_accepts_nothing() -> Iterator[None]:
    """Of all optimizers, Adam accepts an empty parameter list."""
    init = torch.optim.Adam.__init__

    def accept(self: Any, params: Any, *args: Any, **options: Any) -> None:
        init(self, list(params) or [{"params": []}], *args, **options)

    with replaced(torch.optim.Adam, "__init__", accept):
        yield


@attacks("data-cuts-the-graph")
def data_is_the_tensor_itself() -> Iterator[None]:
    """.data of a Parameter stays in the graph."""
    original = Tensor.data

    def get(self: Tensor) -> Tensor:
        return self if self.requires_grad else original.__get__(self)

    with replaced(Tensor, "data", property(get, lambda self, new: original.__set__(self, new))):
        yield


@attacks("data-cuts-the-graph")
def data_of_the_bias_is_the_tensor_itself() -> Iterator[None]:
    """.data of a one-dimensional Parameter stays in the graph."""
    original = Tensor.data

    def get(self: Tensor) -> Tensor:
        return self if self.requires_grad and self.dim() == 1 else original.__get__(self)

    with replaced(Tensor, "data", property(get, lambda self, new: original.__set__(self, new))):
        yield
