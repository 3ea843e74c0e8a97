"""Attacks on docs/silent-failures.md: a torch in which the silent mistakes do no harm, or others do."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from tests.sabotage.registry import attacks, replaced

SETATTR = nn.Module.__setattr__


@attacks("new-layers-need-add-param-group")
def optimizers_follow_the_model() -> Iterator[None]:
    """What is appended to a Sequential is added to every optimizer."""
    made: list[torch.optim.Optimizer] = []
    init, append = torch.optim.Optimizer.__init__, nn.Sequential.append

    def built(self: torch.optim.Optimizer, *args: Any, **options: Any) -> None:
        init(self, *args, **options)
        made.append(self)

    def followed(self: nn.Sequential, module: nn.Module) -> nn.Sequential:
        made[-1].add_param_group({"params": module.parameters()})
        return append(self, module)

    with (
        replaced(torch.optim.Optimizer, "__init__", built),
        replaced(nn.Sequential, "append", followed),
    ):
        yield


@attacks("new-layers-need-add-param-group")
def new_groups_take_the_current_rate() -> Iterator[None]:
    """A new group starts with the learning rate that the first group has by now."""
    add = torch.optim.Optimizer.add_param_group

    def current(self: torch.optim.Optimizer, group: dict[str, Any]) -> None:
        now = {"lr": self.param_groups[0]["lr"]} if self.param_groups else {}
        add(self, now | group)

    with replaced(torch.optim.Optimizer, "add_param_group", current):
        yield


@attacks("optimizer-survives-to-not-to-empty", "adam-refuses-a-new-dtype")
def adam_converts_its_means() -> Iterator[None]:
    """Adam converts its running means to the dtype of the weight."""
    step = torch.optim.Adam.step

    def converting(self: torch.optim.Adam, *args: Any) -> Any:
        self.load_state_dict(self.state_dict())
        return step(self, *args)

    with replaced(torch.optim.Adam, "step", converting):
        yield


@attacks("layer-made-in-forward-never-learns")
def modules_are_assigned_once() -> Iterator[None]:
    """A second module assigned to a name is dropped."""

    def setattr_(self: nn.Module, name: str, value: Any) -> None:
        if not (isinstance(value, nn.Module) and name in self._modules):
            SETATTR(self, name, value)

    with replaced(nn.Module, "__setattr__", setattr_):
        yield


@attacks("parameter-of-a-result-cuts-the-graph")
def parameters_stay_in_the_graph() -> Iterator[None]:
    """nn.Parameter of a computed tensor is that tensor."""
    new = nn.Parameter.__new__

    def linked(cls: type, data: Any = None, requires_grad: bool = True) -> Tensor:
        return new(cls, data, requires_grad) if data is None or data.grad_fn is None else data

    with replaced(nn.Parameter, "__new__", linked):
        yield


@attacks("parameter-of-a-result-cuts-the-graph")
def parameters_are_assigned_once() -> Iterator[None]:
    """A second Parameter or tensor assigned to a name is dropped."""

    def setattr_(self: nn.Module, name: str, value: Any) -> None:
        if not (isinstance(value, Tensor) and hasattr(self, name)):
            SETATTR(self, name, value)

    with replaced(nn.Module, "__setattr__", setattr_):
        yield


@attacks("linear-made-in-inference-mode-never-learns")
def inference_mode_freezes() -> Iterator[None]:
    """A Parameter made under inference_mode says that it requires no gradient."""
    new = nn.Parameter.__new__

    def frozen(cls: type, data: Any = None, requires_grad: bool = True) -> Tensor:
        return new(cls, data, requires_grad and not torch.is_inference_mode_enabled())

    with replaced(nn.Parameter, "__new__", frozen):
        yield


@attacks("frozen-layer-passes-the-gradient-on")
def frozen_layers_cut_the_graph() -> Iterator[None]:
    """What a frozen layer gives has no history."""
    call = nn.Module.__call__

    def cutting(self: nn.Module, *args: Any, **options: Any) -> Any:
        result, parameters = call(self, *args, **options), list(self.parameters())
        frozen = parameters and not any(p.requires_grad for p in parameters)
        return result.detach() if frozen else result

    with replaced(nn.Module, "__call__", cutting):
        yield


@attacks("frozen-layer-passes-the-gradient-on")
def autograd_always_records() -> Iterator[None]:
    """A module that gets an input with a history records, under no_grad, too."""
    call = nn.Module.__call__

    def recording(self: nn.Module, *args: Any, **options: Any) -> Any:
        with torch.set_grad_enabled(torch.is_grad_enabled() or args[0].requires_grad):
            return call(self, *args, **options)

    with replaced(nn.Module, "__call__", recording):
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


@attacks("bfloat16-loses-small-steps")
def steps_below_the_gap_are_lost() -> Iterator[None]:
    """SGD drops each step of a bfloat16 weight that is smaller than the gap below 1."""
    step = torch.optim.SGD.step

    def dropping(self: torch.optim.SGD) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                if p.dtype == torch.bfloat16 and group["lr"] < 2**-8:
                    p.grad = None
        step(self)

    with replaced(torch.optim.SGD, "step", dropping):
        yield


@attacks("adam-eps-vanishes-in-float16")
def fused_is_ignored() -> Iterator[None]:
    """Adam takes fused=True and computes as without it."""
    init = torch.optim.Adam.__init__

    def plain(self: torch.optim.Adam, *args: Any, fused: bool | None = None, **kept: Any) -> None:
        init(self, *args, **kept)

    with replaced(torch.optim.Adam, "__init__", plain):
        yield


@attacks("adam-eps-vanishes-in-float16")
def eps_is_large() -> Iterator[None]:
    """Adam's eps is 1e-4 unless given."""
    init = torch.optim.Adam.__init__

    def large(self: torch.optim.Adam, *args: Any, **options: Any) -> None:
        init(self, *args, **{"eps": 1e-4, **options})

    with replaced(torch.optim.Adam, "__init__", large):
        yield


@attacks("adam-eps-vanishes-in-float16")
def fused_keeps_float32_averages() -> Iterator[None]:
    """Adam with fused=True keeps its averages in float32."""
    step = torch.optim.Adam.step
    shadows: dict[Tensor, tuple[Tensor, torch.optim.Adam]] = {}

    def precise(self: torch.optim.Adam) -> None:
        step(self)
        for group in self.param_groups:
            for p in group["params"]:
                if group["fused"] and p.numel() == 1:
                    if p not in shadows:
                        copy = torch.ones_like(p, dtype=torch.float32)
                        shadows[p] = copy, torch.optim.Adam([copy], lr=group["lr"])
                    copy, optimizer = shadows[p]
                    copy.grad = p.grad.float()
                    step(optimizer)
                    with torch.no_grad():
                        p.copy_(copy)

    with replaced(torch.optim.Adam, "step", precise):
        yield
