"""Attacks on docs/error-messages.md: a torch that lets pass what its messages refuse."""

import warnings
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from tests.sabotage.registry import attacks, replaced

PARAMETER = nn.Parameter
SETATTR = nn.Module.__setattr__
BACKWARD = Tensor.backward


@attacks("parameter-needs-a-tensor")
def parameters_of_anything() -> Iterator[None]:
    """nn.Parameter makes a tensor of what it gets."""

    def lenient(data: Any, requires_grad: bool = True) -> nn.Parameter:
        return PARAMETER(torch.as_tensor(data), requires_grad)

    with replaced(nn, "Parameter", lenient):
        yield


@attacks("super-init-comes-first")
def attributes_before_init() -> Iterator[None]:
    """A Module without its registers keeps what is assigned as a plain attribute."""

    def setattr_(self: nn.Module, name: str, value: Any) -> None:
        if "_parameters" in vars(self):
            SETATTR(self, name, value)
        else:
            object.__setattr__(self, name, value)

    with replaced(nn.Module, "__setattr__", setattr_):
        yield


@attacks("parameter-name-must-be-free", "names-hold-no-dot")
def methods_give_way() -> Iterator[None]:
    """A Parameter may take any name, that of a method or one with a dot."""

    def register(self: nn.Module, name: str, parameter: nn.Parameter | None) -> None:
        self._parameters[name] = parameter

    with replaced(nn.Module, "register_parameter", register):
        yield


@attacks("names-hold-no-dot")
def modules_take_any_name() -> Iterator[None]:
    """A Module list or dict takes any key."""

    def add_module(self: nn.Module, name: str, module: nn.Module | None) -> None:
        self._modules[name] = module

    with replaced(nn.Module, "add_module", add_module):
        yield


@attacks("names-hold-no-dot")
def buffers_take_any_name() -> Iterator[None]:
    """A buffer may have a dot in its name."""

    def register(self: nn.Module, name: str, tensor: Tensor | None, **options: Any) -> None:
        self._buffers[name] = tensor

    with replaced(nn.Module, "register_buffer", register):
        yield


@attacks("modulelist-takes-modules")
def lists_take_tensors() -> Iterator[None]:
    """Module lists leave out what is no module, in silence."""
    add = nn.Module.add_module

    def add_module(self: nn.Module, name: str, module: Any) -> None:
        if isinstance(module, nn.Module):
            add(self, name, module)

    with replaced(nn.Module, "add_module", add_module):
        yield


@attacks("optimizers-take-tensors")
def optimizers_take_one_tensor() -> Iterator[None]:
    """An optimizer takes a bare tensor for a list of one."""
    init = torch.optim.Optimizer.__init__

    def lenient(self: Any, params: Any, defaults: dict[str, Any]) -> None:
        init(self, [params] if isinstance(params, Tensor) else params, defaults)

    with replaced(torch.optim.Optimizer, "__init__", lenient):
        yield


@attacks("optimizers-take-tensors")
def optimizers_unpack_what_is_nested() -> Iterator[None]:
    """An optimizer takes the tensors out of the generators and lists in its list."""
    init = torch.optim.Optimizer.__init__

    def flat(self: Any, params: Any, defaults: dict[str, Any]) -> None:
        if isinstance(params, list) and not isinstance(params[0], (Tensor, dict)):
            params = [tensor for inner in params for tensor in inner]
        init(self, params, defaults)

    with replaced(torch.optim.Optimizer, "__init__", flat):
        yield


@attacks("one-parameter-one-group")
def groups_overlap() -> Iterator[None]:
    """An optimizer leaves out a group that repeats a parameter, in silence."""
    add = torch.optim.Optimizer.add_param_group

    def add_param_group(self: torch.optim.Optimizer, group: dict[str, Any]) -> None:
        try:
            add(self, group)
        except ValueError:
            return

    with replaced(torch.optim.Optimizer, "add_param_group", add_param_group):
        yield


@attacks("adam-refuses-a-new-dtype")
def rmsprop_skips_another_dtype() -> Iterator[None]:
    """RMSprop leaves out a weight whose running mean has another dtype."""
    step = torch.optim.RMSprop.step

    def skipping(self: torch.optim.RMSprop, *args: Any) -> Any:
        for p, state in self.state.items():
            if state["square_avg"].dtype != p.dtype:
                p.grad = None
        return step(self, *args)

    with replaced(torch.optim.RMSprop, "step", skipping):
        yield


@attacks("grad-scaler-refuses-float16-weights")
def scalers_take_float16() -> Iterator[None]:
    """A GradScaler unscales float16 gradients."""
    unscale = torch.amp.GradScaler._unscale_grads_

    def lenient(self: torch.amp.GradScaler, *args: Any) -> Any:
        return unscale(self, *args[:-1], True)

    with replaced(torch.amp.GradScaler, "_unscale_grads_", lenient):
        yield


@attacks("grad-scaler-refuses-float16-weights")
def scalers_leave_bfloat16_alone() -> Iterator[None]:
    """A GradScaler skips the step of bfloat16 weights."""
    step = torch.amp.GradScaler.step

    def skipping(self: torch.amp.GradScaler, optimizer: torch.optim.Optimizer) -> Any:
        if optimizer.param_groups[0]["params"][0].dtype != torch.bfloat16:
            return step(self, optimizer)
        return None

    with replaced(torch.amp.GradScaler, "step", skipping):
        yield


@attacks("grad-scaler-refuses-float16-weights")
def autocast_is_seen() -> Iterator[None]:
    """A GradScaler skips the step of what came from float16 products."""
    scale = torch.amp.GradScaler.scale

    def spoiled(self: torch.amp.GradScaler, loss: Tensor) -> Tensor:
        node, names = loss.grad_fn, []
        while node is not None:
            names.append(node.name())
            node = node.next_functions[0][0] if node.next_functions else None
        return scale(self, loss * float("inf") if "ToCopyBackward0" in names else loss)

    with replaced(torch.amp.GradScaler, "scale", spoiled):
        yield


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


@attacks("grad-scaler-refuses-float16-weights")
def fused_optimizers_do_not_step_with_a_scaler() -> Iterator[None]:
    """A GradScaler skips the step of a fused optimizer."""
    step = torch.amp.GradScaler.step

    def skipping(self: torch.amp.GradScaler, optimizer: torch.optim.Optimizer) -> Any:
        return None if optimizer.defaults["fused"] else step(self, optimizer)

    with replaced(torch.amp.GradScaler, "step", skipping):
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


@attacks("numpy-needs-detach")
def detach_copies() -> Iterator[None]:
    """detach() copies the memory."""
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


@attacks("inference-tensors-refuse-autograd")
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
