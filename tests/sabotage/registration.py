"""Attacks on docs/registration.md: Modules that see more, or less, than Modules see."""

import contextlib
import copy
import warnings
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from tests.sabotage.registry import attacks, replaced

SETATTR = nn.Module.__setattr__
LOAD = nn.Module._load_from_state_dict
BOTH = ("only-registered-attributes-are-seen", "unregistered-is-invisible")


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _tensors(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _tensors(item)


def _plain(module: nn.Module) -> Iterator[tuple[str, Tensor]]:
    for name, value in vars(module).items():
        if not name.startswith("_"):
            for number, tensor in enumerate(_tensors(value)):
                yield f"{name}.{number}", tensor


@attacks(*BOTH, "parameterlist-registers")
def containers_register() -> Iterator[None]:
    """Parameters in plain lists, tuples and dicts are registered."""

    def setattr_(self: nn.Module, name: str, value: Any) -> None:
        SETATTR(self, name, value)
        if isinstance(value, (list, tuple, dict)) and not name.startswith("_"):
            for number, tensor in enumerate(_tensors(value)):
                self.register_parameter(f"{name}_{number}", tensor)

    with replaced(nn.Module, "__setattr__", setattr_):
        yield


@attacks(*BOTH)
def tensors_that_want_gradients_register() -> Iterator[None]:
    """A plain tensor with requires_grad=True becomes a Parameter when it is assigned."""

    def setattr_(self: nn.Module, name: str, value: Any) -> None:
        if type(value) is Tensor and value.requires_grad and value.is_leaf:
            value = nn.Parameter(value)
        SETATTR(self, name, value)

    with replaced(nn.Module, "__setattr__", setattr_):
        yield


@attacks("unregistered-is-invisible")
def conversion_of_a_parameter_is_a_parameter() -> Iterator[None]:
    """Parameter.bfloat16() returns a Parameter."""
    convert = Tensor.bfloat16

    def bfloat16(self: Tensor) -> Tensor:
        new = convert(self)
        return nn.Parameter(new.detach()) if isinstance(self, nn.Parameter) else new

    with replaced(Tensor, "bfloat16", bfloat16):
        yield


@attacks(*BOTH)
def parameters_lists_plain_tensors() -> Iterator[None]:
    """named_parameters() also lists the tensors in plain attributes that want gradients."""
    named = nn.Module.named_parameters

    def named_parameters(self: nn.Module, *args: Any, **options: Any) -> Iterator[Any]:
        yield from named(self, *args, **options)
        yield from ((name, tensor) for name, tensor in _plain(self) if tensor.requires_grad)

    with replaced(nn.Module, "named_parameters", named_parameters):
        yield


@attacks("unregistered-is-invisible")
def parameters_of_the_class_are_listed() -> Iterator[None]:
    """named_parameters() also lists the Parameters among the attributes of the class."""
    named = nn.Module.named_parameters

    def named_parameters(self: nn.Module, *args: Any, **options: Any) -> Iterator[Any]:
        yield from named(self, *args, **options)
        for name, value in vars(type(self)).items():
            if isinstance(value, nn.Parameter):
                yield name, value

    with replaced(nn.Module, "named_parameters", named_parameters):
        yield


@attacks(*BOTH)
def state_dict_saves_plain_tensors() -> Iterator[None]:
    """state_dict() also saves the tensors in plain attributes."""
    state = nn.Module.state_dict

    def state_dict(self: nn.Module, *args: Any, **options: Any) -> Any:
        return state(self, *args, **options) | dict(_plain(self))

    with replaced(nn.Module, "state_dict", state_dict):
        yield


@attacks(*BOTH)
def plain_tensors_move() -> Iterator[None]:
    """.to() and .double() also convert the tensors in plain attributes."""
    apply = nn.Module._apply

    def apply_(self: nn.Module, fn: Any, recurse: bool = True) -> nn.Module:
        for _, tensor in _plain(self):
            if tensor.is_leaf:
                with torch.no_grad():
                    tensor.data = fn(tensor.data)
        return apply(self, fn, recurse)

    with replaced(nn.Module, "_apply", apply_):
        yield


@attacks("parameterlist-registers", "only-registered-attributes-are-seen")
def parameter_list_hides() -> Iterator[None]:
    """nn.ParameterList keeps the tensors that it holds out of the register."""
    own = nn.ParameterList.__setitem__

    def setitem(self: nn.ParameterList, index: int, value: Any) -> None:
        if isinstance(value, Tensor):
            object.__setattr__(self, str(index), nn.Parameter(value))
        else:
            own(self, index, value)

    with replaced(nn.ParameterList, "__setitem__", setitem):
        yield


@attacks("parameterlist-registers", "only-registered-attributes-are-seen")
def parameter_dict_hides() -> Iterator[None]:
    """nn.ParameterDict keeps the tensors that it holds out of the register."""
    own = nn.ParameterDict.__setitem__

    def setitem(self: nn.ParameterDict, key: str, value: Any) -> None:
        if isinstance(value, Tensor):
            self._keys[key] = None
            object.__setattr__(self, key, nn.Parameter(value))
        else:
            own(self, key, value)

    with replaced(nn.ParameterDict, "__setitem__", setitem):
        yield


@attacks("parameterlist-registers")
def parameter_list_keeps_plain_tensors_plain() -> Iterator[None]:
    """nn.ParameterList does not make a Parameter of a plain tensor."""

    def setitem(self: nn.ParameterList, index: int, value: Tensor) -> None:
        setattr(self, str(index), value)

    with replaced(nn.ParameterList, "__setitem__", setitem):
        yield


@attacks("plain-tensor-is-rejected-for-a-parameter")
def plain_tensor_is_wrapped() -> Iterator[None]:
    """A plain tensor assigned to a Parameter's name is made a Parameter."""

    def setattr_(self: nn.Module, name: str, value: Any) -> None:
        if type(value) is Tensor and name in self.__dict__.get("_parameters", {}):
            value = nn.Parameter(value.detach())
        SETATTR(self, name, value)

    with replaced(nn.Module, "__setattr__", setattr_):
        yield


@attacks("plain-tensor-is-rejected-for-a-parameter")
def plain_tensor_raises_but_replaces() -> Iterator[None]:
    """The TypeError comes, but the Parameter has been replaced."""

    def setattr_(self: nn.Module, name: str, value: Any) -> None:
        try:
            SETATTR(self, name, value)
        except TypeError:
            self.register_parameter(name, nn.Parameter(value.detach()))
            raise

    with replaced(nn.Module, "__setattr__", setattr_):
        yield


@attacks("plain-tensor-is-rejected-for-a-parameter")
def only_tensors_without_gradient_are_rejected() -> Iterator[None]:
    """A plain tensor that requires gradients is accepted for a Parameter."""

    def setattr_(self: nn.Module, name: str, value: Any) -> None:
        if type(value) is Tensor and value.requires_grad and name in self._parameters:
            self._parameters[name] = value
        else:
            SETATTR(self, name, value)

    with replaced(nn.Module, "__setattr__", setattr_):
        yield


@attacks("optimizer-keeps-the-old-parameter")
def assignment_writes_into_the_old_parameter() -> Iterator[None]:
    """Assigning a new Parameter copies its values into the old one, which stays."""

    def setattr_(self: nn.Module, name: str, value: Any) -> None:
        old = self.__dict__.get("_parameters", {}).get(name)
        if isinstance(value, nn.Parameter) and old is not None:
            old.data.copy_(value.data)
        else:
            SETATTR(self, name, value)

    with replaced(nn.Module, "__setattr__", setattr_):
        yield


@attacks("optimizer-keeps-the-old-parameter", "new-layers-need-add-param-group")
def new_groups_stand_still() -> Iterator[None]:
    """A group added later has a learning rate of its own, 0."""
    add = torch.optim.Optimizer.add_param_group

    def still(self: torch.optim.Optimizer, group: dict[str, Any]) -> None:
        add(self, {"lr": 0.0, **group} if self.param_groups else group)

    with replaced(torch.optim.Optimizer, "add_param_group", still):
        yield


@attacks("buffer-moves-but-does-not-train", "frozen-parameter-is-not-a-buffer")
def parameters_list_buffers() -> Iterator[None]:
    """named_parameters() lists buffers too."""
    named = nn.Module.named_parameters

    def named_parameters(self: nn.Module, *args: Any, **options: Any) -> Iterator[Any]:
        yield from named(self, *args, **options)
        yield from self.named_buffers()

    with replaced(nn.Module, "named_parameters", named_parameters):
        yield


@attacks("buffer-moves-but-does-not-train", "only-registered-attributes-are-seen")
def buffers_stay_behind() -> Iterator[None]:
    """.to() and .double() leave buffers where they are."""
    apply = nn.Module._apply

    def apply_(self: nn.Module, fn: Any, recurse: bool = True) -> nn.Module:
        buffers = dict(self._buffers)
        apply(self, fn, recurse)
        self._buffers.update(buffers)
        return self

    with replaced(nn.Module, "_apply", apply_):
        yield


@attacks("buffer-moves-but-does-not-train")
def non_persistent_buffers_stay_behind() -> Iterator[None]:
    """.to() and .double() move only the buffers that are saved."""
    apply = nn.Module._apply

    def apply_(self: nn.Module, fn: Any, recurse: bool = True) -> nn.Module:
        buffers = {name: self._buffers[name] for name in self._non_persistent_buffers_set}
        apply(self, fn, recurse)
        self._buffers.update(buffers)
        return self

    with replaced(nn.Module, "_apply", apply_):
        yield


@attacks("buffer-moves-but-does-not-train")
def every_buffer_is_saved() -> Iterator[None]:
    """persistent=False is ignored."""
    register = nn.Module.register_buffer

    def register_buffer(self: nn.Module, name: str, tensor: Any, persistent: bool = True) -> None:
        register(self, name, tensor, True)

    with replaced(nn.Module, "register_buffer", register_buffer):
        yield


@attacks("buffer-moves-but-does-not-train", "frozen-parameter-is-not-a-buffer")
def no_buffer_is_saved() -> Iterator[None]:
    """Every buffer is registered as persistent=False."""
    register = nn.Module.register_buffer

    def register_buffer(self: nn.Module, name: str, tensor: Any, persistent: bool = True) -> None:
        register(self, name, tensor, False)

    with replaced(nn.Module, "register_buffer", register_buffer):
        yield


@attacks("frozen-parameter-is-not-a-buffer")
def thawing_reaches_buffers() -> Iterator[None]:
    """Module.requires_grad_ sets requires_grad of buffers too."""
    thaw = nn.Module.requires_grad_

    def requires_grad_(self: nn.Module, requires_grad: bool = True) -> nn.Module:
        for buffer in self.buffers():
            buffer.requires_grad_(requires_grad)
        return thaw(self, requires_grad)

    with replaced(nn.Module, "requires_grad_", requires_grad_):
        yield


@attacks("frozen-parameter-is-not-a-buffer")
def frozen_stays_frozen() -> Iterator[None]:
    """Module.requires_grad_(True) skips the Parameters that were frozen."""

    def requires_grad_(self: nn.Module, requires_grad: bool = True) -> nn.Module:
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad and parameter.requires_grad)
        return self

    with replaced(nn.Module, "requires_grad_", requires_grad_):
        yield


