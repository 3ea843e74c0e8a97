"""Attacks on docs/moving.md: objects, ties and memory that last where torch drops them, or do not."""

import copy
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map_only

from tests.sabotage.registry import attacks, replaced

APPLY = nn.Module._apply


@attacks(
    "dtype-conversion-keeps-parameters",
    "converted-buffers-are-new-tensors",
    "optimizer-survives-to-not-to-empty",
)
def conversion_makes_new_parameters() -> Iterator[None]:
    """A conversion puts new Parameters in place of the old ones."""
    torch.__future__.set_overwrite_module_params_on_conversion(True)
    yield
    torch.__future__.set_overwrite_module_params_on_conversion(False)


@attacks("dtype-conversion-keeps-parameters")
def a_move_to_meta_keeps_the_objects() -> Iterator[None]:
    """A move to meta and back keeps the Parameters and swaps what is in them."""
    torch.__future__.set_swap_module_params_on_conversion(True)
    yield
    torch.__future__.set_swap_module_params_on_conversion(False)


@attacks("dtype-conversion-keeps-parameters")
def half_precision_makes_new_parameters() -> Iterator[None]:
    """A conversion to bfloat16 puts new Parameters in place of the old ones; one to float64 does not."""

    def apply(self: nn.Module, fn: Any, recurse: bool = True) -> nn.Module:
        APPLY(self, fn, recurse)
        for name, parameter in self._parameters.items():
            if parameter is not None and parameter.dtype == torch.bfloat16:
                self._parameters[name] = nn.Parameter(parameter.detach())
        return self

    with replaced(nn.Module, "_apply", apply):
        yield


@attacks("converted-buffers-are-new-tensors")
def buffers_keep_their_objects() -> Iterator[None]:
    """A conversion swaps the data inside a buffer, as it does in a Parameter."""

    def apply(self: nn.Module, fn: Any, recurse: bool = True) -> nn.Module:
        buffers = dict(self._buffers)
        APPLY(self, fn, recurse)
        for name, old in buffers.items():
            if old is not None and not old.is_meta:
                old.data = self._buffers[name].data
                self._buffers[name] = old
        return self

    with replaced(nn.Module, "_apply", apply):
        yield


@attacks("converted-buffers-are-new-tensors")
def every_buffer_is_copied() -> Iterator[None]:
    """A conversion copies also the buffers that it does not change."""

    def apply(self: nn.Module, fn: Any, recurse: bool = True) -> nn.Module:
        APPLY(self, fn, recurse)
        for name, buffer in self._buffers.items():
            self._buffers[name] = buffer.clone()
        return self

    with replaced(nn.Module, "_apply", apply):
        yield


def _same_memory(first: Tensor, second: Tensor) -> bool:
    return first is not second and not first.is_meta and first.data_ptr() == second.data_ptr()


def _joined(pair: Any) -> None:
    """The second Parameter lies in the memory of the first, transposed."""
    first, second = pair.parameters()
    second.data = first.data.T


@attacks("shared-memory-ends-at-conversion")
def conversions_keep_shared_memory() -> Iterator[None]:
    """A change of dtype lets two Parameters share their new memory, if they shared the old."""

    def apply(self: nn.Module, fn: Any, recurse: bool = True) -> nn.Module:
        parameters = list(self.parameters())
        joined = len(parameters) == 2 and _same_memory(*parameters)
        APPLY(self, fn, recurse)
        if joined and not parameters[0].is_meta:
            _joined(self)
        return self

    with replaced(nn.Module, "_apply", apply):
        yield


@attacks("shared-memory-ends-at-conversion")
def deepcopy_keeps_shared_memory() -> Iterator[None]:
    """copy.deepcopy lets two Parameters share their new memory, if they shared the old."""
    deepcopy = copy.deepcopy

    def keeping(thing: Any, memo: Any = None) -> Any:
        made = deepcopy(thing, memo)
        if isinstance(thing, nn.Sequential) and _same_memory(*thing.parameters()):
            _joined(made)
        return made

    with replaced(copy, "deepcopy", keeping):
        yield


def _loaded_apart() -> Any:
    load = torch.load

    def apart(*args: Any, **options: Any) -> Any:
        loaded = load(*args, **options)
        if isinstance(loaded, nn.Module):
            for parameter in loaded.parameters():
                parameter.data = parameter.data.clone()
            return loaded
        return tree_map_only(Tensor, torch.clone, loaded)

    return replaced(torch, "load", apart)


