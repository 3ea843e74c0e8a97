"""Attacks on parameter.md: torch copies, fills, registers or converts where the page says it does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from tests.sabotage.registry import attacks, replaced


def wrap(data: torch.Tensor, requires_grad: bool = True) -> nn.Parameter:
    """What `nn.Parameter` makes, without the class's own `__new__`, which an attack may have replaced."""
    return torch.Tensor._make_subclass(nn.Parameter, data, requires_grad)


@attacks("parameter-requires-grad")
def parameters_are_frozen_by_default() -> Iterator[None]:
    """nn.Parameter requires no gradient unless asked."""

    def frozen(cls: type, data: Any = None, requires_grad: bool = False) -> torch.Tensor:
        return wrap(data, requires_grad)

    with replaced(nn.Parameter, "__new__", frozen):
        yield


@attacks("parameter-requires-grad")
def no_grad_freezes_parameters() -> Iterator[None]:
    """nn.Parameter made under no_grad requires no gradient."""

    def obedient(cls: type, data: Any = None, requires_grad: bool = True) -> torch.Tensor:
        return wrap(data, requires_grad and torch.is_grad_enabled())

    with replaced(nn.Parameter, "__new__", obedient):
        yield


@attacks("parameter-requires-grad")
def parameter_makes_its_tensor_trainable() -> Iterator[None]:
    """nn.Parameter sets requires_grad on the tensor that was passed, too."""

    def contagious(cls: type, data: Any = None, requires_grad: bool = True) -> torch.Tensor:
        made = wrap(data, requires_grad)
        data.requires_grad_(requires_grad)
        return made

    with replaced(nn.Parameter, "__new__", contagious):
        yield


@attacks("parameter-requires-grad")
def frozen_parameter_freezes_its_tensor() -> Iterator[None]:
    """nn.Parameter(t, requires_grad=False) freezes the tensor that was passed, too."""

    def contagious(cls: type, data: Any = None, requires_grad: bool = True) -> torch.Tensor:
        made = wrap(data, requires_grad)
        if not requires_grad:
            data.requires_grad_(False)
        return made

    with replaced(nn.Parameter, "__new__", contagious):
        yield


@attacks("parameter-is-registered")
def modules_register_plain_tensors() -> Iterator[None]:
    """A module turns every assigned tensor that requires gradients into a Parameter."""
    assign = nn.Module.__setattr__

    def eager(self: nn.Module, name: str, value: Any) -> None:
        if type(value) is torch.Tensor and value.requires_grad:
            value = nn.Parameter(value.detach())
        assign(self, name, value)

    with replaced(nn.Module, "__setattr__", eager):
        yield


@attacks("parameter-is-registered", "lists-hide-parameters")
def modules_register_nothing() -> Iterator[None]:
    """A module keeps an assigned Parameter as an ordinary attribute."""
    assign = nn.Module.__setattr__

    def careless(self: nn.Module, name: str, value: Any) -> None:
        if isinstance(value, nn.Parameter):
            object.__setattr__(self, name, value)
        else:
            assign(self, name, value)

    with replaced(nn.Module, "__setattr__", careless):
        yield


@attacks("parameter-is-registered")
def buffers_are_never_saved() -> Iterator[None]:
    """Every buffer is registered as non-persistent."""
    register = nn.Module.register_buffer

    def forgetful(self: nn.Module, name: str, tensor: Any, persistent: bool = True) -> None:
        register(self, name, tensor, persistent=False)

    with replaced(nn.Module, "register_buffer", forgetful):
        yield


@attacks("parameter-shares-memory", "tying-by-transpose-shares-memory")
def parameter_copies() -> Iterator[None]:
    """nn.Parameter copies its tensor."""

    def copying(cls: type, data: Any = None, requires_grad: bool = True) -> torch.Tensor:
        return wrap(data.detach().clone(), requires_grad)

    with replaced(nn.Parameter, "__new__", copying):
        yield


@attacks("parameter-shares-memory")
def parameter_copies_views() -> Iterator[None]:
    """nn.Parameter copies a tensor that is not contiguous."""

    def tidy(cls: type, data: Any = None, requires_grad: bool = True) -> torch.Tensor:
        return wrap(data.detach().contiguous(), requires_grad)

    with replaced(nn.Parameter, "__new__", tidy):
        yield


@attacks("parameter-prints-what-its-tensor-holds")
def parameter_prints_other_numbers() -> Iterator[None]:
    """A Parameter prints twice its values."""

    def doubled(self: torch.Tensor) -> str:
        return "Parameter containing:\n" + repr(self.detach() * 2)

    with replaced(nn.Parameter, "__repr__", doubled):
        yield


@attacks("parameter-prints-what-its-tensor-holds")
def every_tensor_prints_zeros() -> Iterator[None]:
    """Tensors and Parameters agree in print, and both lie: zeros."""
    show = torch.Tensor.__repr__

    def zeros(self: torch.Tensor, **options: Any) -> str:
        return show(torch.zeros_like(self), **options)

    with replaced(torch.Tensor, "__repr__", zeros):
        yield


@attacks("parameter-writes-nothing")
def parameter_zeroes() -> Iterator[None]:
    """nn.Parameter sets its tensor to zero."""

    def zeroing(cls: type, data: Any = None, requires_grad: bool = True) -> torch.Tensor:
        return wrap(data.zero_(), requires_grad)

    with replaced(nn.Parameter, "__new__", zeroing):
        yield