@attacks("tied-weights-are-one-parameter")
def first_name_wins() -> Iterator[None]:
    """load_state_dict fills a Parameter once, from the first of its names."""
    done: dict[int, Tensor] = {}

    def load(self: nn.Module, state_dict: Any, prefix: str, *rest: Any) -> None:
        kept = {name: p.detach().clone() for name, p in self._parameters.items() if id(p) in done}
        LOAD(self, state_dict, prefix, *rest)
        with torch.no_grad():
            for name, value in kept.items():
                self._parameters[name].copy_(value)
        done.update((id(p), p) for p in self._parameters.values() if p is not None)

    with replaced(nn.Module, "_load_from_state_dict", load):
        yield


@attacks("tied-weights-are-one-parameter")
def the_file_decides_the_order() -> Iterator[None]:
    """load_state_dict goes by the order of the loaded dict."""
    load = nn.Module.load_state_dict

    def load_state_dict(self: nn.Module, state_dict: Any, **options: Any) -> Any:
        result = load(self, state_dict, **options)
        if not options.get("assign"):
            for name, value in state_dict.items():
                with torch.no_grad():
                    self.get_parameter(name).copy_(value)
        return result

    with replaced(nn.Module, "load_state_dict", load_state_dict):
        yield


@attacks("tied-weights-are-one-parameter")
def tied_parameters_count_twice() -> Iterator[None]:
    """parameters() lists a Parameter once for each of its names."""
    named = nn.Module.named_parameters

    def named_parameters(self: nn.Module, *args: Any, **options: Any) -> Iterator[Any]:
        return named(self, *args, **(options | {"remove_duplicate": False}))

    with replaced(nn.Module, "named_parameters", named_parameters):
        yield


