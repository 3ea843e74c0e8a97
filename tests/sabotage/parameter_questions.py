"""Attacks on docs/parameter-questions.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import nn

from tests.sabotage.parameter import wrap
from tests.sabotage.registry import attacks, replaced


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
        return wrap(data if continuous else data.float(), requires_grad)

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
        return wrap(data, requires_grad)

    with replaced(nn.Parameter, "__new__", strict):
        yield


@attacks("parameter-keeps-the-dtype")
def parameter_converts_to_the_default_dtype() -> Iterator[None]:
    """nn.Parameter converts its tensor to the default dtype."""

    def converting(cls: type, data: Any = None, requires_grad: bool = True) -> torch.Tensor:
        return wrap(data.to(torch.get_default_dtype()), requires_grad)

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