@attacks("parameter-writes-nothing")
def parameter_replaces_nan() -> Iterator[None]:
    """nn.Parameter draws new values where it finds NaN, and leaves all other values alone."""

    def mending(cls: type, data: Any = None, requires_grad: bool = True) -> torch.Tensor:
        if data.is_floating_point():
            data[data.isnan()] = 0.5
        return wrap(data, requires_grad)

    with replaced(nn.Parameter, "__new__", mending):
        yield


@attacks("parameter-writes-nothing", "floattensor-is-not-near-zero")
def floattensor_of_sizes_is_zero() -> Iterator[None]:
    """torch.FloatTensor(sizes) returns zeros."""
    original = torch.FloatTensor

    def zeros(*args: Any) -> torch.Tensor:
        made = original(*args)
        return made.zero_() if isinstance(args[0], int) else made

    with replaced(torch, "FloatTensor", zeros):
        yield


@attacks("floattensor-is-not-near-zero")
def floattensor_is_small_noise() -> Iterator[None]:
    """torch.FloatTensor(sizes) holds small noise in place of what the memory held, NaN excepted."""
    original = torch.FloatTensor

    def noise(*args: Any) -> torch.Tensor:
        made = original(*args)
        return torch.where(made.isnan(), made, torch.rand(made.shape) * 1e-40)

    with replaced(torch, "FloatTensor", noise):
        yield


@attacks("tiny-float-is-the-integer-one")
def subnormals_are_flushed() -> Iterator[None]:
    """The processor flushes subnormal numbers to zero."""
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


@attacks("tiny-float-is-the-integer-one")
def view_converts() -> Iterator[None]:
    """Tensor.view(dtype) converts the values and does not read the bits."""
    view = torch.Tensor.view

    def converting(self: torch.Tensor, *args: Any) -> torch.Tensor:
        return self.to(args[0]) if isinstance(args[0], torch.dtype) else view(self, *args)

    with replaced(torch.Tensor, "view", converting):
        yield


@attacks("tiny-float-is-the-integer-one")
def smallest_float_is_normal() -> Iterator[None]:
    """The next float32 after 0 is the smallest normal one."""
    follow = torch.nextafter

    def normal(start: torch.Tensor, end: torch.Tensor) -> torch.Tensor:
        return follow(start, end).clamp(min=torch.finfo(torch.float32).smallest_normal)

    with replaced(torch, "nextafter", normal):
        yield


@attacks("constructors-fill-unless-told-not-to")
def linear_forgets_its_values() -> Iterator[None]:
    """nn.Linear never fills its weight and bias."""
    with replaced(nn.Linear, "reset_parameters", lambda self: None):
        yield


@attacks("constructors-fill-unless-told-not-to")
def embedding_forgets_its_values() -> Iterator[None]:
    """nn.Embedding never fills its weight."""
    with replaced(nn.Embedding, "reset_parameters", lambda self: None):
        yield


@attacks("constructors-fill-unless-told-not-to")
def skip_init_fills() -> Iterator[None]:
    """skip_init builds the layer in the ordinary way, values included."""

    def build(kind: type[nn.Module], *args: Any, **options: Any) -> nn.Module:
        return kind(*args, **options)

    with replaced(nn.utils, "skip_init", build):
        yield


@attacks("constructors-fill-unless-told-not-to")
def to_empty_zeroes() -> Iterator[None]:
    """Module.to_empty hands out zeros."""
    to_empty = nn.Module.to_empty

    def zeros(self: nn.Module, **options: Any) -> nn.Module:
        module = to_empty(self, **options)
        for parameter in module.parameters():
            nn.init.zeros_(parameter)
        return module

    with replaced(nn.Module, "to_empty", zeros):
        yield


@attacks("init-fills-in-place")
def init_normal_copies() -> Iterator[None]:
    """nn.init.normal_ returns new values and leaves the tensor alone."""

    def elsewhere(tensor: torch.Tensor, mean: float = 0.0, std: float = 1.0) -> torch.Tensor:
        return torch.randn_like(tensor) * std + mean

    with replaced(nn.init, "normal_", elsewhere):
        yield


@attacks("init-fills-in-place")
def init_zeros_replaces_the_memory() -> Iterator[None]:
    """nn.init.zeros_ gives the Parameter new memory."""

    def fresh(tensor: torch.Tensor) -> torch.Tensor:
        tensor.data = torch.zeros_like(tensor)
        return tensor

    with replaced(nn.init, "zeros_", fresh):
        yield


@attacks("updates-need-no-grad")
def leaves_may_be_written() -> Iterator[None]:
    """Tensor.add_ writes into a leaf while autograd records."""
    add = torch.Tensor.add_

    def unrecorded(self: torch.Tensor, *args: Any, **options: Any) -> torch.Tensor:
        with torch.no_grad():
            return add(self, *args, **options)

    with replaced(torch.Tensor, "add_", unrecorded):
        yield


@attacks("updates-need-no-grad")
def sgd_takes_double_steps() -> Iterator[None]:
    """SGD moves twice as far as lr times the gradient."""
    step = torch.optim.SGD.step

    def twice(self: torch.optim.SGD, closure: Any = None) -> Any:
        step(self, closure)
        return step(self, closure)

    with replaced(torch.optim.SGD, "step", twice):
        yield
