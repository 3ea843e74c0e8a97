"""Attacks on docs/silent-failures.md: a torch in which the silent mistakes do no harm, or others do."""

import copy
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from tests.sabotage.registry import attacks, replaced

SETATTR = nn.Module.__setattr__


@attacks("optimizer-survives-to-not-to-empty")
def conversion_makes_new_parameters() -> Iterator[None]:
    """A conversion puts new Parameters in place of the old ones."""
    torch.__future__.set_overwrite_module_params_on_conversion(True)
    yield
    torch.__future__.set_overwrite_module_params_on_conversion(False)


@attacks("layer-made-in-forward-never-learns")
def modules_are_assigned_once() -> Iterator[None]:
    """A second module assigned to a name is dropped."""

    def setattr_(self: nn.Module, name: str, value: Any) -> None:
        if not (isinstance(value, nn.Module) and name in self._modules):
            SETATTR(self, name, value)

    with replaced(nn.Module, "__setattr__", setattr_):
        yield


@attacks("integer-conversion-cuts-the-graph")
def long_passes_gradients() -> Iterator[None]:
    """long() lets the gradient through."""
    with replaced(Tensor, "long", lambda self: self + (self.detach().floor() - self.detach())):
        yield


@attacks("integer-conversion-cuts-the-graph")
def sign_passes_gradients() -> Iterator[None]:
    """sign() lets the gradient through."""
    sign = torch.sign
    with replaced(torch, "sign", lambda x: x + (sign(x) - x).detach()):
        yield


@attacks("bfloat16-loses-small-steps")
def steps_are_rounded_up() -> Iterator[None]:
    """SGD moves every weight by at least one spacing of its dtype."""

    def step(self: torch.optim.SGD) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                with torch.no_grad():
                    p.sub_((group["lr"] * p.grad).clamp(min=torch.finfo(p.dtype).eps))

    with replaced(torch.optim.SGD, "step", step):
        yield


@attacks("adam-eps-vanishes-in-float16")
def eps_is_large() -> Iterator[None]:
    """Adam's eps is 1e-4 unless given."""
    init = torch.optim.Adam.__init__

    def large(self: torch.optim.Adam, *args: Any, **options: Any) -> None:
        init(self, *args, **{"eps": 1e-4, **options})

    with replaced(torch.optim.Adam, "__init__", large):
        yield


@attacks("old-gradients-move-frozen-weights")
def frozen_weights_are_skipped() -> Iterator[None]:
    """SGD leaves out what requires no gradient."""
    step = torch.optim.SGD.step

    def skipping(self: torch.optim.SGD) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                if not p.requires_grad:
                    p.grad = None
        step(self)

    with replaced(torch.optim.SGD, "step", skipping):
        yield


@attacks("frozen-batchnorm-drifts")
def frozen_batchnorm_stands_still() -> Iterator[None]:
    """A BatchNorm whose weight is frozen behaves as in eval()."""
    kind = nn.modules.batchnorm._BatchNorm
    forward = kind.forward

    def still(self: nn.BatchNorm1d, x: Tensor) -> Tensor:
        training, self.training = self.training, self.training and self.weight.requires_grad
        y = forward(self, x)
        self.training = training
        return y

    with replaced(kind, "forward", still):
        yield


@attacks("state-dict-is-not-a-copy")
def detach_copies() -> Iterator[None]:
    """detach(), and so state_dict(), copies the memory."""
    detach = Tensor.detach
    with replaced(Tensor, "detach", lambda self: detach(self).clone()):
        yield


@attacks("to-empty-unties-weights")
def to_empty_keeps_ties() -> Iterator[None]:
    """to_empty gives tied names one Parameter."""
    to_empty = nn.Module.to_empty

    def tied(self: nn.Module, **options: Any) -> nn.Module:
        places = [(m, name, id(p)) for m in self.modules() for name, p in m._parameters.items()]
        to_empty(self, **options)
        first: dict[int, Any] = {}
        for module, name, key in places:
            module._parameters[name] = first.setdefault(key, module._parameters[name])
        return self

    with replaced(nn.Module, "to_empty", tied):
        yield


@attacks("repeated-layer-is-one-layer")
def repeated_layers_are_copied() -> Iterator[None]:
    """A module that is added a second time is copied."""
    add = nn.Module.add_module

    def add_module(self: nn.Module, name: str, module: nn.Module) -> None:
        known = any(module is other for other in self._modules.values())
        add(self, name, copy.deepcopy(module) if known else module)

    with replaced(nn.Module, "add_module", add_module):
        yield


@attacks("strict-false-can-load-nothing")
def prefixes_are_forgiven() -> Iterator[None]:
    """With strict=False names are matched by their last part."""
    load = nn.Module.load_state_dict

    def load_state_dict(self: nn.Module, state: dict[str, Tensor], strict: bool = True) -> Any:
        names = state if strict else {name.rpartition(".")[2]: t for name, t in state.items()}
        return load(self, names, strict=strict)

    with replaced(nn.Module, "load_state_dict", load_state_dict):
        yield


@attacks("meta-linear-without-bias-returns-garbage")
def meta_counts_as_zero() -> Iterator[None]:
    """A Linear on meta computes as if its weight were zero."""
    forward = nn.Linear.forward

    def zeros(self: nn.Linear, x: Tensor) -> Tensor:
        if self.weight.is_meta:
            return torch.zeros(*x.shape[:-1], self.out_features)
        return forward(self, x)

    with replaced(nn.Linear, "forward", zeros):
        yield


@attacks("broadcasting-hides-a-shape")
def minus_reshapes() -> Iterator[None]:
    """A tensor of the same number of elements is reshaped before it is subtracted."""
    minus = Tensor.__sub__

    def reshaped(self: Tensor, other: Any) -> Tensor:
        if isinstance(other, Tensor) and other.numel() == self.numel():
            other = other.reshape(self.shape)
        return minus(self, other)

    with replaced(Tensor, "__sub__", reshaped):
        yield
