"""Attacks on docs/registration.md: Modules that see more, or less, than Modules see."""

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


@attacks("deepcopy-starts-equal", "lazy-copies-draw-their-own")
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


@attacks("lazy-copies-draw-their-own")
def lazy_layers_draw_from_a_seed_of_their_own() -> Iterator[None]:
    """nn.Linear and nn.Conv1d draw the same values every time."""
    linear, convolution = nn.Linear.reset_parameters, nn.modules.conv._ConvNd.reset_parameters

    def seeded(reset: Any) -> Any:
        def reset_parameters(self: Any) -> None:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(0)
                reset(self)

        return reset_parameters

    with (
        replaced(nn.Linear, "reset_parameters", seeded(linear)),
        replaced(nn.modules.conv._ConvNd, "reset_parameters", seeded(convolution)),
    ):
        yield
