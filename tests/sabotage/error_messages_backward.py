"""Attacks on docs/error-messages-backward.md: a torch that lets pass what its messages refuse."""

import warnings
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from tests.sabotage.registry import attacks, replaced

PARAMETER = nn.Parameter
BACKWARD = Tensor.backward


@attacks("row-of-a-parameter-is-a-view")
def zero_is_never_recorded() -> Iterator[None]:
    """zero_ writes without autograd's check."""

    def zero_(self: Tensor) -> Tensor:
        with torch.no_grad():
            return self.fill_(0)

    with replaced(Tensor, "zero_", zero_):
        yield


@attacks("row-of-a-parameter-is-a-view")
def lists_of_indices_give_views() -> Iterator[None]:
    """Indexing with a list of one number gives a view."""
    get = Tensor.__getitem__

    def getitem(self: Tensor, index: Any) -> Tensor:
        return get(self.detach(), index[0]) if isinstance(index, list) else get(self, index)

    with replaced(Tensor, "__getitem__", getitem):
        yield


@attacks("grad-starts-as-none")
def grad_starts_as_zeros() -> Iterator[None]:
    """The gradient of a tensor that backward() has not reached is zeros."""
    grad = Tensor.grad

    def read(self: Tensor) -> Tensor:
        found = grad.__get__(self)
        return torch.zeros_like(self) if found is None else found

    with replaced(Tensor, "grad", property(read, grad.__set__)):
        yield


@attacks("grad-starts-as-none")
def zero_grad_writes_zeros() -> Iterator[None]:
    """zero_grad() of an optimizer writes zeros by default."""
    clear = torch.optim.Optimizer.zero_grad

    def zeros(self: torch.optim.Optimizer, set_to_none: bool = False) -> None:
        clear(self, set_to_none)

    with replaced(torch.optim.Optimizer, "zero_grad", zeros):
        yield


@attacks("grad-starts-as-none")
def zero_grad_never_writes_zeros() -> Iterator[None]:
    """zero_grad() of a Module sets None, whatever it is told."""
    clear = nn.Module.zero_grad

    def none(self: nn.Module, set_to_none: bool = True) -> None:
        clear(self, True)

    with replaced(nn.Module, "zero_grad", none):
        yield


@attacks("grad-must-fit")
def any_shape_is_a_gradient() -> Iterator[None]:
    """A gradient of another shape is cut to that of its tensor."""
    grad = Tensor.grad

    def write(self: Tensor, value: Tensor) -> None:
        grad.__set__(self, value.flatten()[: self.numel()].view_as(self))

    with replaced(Tensor, "grad", property(grad.__get__, write)):
        yield


@attacks("grad-must-fit")
def any_dtype_is_a_gradient() -> Iterator[None]:
    """A gradient of another dtype is converted to that of its tensor."""
    grad = Tensor.grad

    def write(self: Tensor, value: Tensor) -> None:
        grad.__set__(self, value.to(self.dtype))

    with replaced(Tensor, "grad", property(grad.__get__, write)):
        yield


@attacks("backward-needs-a-graph")
def backward_without_a_graph() -> Iterator[None]:
    """backward() without a graph does nothing."""

    def backward(self: Tensor, *args: Any, **options: Any) -> None:
        if self.requires_grad:
            BACKWARD(self, *args, **options)

    with replaced(Tensor, "backward", backward):
        yield


@attacks("graph-is-freed-by-backward")
def graphs_are_retained() -> Iterator[None]:
    """backward() always retains the graph."""

    def backward(self: Tensor, gradient: Tensor | None = None, **options: Any) -> None:
        BACKWARD(self, gradient, **{**options, "retain_graph": True})

    with replaced(Tensor, "backward", backward):
        yield


@attacks("graph-is-freed-by-backward")
def the_second_backward_adds_nothing() -> Iterator[None]:
    """A second backward() of one tensor adds nothing where it does not raise."""
    seen: list[Tensor] = []

    def backward(self: Tensor, *args: Any, **options: Any) -> None:
        BACKWARD(self, *args, **options)
        if any(self is other for other in seen):
            for node, _ in self.grad_fn.next_functions:
                if hasattr(node, "variable"):
                    node.variable.grad.div_(2)
        seen.append(self)

    with replaced(Tensor, "backward", backward):
        yield


@attacks("backward-starts-from-one-number")
def backward_of_the_sum() -> Iterator[None]:
    """backward() of a tensor is that of its sum."""

    def backward(self: Tensor, gradient: Tensor | None = None, **options: Any) -> None:
        BACKWARD(self, torch.ones_like(self) if gradient is None else gradient, **options)

    with replaced(Tensor, "backward", backward):
        yield


@attacks("numpy-needs-detach")
def numpy_detaches() -> Iterator[None]:
    """numpy() detaches by itself."""
    numpy = Tensor.numpy
    with replaced(Tensor, "numpy", lambda self: numpy(self.detach())):
        yield


@attacks("numpy-needs-detach", "state-dict-is-not-a-copy")
def detach_copies() -> Iterator[None]:
    """detach(), and so state_dict(), copies the memory."""
    detach = Tensor.detach
    with replaced(Tensor, "detach", lambda self: detach(self).clone()):
        yield


@attacks("numpy-needs-detach")
def numpy_of_a_frozen_parameter_copies() -> Iterator[None]:
    """numpy() of a Parameter gives a copy."""
    numpy = Tensor.numpy

    def copying(self: Tensor) -> Any:
        array = numpy(self)
        return array.copy() if isinstance(self, nn.Parameter) else array

    with replaced(Tensor, "numpy", copying):
        yield


@attacks("deepcopy-needs-leaves")
def deepcopy_of_results() -> Iterator[None]:
    """A computed tensor can be deepcopied."""
    with replaced(Tensor, "__deepcopy__", lambda self, memo: self.detach().clone()):
        yield


@attacks("computed-tensors-keep-no-grad")
def grad_does_not_warn() -> Iterator[None]:
    """Reading .grad of a computed tensor gives no warning."""
    grad = Tensor.grad

    def read(self: Tensor) -> Tensor | None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return grad.__get__(self)

    with replaced(Tensor, "grad", property(read, grad.__set__)):
        yield


@attacks("computed-tensors-keep-no-grad")
def retain_grad_does_nothing() -> Iterator[None]:
    """retain_grad() keeps nothing."""
    with replaced(Tensor, "retain_grad", lambda self: None):
        yield


@attacks("inference-tensors-refuse-autograd", "linear-made-in-inference-mode-never-learns")
def inference_mode_is_no_grad() -> Iterator[None]:
    """inference_mode makes normal tensors, as no_grad does."""
    with replaced(torch, "inference_mode", torch.no_grad):
        yield


@attacks("inference-tensors-refuse-autograd")
def no_grad_freezes() -> Iterator[None]:
    """A Parameter made under no_grad is frozen."""

    def frozen(cls: type, data: Any = None, requires_grad: bool = True) -> Tensor:
        return Tensor._make_subclass(cls, data, requires_grad and torch.is_grad_enabled())

    with replaced(PARAMETER, "__new__", frozen):
        yield
