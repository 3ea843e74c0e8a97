"""Attacks on docs/silent-failures.md: a torch in which the silent mistakes do no harm, or others do."""

import copy
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


@attacks("optimizer-survives-to-not-to-empty")
def conversion_makes_new_parameters() -> Iterator[None]:
    """A conversion puts new Parameters in place of the old ones."""
    torch.__future__.set_overwrite_module_params_on_conversion(True)
    yield
    torch.__future__.set_overwrite_module_params_on_conversion(False)


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
def inference_mode_is_no_grad() -> Iterator[None]:
    """inference_mode makes normal tensors, as no_grad does."""
    with replaced(torch, "inference_mode", torch.no_grad):
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


@attacks("eval-freezes-nothing")
def eval_freezes() -> Iterator[None]:
    """eval() also sets requires_grad of the parameters to False."""
    own = nn.Module.eval

    def freezing(self: nn.Module) -> nn.Module:
        return own(self).requires_grad_(False)

    with replaced(nn.Module, "eval", freezing):
        yield


@attacks("eval-freezes-nothing")
def frozen_layers_drop_nothing() -> Iterator[None]:
    """Dropout in a model that requires_grad_(False) has frozen is switched off for good."""
    own = nn.Module.requires_grad_

    def quiet(self: nn.Module, requires_grad: bool = True) -> nn.Module:
        for module in self.modules():
            if isinstance(module, nn.Dropout) and not requires_grad:
                module.p = 0.0
        return own(self, requires_grad)

    with replaced(nn.Module, "requires_grad_", quiet):
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


@attacks("old-gradients-move-frozen-weights")
def zero_gradients_are_skipped() -> Iterator[None]:
    """Adam leaves out a weight whose gradient is zero."""
    step = torch.optim.Adam.step

    def skipping(self: torch.optim.Adam) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None and not p.grad.any():
                    p.grad = None
        step(self)

    with replaced(torch.optim.Adam, "step", skipping):
        yield


@attacks("weight-decay-reaches-every-parameter")
def decay_spares_vectors() -> Iterator[None]:
    """SGD decays only what has two dimensions."""
    step = torch.optim.SGD.step

    def sparing(self: torch.optim.SGD) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                p.grad = p.grad if p.dim() > 1 else None
        step(self)

    with replaced(torch.optim.SGD, "step", sparing):
        yield


@attacks("weight-decay-reaches-every-parameter")
def groups_share_the_decay() -> Iterator[None]:
    """A weight_decay of a group's own is ignored."""
    add = torch.optim.Optimizer.add_param_group

    def shared(self: torch.optim.Optimizer, group: dict[str, Any]) -> None:
        add(self, {name: value for name, value in group.items() if name != "weight_decay"})

    with replaced(torch.optim.Optimizer, "add_param_group", shared):
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


@attacks("encoder-copies-need-reinitialize")
def encoder_layers_have_a_reset() -> Iterator[None]:
    """nn.TransformerEncoderLayer has a reset_parameters that does nothing."""
    nn.TransformerEncoderLayer.reset_parameters = lambda self: None  # type: ignore[attr-defined]
    yield
    del nn.TransformerEncoderLayer.reset_parameters  # type: ignore[attr-defined]


@attacks("strict-false-can-load-nothing")
def prefixes_are_forgiven() -> Iterator[None]:
    """With strict=False names are matched by their last part."""
    load = nn.Module.load_state_dict

    def load_state_dict(self: nn.Module, state: dict[str, Tensor], strict: bool = True) -> Any:
        names = state if strict else {name.rpartition(".")[2]: t for name, t in state.items()}
        return load(self, names, strict=strict)

    with replaced(nn.Module, "load_state_dict", load_state_dict):
        yield


@attacks("assign-takes-the-dtype-of-the-file")
def assign_keeps_the_dtype() -> Iterator[None]:
    """load_state_dict with assign=True converts to the dtype of the model."""
    load = nn.Module.load_state_dict

    def load_state_dict(self: nn.Module, state: dict[str, Tensor], assign: bool = False) -> Any:
        return load(self, {name: t.float() for name, t in state.items()}, assign=assign)

    with replaced(nn.Module, "load_state_dict", load_state_dict):
        yield


@attacks("assign-takes-the-dtype-of-the-file")
def load_always_assigns() -> Iterator[None]:
    """load_state_dict always takes the tensors of the file themselves."""
    load = nn.Module.load_state_dict

    def load_state_dict(self: nn.Module, state: dict[str, Tensor], assign: bool = False) -> Any:
        return load(self, state, assign=True)

    with replaced(nn.Module, "load_state_dict", load_state_dict):
        yield


@attacks("meta-linear-without-bias-returns-garbage", "meta-weights-compute-nothing")
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