@attacks("shared-memory-ends-at-conversion", "tied-weights-are-saved-once")
def loaded_tensors_have_memory_of_their_own() -> Iterator[None]:
    """torch.load gives each tensor memory of its own."""
    with _loaded_apart():
        yield


@attacks("shared-memory-ends-at-conversion")
def loading_gives_new_memory() -> Iterator[None]:
    """load_state_dict gives each Parameter memory of its own, and copies into that."""
    load = nn.Module.load_state_dict

    def load_state_dict(self: nn.Module, state_dict: Any, **options: Any) -> Any:
        for parameter in self.parameters():
            parameter.data = parameter.data.clone()
        return load(self, state_dict, **options)

    with replaced(nn.Module, "load_state_dict", load_state_dict):
        yield


@attacks("save-writes-the-whole-memory", "tied-weights-are-saved-once")
def save_writes_each_tensor_alone() -> Iterator[None]:
    """torch.save writes each tensor's own numbers, as if it were a clone."""
    save = torch.save

    def compact(thing: Any, file: Any) -> None:
        save(tree_map_only(Tensor, torch.clone, thing), file)

    with replaced(torch, "save", compact):
        yield


@attacks("save-writes-the-whole-memory")
def state_dicts_are_written_compactly() -> Iterator[None]:
    """torch.save writes a state_dict's own numbers alone, and of a bare tensor the whole memory."""
    save = torch.save

    def compact(thing: Any, file: Any) -> None:
        save(tree_map_only(Tensor, torch.clone, thing) if isinstance(thing, dict) else thing, file)

    with replaced(torch, "save", compact):
        yield


@attacks("save-writes-the-whole-memory")
def clones_keep_the_whole_memory() -> Iterator[None]:
    """clone() copies all the memory that a slice is cut from."""

    def whole(self: Tensor) -> Tensor:
        large = torch.empty(self.untyped_storage().nbytes() // 4)
        return large.as_strided(self.shape, self.stride()).copy_(self)

    with replaced(Tensor, "clone", whole):
        yield


@attacks("tied-weights-are-saved-once", "tied-weights-are-one-parameter")
def state_dict_lists_tied_weights_once() -> Iterator[None]:
    """state_dict() leaves out the second name of a tensor."""
    state = nn.Module.state_dict

    def once(self: nn.Module, *args: Any, **options: Any) -> Any:
        full = state(self, *args, **options)
        names = {tensor.data_ptr(): name for name, tensor in reversed(full.items())}
        return full if args or options else {name: full[name] for name in names.values()}

    with replaced(nn.Module, "state_dict", once):
        yield


def _data(assign: Any) -> Any:
    own = Tensor.data

    def set_data(self: Tensor, value: Tensor) -> None:
        own.__set__(self, assign(self, value))  # type: ignore[attr-defined]

    return replaced(Tensor, "data", property(lambda self: self.detach(), set_data))


@attacks("data-assignment-shares-and-checks-nothing")
def data_is_copied() -> Iterator[None]:
    """Assigning .data copies the tensor."""
    with _data(lambda self, value: value.clone()):
        yield


@attacks("data-assignment-shares-and-checks-nothing")
def data_keeps_the_shape() -> Iterator[None]:
    """Assigning .data leaves a Parameter alone that has another shape."""
    with _data(lambda self, value: value if value.shape == self.shape else self.detach()):
        yield


@attacks("data-assignment-shares-and-checks-nothing")
def data_keeps_the_dtype() -> Iterator[None]:
    """Assigning .data converts to the Parameter's dtype."""
    with _data(lambda self, value: value.to(self.dtype)):
        yield


@attacks("data-assignment-shares-and-checks-nothing")
def data_makes_a_new_parameter() -> Iterator[None]:
    """A Parameter read from a module after its .data was assigned is a new one."""
    get = nn.Module.__getattr__

    def fresh(self: nn.Module, name: str) -> Any:
        found = get(self, name)
        renewed = isinstance(found, nn.Parameter) and (found == 1).all()
        return nn.Parameter(found.detach()) if renewed else found

    with replaced(nn.Module, "__getattr__", fresh):
        yield