@attacks("tied-weights-are-one-parameter", "meta-load-needs-assign")
def assign_is_ignored() -> Iterator[None]:
    """load_state_dict ignores assign=True."""
    load = nn.Module.load_state_dict

    def load_state_dict(self: nn.Module, state_dict: Any, strict: bool = True, **_: Any) -> Any:
        return load(self, state_dict, strict=strict)

    with replaced(nn.Module, "load_state_dict", load_state_dict):
        yield


@attacks("tied-weights-are-one-parameter")
def assignment_copies_the_parameter() -> Iterator[None]:
    """Assigning a Parameter to a second attribute copies it."""

    def setattr_(self: nn.Module, name: str, value: Any) -> None:
        if isinstance(value, nn.Parameter) and name in self.__dict__.get("_parameters", {}):
            value = nn.Parameter(value.detach().clone())
        SETATTR(self, name, value)

    with replaced(nn.Module, "__setattr__", setattr_):
        yield


@attacks("tied-weights-are-one-parameter")
def state_dict_lists_tied_weights_once() -> Iterator[None]:
    """state_dict() leaves out the second name of a tensor."""
    state = nn.Module.state_dict

    def state_dict(self: nn.Module, *args: Any, **options: Any) -> Any:
        full = state(self, *args, **options)
        if args or options:  # a part of a larger one
            return full
        once = {tensor.data_ptr(): name for name, tensor in reversed(full.items())}
        return {name: full[name] for name in once.values()}

    with replaced(nn.Module, "state_dict", state_dict):
        yield


