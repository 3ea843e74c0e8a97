"""Attacks on docs/silent-failures-values.md: a torch in which the silent mistakes do no harm, or others do."""

import copy
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from tests.sabotage.registry import attacks, replaced


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


@attacks("old-gradients-move-frozen-weights")
def no_gradient_counts_as_zero() -> Iterator[None]:
    """Adam takes a gradient of None for zeros."""
    step = torch.optim.Adam.step

    def filling(self: torch.optim.Adam, *args: Any) -> Any:
        result = step(self, *args)
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    with torch.no_grad():
                        p.sub_(group["lr"] * self.state[p]["exp_avg"])
        return result

    with replaced(torch.optim.Adam, "step", filling):
        yield


@attacks("old-gradients-move-frozen-weights")
def lbfgs_leaves_frozen_weights() -> Iterator[None]:
    """LBFGS puts back what requires no gradient."""
    step = torch.optim.LBFGS.step

    def sparing(self: torch.optim.LBFGS, closure: Any) -> Any:
        parameters = [p for group in self.param_groups for p in group["params"]]
        before = [(p, p.clone()) for p in parameters if not p.requires_grad]
        result = step(self, closure)
        for p, old in before:
            p.copy_(old)
        return result

    with replaced(torch.optim.LBFGS, "step", sparing):
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


@attacks("unexpected-keys-can-change-the-output")
def unexpected_biases_are_taken() -> Iterator[None]:
    """With strict=False a Linear without a bias takes the one that the checkpoint has."""
    load = nn.Module.load_state_dict

    def taking(self: nn.Module, state: dict[str, Tensor], strict: bool = True) -> Any:
        result = load(self, state, strict=strict)
        for name, module in self.named_modules():
            if isinstance(module, nn.Linear) and f"{name}.bias" in result.unexpected_keys:
                module.bias = nn.Parameter(state[f"{name}.bias"].clone())
        return result

    with replaced(nn.Module, "load_state_dict", taking):
        yield


@attacks("unexpected-keys-can-change-the-output")
def unexpected_keys_stop_the_load() -> Iterator[None]:
    """With strict=False nothing is loaded from a checkpoint that has a key too many."""
    load = nn.Module.load_state_dict

    def stopping(self: nn.Module, state: dict[str, Tensor], strict: bool = True) -> Any:
        own = self.state_dict()
        result = load(self, state, strict=strict)
        if result.unexpected_keys:
            load(self, {name: torch.zeros_like(value) for name, value in own.items()})
        return result

    with replaced(nn.Module, "load_state_dict", stopping):
        yield


@attacks("assign-marks-the-dict")
def assign_leaves_no_mark() -> Iterator[None]:
    """load_state_dict with assign=True writes nothing into the dict that it is given."""
    load = nn.Module.load_state_dict

    def clean(self: nn.Module, state: dict[str, Tensor], assign: bool = False) -> Any:
        return load(self, copy.copy(dict(state)), assign=assign)

    with replaced(nn.Module, "load_state_dict", clean):
        yield


@attacks("assign-marks-the-dict")
def saving_drops_the_mark() -> Iterator[None]:
    """torch.save writes a state_dict without its metadata."""
    save = torch.save
    with replaced(torch, "save", lambda state, file: save(dict(state), file)):
        yield


@attacks("attention-reset-misses-out-proj")
def attention_resets_all() -> Iterator[None]:
    """_reset_parameters of nn.MultiheadAttention draws the weight of out_proj, too."""
    reset = nn.MultiheadAttention._reset_parameters

    def full(self: nn.MultiheadAttention) -> None:
        self.out_proj.reset_parameters()
        reset(self)

    with replaced(nn.MultiheadAttention, "_reset_parameters", full):
        yield


@attacks("compiled-models-see-new-weights")
def compile_takes_a_copy() -> Iterator[None]:
    """torch.compile compiles a copy of the model as it is."""
    compiled = torch.compile

    def copied(model: nn.Module, **options: Any) -> Any:
        return compiled(copy.deepcopy(model), **options)

    with replaced(torch, "compile", copied):
        yield


@attacks("compiled-models-see-new-weights")
def compile_keeps_the_parameters() -> Iterator[None]:
    """A compiled model computes with the Parameters that the model had when it was compiled."""
    compiled = torch.compile

    def kept(model: nn.Module, **options: Any) -> Any:
        shadow = copy.deepcopy(model)
        for name, parameter in model._parameters.items():
            shadow._parameters[name] = parameter
        return compiled(shadow, **options)

    with replaced(torch, "compile", kept):
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
