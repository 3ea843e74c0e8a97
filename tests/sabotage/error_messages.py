"""Attacks on docs/error-messages.md: a torch that lets pass what its messages refuse."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from tests.sabotage.registry import attacks, replaced

PARAMETER = nn.Parameter
SETATTR = nn.Module.__setattr__


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


@attacks("grad-scaler-refuses-float16-weights")
def fused_optimizers_do_not_step_with_a_scaler() -> Iterator[None]:
    """A GradScaler skips the step of a fused optimizer."""
    step = torch.amp.GradScaler.step

    def skipping(self: torch.amp.GradScaler, optimizer: torch.optim.Optimizer) -> Any:
        return None if optimizer.defaults["fused"] else step(self, optimizer)

    with replaced(torch.amp.GradScaler, "step", skipping):
        yield