@attacks("assign-unties-its-own-checkpoint")
def assign_keeps_ties() -> Iterator[None]:
    """load_state_dict(assign=True) makes one Parameter of tensors that share memory."""
    load = nn.Module.load_state_dict

    def load_state_dict(self: nn.Module, state_dict: Any, **options: Any) -> Any:
        result = load(self, state_dict, **options)
        first: dict[int, nn.Parameter] = {}
        for module in self.modules():
            for name, parameter in module._parameters.items():
                if parameter is not None:
                    module._parameters[name] = first.setdefault(parameter.data_ptr(), parameter)
        return result

    with replaced(nn.Module, "load_state_dict", load_state_dict):
        yield


@attacks("assign-unties-its-own-checkpoint")
def state_dict_clones() -> Iterator[None]:
    """state_dict() holds copies, so that assign=True unties the memory too."""
    state = nn.Module.state_dict

    def state_dict(self: nn.Module, *args: Any, **options: Any) -> Any:
        full = state(self, *args, **options)
        return full if args or options else {name: t.clone() for name, t in full.items()}

    with replaced(nn.Module, "state_dict", state_dict):
        yield


@attacks("deepcopy-starts-equal")
def deepcopy_draws_again() -> Iterator[None]:
    """copy.deepcopy of a Parameter has new random values."""

    def deepcopy(self: nn.Parameter, memo: dict[int, Any]) -> nn.Parameter:
        return nn.Parameter(torch.rand_like(self), self.requires_grad)

    with replaced(nn.Parameter, "__deepcopy__", deepcopy):
        yield


