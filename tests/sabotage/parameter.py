"""Attacks on parameter.md: torch copies, fills, registers or converts where the page says it does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from tests.sabotage.registry import attacks, replaced


def _wrap(data: torch.Tensor, requires_grad: bool = True) -> nn.Parameter:
    return torch.Tensor._make_subclass(nn.Parameter, data, requires_grad)


@attacks("parameter-requires-grad")
def parameters_are_frozen_by_default() -> Iterator[None]:
    """nn.Parameter requires no gradient unless asked."""

    def frozen(cls: type, data: Any = None, requires_grad: bool = False) -> torch.Tensor:
        return _wrap(data, requires_grad)

    with replaced(nn.Parameter, "__new__", frozen):
        yield


@attacks("parameter-requires-grad")
def no_grad_freezes_parameters() -> Iterator[None]:
    """nn.Parameter made under no_grad requires no gradient."""

    def obedient(cls: type, data: Any = None, requires_grad: bool = True) -> torch.Tensor:
        return _wrap(data, requires_grad and torch.is_grad_enabled())

    with replaced(nn.Parameter, "__new__", obedient):
        yield


@attacks("parameter-requires-grad")
def parameter_makes_its_tensor_trainable() -> Iterator[None]:
    """nn.Parameter sets requires_grad on the tensor that was passed, too."""

    def contagious(cls: type, data: Any = None, requires_grad: bool = True) -> torch.Tensor:
        made = _wrap(data, requires_grad)
        data.requires_grad_(requires_grad)
        return made

    with replaced(nn.Parameter, "__new__", contagious):
        yield


@attacks("parameter-requires-grad")
def frozen_parameter_freezes_its_tensor() -> Iterator[None]:
    """nn.Parameter(t, requires_grad=False) freezes the tensor that was passed, too."""

    def contagious(cls: type, data: Any = None, requires_grad: bool = True) -> torch.Tensor:
        made = _wrap(data, requires_grad)
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


@attacks("parameter-shares-memory")
def parameter_copies() -> Iterator[None]:
    """nn.Parameter copies its tensor."""

    def copying(cls: type, data: Any = None, requires_grad: bool = True) -> torch.Tensor:
        return _wrap(data.detach().clone(), requires_grad)

    with replaced(nn.Parameter, "__new__", copying):
        yield


@attacks("parameter-shares-memory")
def parameter_copies_views() -> Iterator[None]:
    """nn.Parameter copies a tensor that is not contiguous."""

    def tidy(cls: type, data: Any = None, requires_grad: bool = True) -> torch.Tensor:
        return _wrap(data.detach().contiguous(), requires_grad)

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
        return _wrap(data.zero_(), requires_grad)

    with replaced(nn.Parameter, "__new__", zeroing):
        yield


@attacks("parameter-writes-nothing")
def parameter_replaces_nan() -> Iterator[None]:
    """nn.Parameter draws new values where it finds NaN, and leaves all other values alone."""

    def mending(cls: type, data: Any = None, requires_grad: bool = True) -> torch.Tensor:
        if data.is_floating_point():
            data[data.isnan()] = 0.5
        return _wrap(data, requires_grad)

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


@attacks("floattensor-of-a-list-is-data")
def floattensor_takes_a_list_as_sizes() -> Iterator[None]:
    """torch.FloatTensor([2, 3]) is an unwritten tensor of 2 by 3."""
    original = torch.FloatTensor

    def of_sizes(*args: Any) -> torch.Tensor:
        return original(*args[0]) if isinstance(args[0], list) else original(*args)

    with replaced(torch, "FloatTensor", of_sizes):
        yield


@attacks("floattensor-of-a-list-is-data")
def floattensor_takes_a_tuple_as_sizes() -> Iterator[None]:
    """torch.FloatTensor((2, 3)) is an unwritten tensor of 2 by 3, as numpy.empty has it."""
    original = torch.FloatTensor

    def of_sizes(*args: Any) -> torch.Tensor:
        return original(*args[0]) if isinstance(args[0], tuple) else original(*args)

    with replaced(torch, "FloatTensor", of_sizes):
        yield


@attacks("floattensor-of-a-list-is-data")
def floattensor_takes_a_shape_as_data() -> Iterator[None]:
    """torch.FloatTensor(x.shape) holds the sizes as numbers, as it does for a plain tuple."""
    original = torch.FloatTensor

    def of_numbers(*args: Any) -> torch.Tensor:
        return original(list(args[0])) if isinstance(args[0], torch.Size) else original(*args)

    with replaced(torch, "FloatTensor", of_numbers):
        yield


@attacks("tensor-follows-default-dtype")
def floattensor_is_tensor() -> Iterator[None]:
    """torch.FloatTensor is an alias of torch.Tensor."""
    with replaced(torch, "FloatTensor", torch.Tensor):
        yield


@attacks("tensor-follows-default-dtype")
def default_dtype_stays() -> Iterator[None]:
    """torch.set_default_dtype has no effect."""
    with replaced(torch, "set_default_dtype", lambda dtype: None):
        yield


@attacks("tensor-function-copies-and-infers")
def tensor_function_makes_floats() -> Iterator[None]:
    """torch.tensor converts all data to the default dtype, as torch.Tensor does."""
    make = torch.tensor

    def floats(data: Any, **options: Any) -> torch.Tensor:
        options.setdefault("dtype", torch.get_default_dtype())
        return make(data, **options)

    with replaced(torch, "tensor", floats):
        yield


@attacks("tensor-function-copies-and-infers")
def tensor_function_shares_arrays() -> Iterator[None]:
    """torch.tensor shares the memory of a NumPy array."""
    make = torch.tensor

    def sharing(data: Any, **options: Any) -> torch.Tensor:
        if type(data).__module__ == "numpy":
            return torch.as_tensor(data, **options)
        return make(data, **options)

    with replaced(torch, "tensor", sharing):
        yield


@attacks("tensor-function-copies-and-infers")
def tensor_function_converts_arrays() -> Iterator[None]:
    """torch.tensor converts a NumPy array to the default dtype."""
    make = torch.tensor

    def converting(data: Any, **options: Any) -> torch.Tensor:
        made = make(data, **options)
        return made.float() if type(data).__module__ == "numpy" else made

    with replaced(torch, "tensor", converting):
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


@attacks("lists-hide-parameters")
def modules_register_lists() -> Iterator[None]:
    """A module turns an assigned list of Parameters into a ParameterList."""
    assign = nn.Module.__setattr__

    def helpful(self: nn.Module, name: str, value: Any) -> None:
        if type(value) is list and value and isinstance(value[0], nn.Parameter):
            value = nn.ParameterList(value)
        assign(self, name, value)

    with replaced(nn.Module, "__setattr__", helpful):
        yield


@attacks("to-makes-a-non-leaf")
def double_keeps_the_parameter() -> Iterator[None]:
    """Tensor.double of a Parameter is a Parameter, and so a leaf."""
    double = torch.Tensor.double

    def kept(self: torch.Tensor) -> torch.Tensor:
        made = double(self)
        return nn.Parameter(made.detach()) if isinstance(self, nn.Parameter) else made

    with replaced(torch.Tensor, "double", kept):
        yield


@attacks("to-makes-a-non-leaf")
def conversions_of_frozen_parameters_are_parameters() -> Iterator[None]:
    """Tensor.double of a Parameter that is not recorded is a Parameter."""
    double = torch.Tensor.double

    def kept(self: torch.Tensor) -> torch.Tensor:
        made = double(self)
        wrapped = isinstance(self, nn.Parameter) and not made.requires_grad
        return nn.Parameter(made, requires_grad=False) if wrapped else made

    with replaced(torch.Tensor, "double", kept):
        yield


@attacks("to-makes-a-non-leaf")
def integers_of_parameters_are_parameters() -> Iterator[None]:
    """Tensor.long of a Parameter is a Parameter that asks for no gradient."""
    long = torch.Tensor.long

    def kept(self: torch.Tensor) -> torch.Tensor:
        made = long(self)
        return nn.Parameter(made, False) if isinstance(self, nn.Parameter) else made

    with replaced(torch.Tensor, "long", kept):
        yield


@attacks("to-makes-a-non-leaf")
def optimizers_accept_everything() -> Iterator[None]:
    """SGD accepts tensors that are no leaves."""
    accept = torch.optim.SGD.__init__

    def generous(self: torch.optim.SGD, params: Any, **options: Any) -> None:
        accept(self, [tensor.detach() for tensor in params], **options)

    with replaced(torch.optim.SGD, "__init__", generous):
        yield


@attacks("integers-cannot-require-gradients")
def integer_parameters_become_floats() -> Iterator[None]:
    """nn.Parameter of an integer tensor silently becomes float32."""

    def converting(cls: type, data: Any = None, requires_grad: bool = True) -> torch.Tensor:
        continuous = data.is_floating_point() or data.is_complex()
        return _wrap(data if continuous else data.float(), requires_grad)

    with replaced(nn.Parameter, "__new__", converting):
        yield


@attacks("integers-cannot-require-gradients")
def complex_parameters_are_refused() -> Iterator[None]:
    """nn.Parameter refuses complex tensors, too."""

    def strict(cls: type, data: Any = None, requires_grad: bool = True) -> torch.Tensor:
        if data.is_complex() and requires_grad:
            raise RuntimeError(
                "Only Tensors of floating point and complex dtype can require gradients"
            )
        return _wrap(data, requires_grad)

    with replaced(nn.Parameter, "__new__", strict):
        yield


@attacks("parameter-keeps-the-dtype")
def parameter_converts_to_the_default_dtype() -> Iterator[None]:
    """nn.Parameter converts its tensor to the default dtype."""

    def converting(cls: type, data: Any = None, requires_grad: bool = True) -> torch.Tensor:
        return _wrap(data.to(torch.get_default_dtype()), requires_grad)

    with replaced(nn.Parameter, "__new__", converting):
        yield


@attacks("parameter-keeps-the-dtype")
def matmul_promotes() -> Iterator[None]:
    """Matrix products convert both sides to the wider dtype."""
    product = torch.Tensor.__matmul__

    def promoting(self: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        wide = torch.promote_types(self.dtype, other.dtype)
        return product(self.to(wide), other.to(wide))

    with replaced(torch.Tensor, "__matmul__", promoting):
        yield


@attacks("data-hides-a-write")
def no_grad_hides_writes_too() -> Iterator[None]:
    """Tensor.fill_ never counts as a change for autograd."""
    fill = torch.Tensor.fill_

    def unseen(self: torch.Tensor, value: float) -> torch.Tensor:
        fill(self.data, value)
        return self

    with replaced(torch.Tensor, "fill_", unseen):
        yield


@attacks("data-hides-a-write")
def data_is_a_copy() -> Iterator[None]:
    """Tensor.data is a copy, so that a write to it changes nothing."""
    with replaced(torch.Tensor, "data", property(lambda self: self.detach().clone())):
        yield