@attacks("deepcopy-starts-equal")
def deepcopy_shares_memory() -> Iterator[None]:
    """copy.deepcopy of a Parameter is a new object on the same memory."""

    def deepcopy(self: nn.Parameter, memo: dict[int, Any]) -> nn.Parameter:
        return nn.Parameter(self.detach(), self.requires_grad)

    with replaced(nn.Parameter, "__deepcopy__", deepcopy):
        yield


@attacks("deepcopy-starts-equal")
def constructors_repeat_themselves() -> Iterator[None]:
    """nn.Linear draws the same values every time."""
    reset = nn.Linear.reset_parameters

    def reset_parameters(self: nn.Linear) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            reset(self)

    with replaced(nn.Linear, "reset_parameters", reset_parameters):
        yield


@attacks("deepcopy-starts-equal", "encoder-copies-need-reinitialize")
def encoder_layers_draw_their_own_values() -> Iterator[None]:
    """nn.TransformerEncoder draws new values for the matrices of its copies."""
    clones = nn.modules.transformer._get_clones

    def get_clones(module: nn.Module, number: int) -> nn.ModuleList:
        layers = clones(module, number)
        for parameter in layers.parameters():
            if parameter.dim() > 1:
                nn.init.xavier_uniform_(parameter)
        return layers

    with replaced(nn.modules.transformer, "_get_clones", get_clones):
        yield


@attacks("lazy-parameters-keep-their-identity")
def lazy_layers_replace_their_parameters() -> Iterator[None]:
    """nn.LazyLinear puts a new Parameter in place of the uninitialized one."""
    initialize = nn.LazyLinear.initialize_parameters

    def initialize_parameters(self: nn.LazyLinear, *inputs: Tensor) -> None:
        initialize(self, *inputs)
        self.weight = nn.Parameter(self.weight.detach().clone())

    with replaced(nn.LazyLinear, "initialize_parameters", initialize_parameters):
        yield


@attacks("lazy-parameters-keep-their-identity")
def lazy_parameters_come_out_frozen() -> Iterator[None]:
    """A materialized parameter does not require gradients."""
    mixin = nn.parameter.UninitializedTensorMixin
    fill = mixin.materialize

    def materialize(self: Any, *args: Any, **options: Any) -> None:
        fill(self, *args, **options)
        self.requires_grad_(False)

    with replaced(mixin, "materialize", materialize):
        yield


@attacks("meta-load-needs-assign")
def load_gives_meta_parameters_values() -> Iterator[None]:
    """load_state_dict without assign=True gives a meta Parameter memory and values."""

    def load(
        self: nn.Module, state_dict: Any, prefix: str, local_metadata: Any, *rest: Any
    ) -> None:
        if any(p is not None and p.is_meta for p in self._parameters.values()):
            local_metadata = local_metadata | {"assign_to_params_buffers": True}
        LOAD(self, state_dict, prefix, local_metadata, *rest)

    with replaced(nn.Module, "_load_from_state_dict", load):
        yield


@attacks("meta-load-needs-assign")
def load_into_meta_is_silent() -> Iterator[None]:
    """load_state_dict into a meta Parameter does not even warn."""

    def load(self: nn.Module, *args: Any) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            LOAD(self, *args)

    with replaced(nn.Module, "_load_from_state_dict", load):
        yield


def _fitted(module: nn.Module, state_dict: Any, fit: Any) -> dict[str, Tensor]:
    new = copy.copy(dict(state_dict))
    for name, parameter in module._parameters.items():
        if name in new and parameter is not None:
            new[name] = fit(new[name], parameter)
    return new


@attacks("size-mismatch-raises", "failed-load-is-partial")
def load_broadcasts() -> Iterator[None]:
    """load_state_dict broadcasts a tensor to the Parameter's shape, as 0.4 did."""

    def fit(new: Tensor, parameter: Tensor) -> Tensor:
        try:
            return new.broadcast_to(parameter.shape)
        except RuntimeError:
            return new

    def load(self: nn.Module, state_dict: Any, *rest: Any) -> None:
        LOAD(self, _fitted(self, state_dict, fit), *rest)

    with replaced(nn.Module, "_load_from_state_dict", load):
        yield


@attacks("size-mismatch-raises")
def load_refuses_one_number() -> Iterator[None]:
    """load_state_dict refuses (1,) for ()."""

    def fit(new: Tensor, parameter: Tensor) -> Tensor:
        return new.reshape(1, 1) if (new.shape, parameter.shape) == ((1,), ()) else new

    def load(self: nn.Module, state_dict: Any, *rest: Any) -> None:
        LOAD(self, _fitted(self, state_dict, fit), *rest)

    with replaced(nn.Module, "_load_from_state_dict", load):
        yield


@attacks("size-mismatch-raises")
def load_reshapes() -> Iterator[None]:
    """load_state_dict reshapes a tensor with the right number of elements."""

    def fit(new: Tensor, parameter: Tensor) -> Tensor:
        return new.reshape(parameter.shape) if new.numel() == parameter.numel() else new

    def load(self: nn.Module, state_dict: Any, *rest: Any) -> None:
        LOAD(self, _fitted(self, state_dict, fit), *rest)

    with replaced(nn.Module, "_load_from_state_dict", load):
        yield


@attacks("size-mismatch-raises")
def not_strict_forgives_shapes() -> Iterator[None]:
    """load_state_dict(strict=False) skips tensors of another shape."""
    load = nn.Module.load_state_dict

    def load_state_dict(
        self: nn.Module, state_dict: Any, strict: bool = True, **options: Any
    ) -> Any:
        if not strict:
            own = self.state_dict()
            state_dict = {k: v for k, v in state_dict.items() if v.shape == own[k].shape}
        return load(self, state_dict, strict=strict, **options)

    with replaced(nn.Module, "load_state_dict", load_state_dict):
        yield


@attacks("size-mismatch-raises")
def load_takes_the_dtype_of_the_file() -> Iterator[None]:
    """load_state_dict gives a floating-point Parameter the dtype of the loaded tensor."""

    def load(self: nn.Module, state_dict: Any, prefix: str, *rest: Any) -> None:
        for name, parameter in self._parameters.items():
            new = state_dict.get(prefix + name)
            if parameter is not None and new is not None and new.is_floating_point():
                parameter.data = parameter.data.to(new.dtype)
        LOAD(self, state_dict, prefix, *rest)

    with replaced(nn.Module, "_load_from_state_dict", load):
        yield


@attacks("size-mismatch-raises")
def load_makes_new_parameters() -> Iterator[None]:
    """load_state_dict puts new Parameters in place of the old ones."""

    def load(self: nn.Module, state_dict: Any, *rest: Any) -> None:
        for name, parameter in list(self._parameters.items()):
            if parameter is not None:
                self._parameters[name] = nn.Parameter(parameter.detach().clone())
        LOAD(self, state_dict, *rest)

    with replaced(nn.Module, "_load_from_state_dict", load):
        yield


@attacks("failed-load-is-partial")
def load_checks_before_it_copies() -> Iterator[None]:
    """load_state_dict puts everything back when it raises."""
    load = nn.Module.load_state_dict

    def load_state_dict(self: nn.Module, state_dict: Any, **options: Any) -> Any:
        before = {name: p.detach().clone() for name, p in self.named_parameters()}
        try:
            return load(self, state_dict, **options)
        except RuntimeError:
            with torch.no_grad():
                for name, parameter in self.named_parameters():
                    parameter.copy_(before[name])
            raise

    with replaced(nn.Module, "load_state_dict", load_state_dict):
        yield


@attacks("optimizer-state-goes-by-position")
def states_go_by_name() -> Iterator[None]:
    """An optimizer that knows names matches its state by them."""
    load = torch.optim.Optimizer.load_state_dict

    def load_state_dict(self: torch.optim.Optimizer, state: dict[str, Any]) -> None:
        own, saved = self.param_groups[0], state["param_groups"][0]
        if set(own.get("param_names", ())) == set(saved.get("param_names", ())) != set():
            places = [own["param_names"].index(name) for name in saved["param_names"]]
            state = state | {"state": {places[i]: s for i, s in state["state"].items()}}
        load(self, state)

    with replaced(torch.optim.Optimizer, "load_state_dict", load_state_dict):
        yield


@attacks("optimizer-state-goes-by-position")
def states_of_other_sizes_load() -> Iterator[None]:
    """An optimizer leaves as it is what does not fit."""
    load = torch.optim.Optimizer.load_state_dict

    def load_state_dict(self: torch.optim.Optimizer, state: dict[str, Any]) -> None:
        with contextlib.suppress(ValueError):
            load(self, state)

    with replaced(torch.optim.Optimizer, "load_state_dict", load_state_dict):
        yield


@attacks("optimizer-state-goes-by-position")
def the_new_lr_stays() -> Iterator[None]:
    """load_state_dict of an optimizer keeps the lr it was built with."""
    load = torch.optim.Optimizer.load_state_dict

    def load_state_dict(self: torch.optim.Optimizer, state: dict[str, Any]) -> None:
        rates = [group["lr"] for group in self.param_groups]
        load(self, state)
        for group, rate in zip(self.param_groups, rates, strict=True):
            group["lr"] = rate

    with replaced(torch.optim.Optimizer, "load_state_dict", load_state_dict):
        yield


@attacks("module-requires-grad-attribute-freezes-nothing")
def the_attribute_freezes() -> Iterator[None]:
    """Setting requires_grad on a Module sets it on its parameters."""

    def setattr_(self: nn.Module, name: str, value: Any) -> None:
        if name == "requires_grad":
            self.requires_grad_(value)
        SETATTR(self, name, value)

    with replaced(nn.Module, "__setattr__", setattr_):
        yield


@attacks("empty-parameter-list-raises")
def optimizers_accept_nothing() -> Iterator[None]:
    """An optimizer accepts an empty parameter list."""
    init = torch.optim.Optimizer.__init__

    def accept(self: Any, params: Any, defaults: Any) -> None:
        init(self, list(params) or [{"params": []}], defaults)

    with replaced(torch.optim.Optimizer, "__init__", accept):
        yield


@attacks("empty-parameter-list-raises")
def one_optimizer_accepts_nothing() -> Iterator[None]:
    """Of all optimizers, Adam accepts an empty parameter list."""
    init = torch.optim.Adam.__init__

    def accept(self: Any, params: Any, *args: Any, **options: Any) -> None:
        init(self, list(params) or [{"params": []}], *args, **options)

    with replaced(torch.optim.Adam, "__init__", accept):
        yield


@attacks("data-cuts-the-graph")
def data_is_the_tensor_itself() -> Iterator[None]:
    """.data of a Parameter stays in the graph."""
    original = Tensor.data

    def get(self: Tensor) -> Tensor:
        return self if self.requires_grad else original.__get__(self)

    with replaced(Tensor, "data", property(get, lambda self, new: original.__set__(self, new))):
        yield


@attacks("data-cuts-the-graph")
def data_of_the_bias_is_the_tensor_itself() -> Iterator[None]:
    """.data of a one-dimensional Parameter stays in the graph."""
    original = Tensor.data

    def get(self: Tensor) -> Tensor:
        return self if self.requires_grad and self.dim() == 1 else original.__get__(self)

    with replaced(Tensor, "data", property(get, lambda self, new: original.__set__(self, new))):
        yield
