"""Attacks on the claims of docs/init-functions.md."""

from __future__ import annotations

import contextlib
import math
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from tests.sabotage.registry import attacks, replaced

init = nn.init


def _then(name: str, change: Callable[[Tensor], object]) -> contextlib.AbstractContextManager[None]:
    """nn.init's function of that name does what it did, and then `change`s the tensor."""
    original = getattr(init, name)

    def changed(tensor: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        original(tensor, *args, **kwargs)
        with torch.no_grad():
            change(tensor)
        return tensor

    return replaced(init, name, changed)


def _wider(name: str) -> contextlib.AbstractContextManager[None]:
    return _then(name, lambda tensor: tensor.mul_(1.05))


def _with_first_entry(name: str, value: float) -> contextlib.AbstractContextManager[None]:
    return _then(name, lambda tensor: tensor.view(-1)[:1].fill_(value))


@attacks("every-init-function-is-listed")
def one_function_more() -> Iterator[None]:
    """nn.init has a function lecun_normal_."""
    init.lecun_normal_ = _wider
    try:
        yield
    finally:
        del init.lecun_normal_


@attacks("every-init-function-is-listed")
def one_function_less() -> Iterator[None]:
    """nn.init has no function sparse_."""
    original = init.sparse_
    del init.sparse_
    try:
        yield
    finally:
        init.sparse_ = original


@attacks("init-functions-write-in-place")
def normal_returns_a_copy() -> Iterator[None]:
    """normal_ fills a new tensor and returns that."""
    original = init.normal_

    def copied(tensor: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return original(tensor.detach().clone(), *args, **kwargs)

    with replaced(init, "normal_", copied):
        yield


@attacks("init-functions-write-in-place")
def kaiming_is_recorded_for_autograd() -> Iterator[None]:
    """kaiming_normal_ writes without switching autograd off."""

    def recorded(tensor: Tensor, **_: Any) -> Tensor:
        return tensor.normal_(0, (2 / tensor.size(1)) ** 0.5)

    with replaced(init, "kaiming_normal_", recorded):
        yield


@attacks("init-functions-write-in-place")
def ones_moves_the_tensor() -> Iterator[None]:
    """ones_ gives the tensor new memory."""

    def moved(tensor: Tensor) -> Tensor:
        tensor.data = torch.ones(tensor.shape)
        return tensor

    with replaced(init, "ones_", moved):
        yield


@attacks("init-functions-write-in-place")
def eye_leaves_the_rest_alone() -> Iterator[None]:
    """eye_ writes the diagonal only."""

    def diagonal(tensor: Tensor) -> Tensor:
        with torch.no_grad():
            tensor.fill_diagonal_(1)
        return tensor

    with replaced(init, "eye_", diagonal):
        yield


@attacks("init-functions-write-in-place")
def xavier_freezes_the_parameter() -> Iterator[None]:
    """xavier_normal_ switches requires_grad off."""
    with _then("xavier_normal_", lambda tensor: tensor.requires_grad_(False)):
        yield


@attacks("uniform-starts-at-zero")
def uniform_is_symmetric() -> Iterator[None]:
    """uniform_ draws from U(-1, 1) by default."""
    original = init.uniform_
    with replaced(init, "uniform_", lambda tensor, a=-1.0, b=1.0: original(tensor, a, b)):
        yield


@attacks("uniform-starts-at-zero")
def uniform_ignores_its_upper_end() -> Iterator[None]:
    """uniform_ draws from a range one wide, whatever b."""
    original = init.uniform_
    with replaced(init, "uniform_", lambda tensor, a=0.0, b=1.0: original(tensor, a, a + 1)):
        yield


@attacks("uniform-starts-at-zero")
def normal_takes_a_variance() -> Iterator[None]:
    """normal_ takes its second argument for the variance."""
    original = init.normal_

    def variance(tensor: Tensor, mean: float = 0.0, std: float = 1.0) -> Tensor:
        return original(tensor, mean, std**0.5)

    with replaced(init, "normal_", variance):
        yield


@attacks("xavier-uniform-bound")
def xavier_uniform_5_percent_wider() -> Iterator[None]:
    """xavier_uniform_ draws from a range 5 % wider."""
    with _wider("xavier_uniform_"):
        yield


@attacks("xavier-uniform-bound")
def xavier_uniform_has_one_outlier() -> Iterator[None]:
    """xavier_uniform_ lets one value out of its range."""
    with _with_first_entry("xavier_uniform_", 0.3):
        yield


@attacks("xavier-uniform-bound", "xavier-normal-std")
def xavier_ignores_fan_out() -> Iterator[None]:
    """The Xavier functions count the inputs twice."""
    fans = init._calculate_fan_in_and_fan_out

    def twice(tensor: Tensor) -> tuple[int, int]:
        return fans(tensor)[0], fans(tensor)[0]

    with replaced(init, "_calculate_fan_in_and_fan_out", twice):
        yield


@attacks("xavier-normal-std")
def xavier_normal_5_percent_wider() -> Iterator[None]:
    """xavier_normal_ draws with a standard deviation 5 % larger."""
    with _wider("xavier_normal_"):
        yield


@attacks("xavier-normal-std")
def xavier_normal_is_uniform() -> Iterator[None]:
    """xavier_normal_ draws from a uniform distribution of the same variance."""
    with replaced(init, "xavier_normal_", init.xavier_uniform_):
        yield


@attacks("kaiming-uniform-bound")
def kaiming_uniform_5_percent_wider() -> Iterator[None]:
    """kaiming_uniform_ draws from a range 5 % wider."""
    with _wider("kaiming_uniform_"):
        yield


@attacks("kaiming-uniform-bound", "kaiming-normal-std")
def kaiming_default_is_linear() -> Iterator[None]:
    """The gain of leaky_relu is 1 at slope 0."""
    gain = init.calculate_gain

    def unit(nonlinearity: str, param: float | None = None) -> float:
        return 1.0 if nonlinearity == "leaky_relu" and param == 0 else gain(nonlinearity, param)

    with replaced(init, "calculate_gain", unit):
        yield


@attacks("kaiming-uniform-bound", "kaiming-normal-std")
def kaiming_ignores_the_mode() -> Iterator[None]:
    """The Kaiming functions use fan_in whatever the mode."""
    fans = init._calculate_fan_in_and_fan_out
    with replaced(init, "_calculate_correct_fan", lambda tensor, mode: fans(tensor)[0]):
        yield


@attacks("kaiming-normal-std")
def kaiming_normal_5_percent_wider() -> Iterator[None]:
    """kaiming_normal_ draws with a standard deviation 5 % larger."""
    with _wider("kaiming_normal_"):
        yield


def _gain(name: str, value: float) -> contextlib.AbstractContextManager[None]:
    """`calculate_gain` says `value` for this nonlinearity."""
    gain = init.calculate_gain

    def changed(nonlinearity: str, param: float | None = None) -> float:
        return value if nonlinearity == name else gain(nonlinearity, param)

    return replaced(init, "calculate_gain", changed)


@attacks("gain-table")
def gelu_has_a_gain() -> Iterator[None]:
    """calculate_gain knows gelu."""
    with _gain("gelu", 1.53):
        yield


@attacks("gain-table")
def hardswish_has_a_gain() -> Iterator[None]:
    """calculate_gain knows hardswish."""
    with _gain("hardswish", 1.0):
        yield


@attacks("gain-table")
def tanh_has_gain_one() -> Iterator[None]:
    """The gain of tanh is 1."""
    with _gain("tanh", 1.0):
        yield


@attacks("gain-table", "gain-is-one-over-root-mean-square")
def gain_counts_the_slope_once() -> Iterator[None]:
    """The gain of leaky_relu is √(2/(1 + slope))."""
    gain = init.calculate_gain

    def once(nonlinearity: str, param: float | None = None) -> float:
        slope = 0.01 if param is None else param
        return math.sqrt(2 / (1 + slope)) if nonlinearity == "leaky_relu" else gain(nonlinearity)

    with replaced(init, "calculate_gain", once):
        yield


@attacks("gain-is-one-over-root-mean-square")
def relu_has_gain_two() -> Iterator[None]:
    """The gain of relu is 2."""
    with _gain("relu", 2.0):
        yield


@attacks("gain-table", "gain-is-one-over-root-mean-square")
def selu_has_gain_one() -> Iterator[None]:
    """The gain of selu is 1, as self-normalizing networks need it."""
    with _gain("selu", 1.0):
        yield


@attacks("orthogonal-rows-are-orthonormal")
def orthogonal_only_normalizes() -> Iterator[None]:
    """orthogonal_ draws rows of length 1 that are not orthogonal."""

    def unit_rows(tensor: Tensor, gain: float = 1, **_: Any) -> Tensor:
        with torch.no_grad():
            rows = nn.functional.normalize(torch.randn(tensor.shape).flatten(1), dim=1)
            return tensor.copy_(gain * rows.view(tensor.shape))

    with replaced(init, "orthogonal_", unit_rows):
        yield


@attacks("orthogonal-rows-are-orthonormal")
def orthogonal_squares_the_gain() -> Iterator[None]:
    """orthogonal_ applies the gain twice."""
    original = init.orthogonal_
    with replaced(init, "orthogonal_", lambda tensor, gain=1: original(tensor, gain**2)):
        yield


@attacks("orthogonal-ignores-the-old-values")
def orthogonal_starts_from_the_old_values() -> Iterator[None]:
    """orthogonal_ orthogonalizes what the tensor held, with a little noise."""

    def old(tensor: Tensor, gain: float = 1, **_: Any) -> Tensor:
        with torch.no_grad():
            q, _r = torch.linalg.qr((tensor + 0.1 * torch.randn(tensor.shape)).T)
            return tensor.copy_(gain * q.T)

    with replaced(init, "orthogonal_", old):
        yield


@attacks("orthogonal-ignores-the-old-values")
def orthogonal_ignores_the_seed() -> Iterator[None]:
    """orthogonal_ draws from a generator that torch.manual_seed does not reach."""
    original, generator = init.orthogonal_, torch.Generator()
    with replaced(
        init, "orthogonal_", lambda tensor, gain=1: original(tensor, gain, generator=generator)
    ):
        yield


@attacks("sparse-zeroes-a-fraction-of-each-column")
def sparse_zeroes_rows() -> Iterator[None]:
    """sparse_ counts its zeros by row."""
    original = init.sparse_

    def by_row(tensor: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        original(tensor.T, *args, **kwargs)
        return tensor

    with replaced(init, "sparse_", by_row):
        yield


@attacks("sparse-zeroes-a-fraction-of-each-column")
def sparse_rounds_down() -> Iterator[None]:
    """sparse_ rounds the number of zeros down."""
    original = init.sparse_

    def floor(tensor: Tensor, sparsity: float, **kwargs: Any) -> Tensor:
        return original(tensor, int(sparsity * len(tensor)) / len(tensor), **kwargs)

    with replaced(init, "sparse_", floor):
        yield


@attacks("sparse-zeroes-a-fraction-of-each-column")
def sparse_5_percent_wider() -> Iterator[None]:
    """sparse_ draws with a standard deviation 5 % larger."""
    with _wider("sparse_"):
        yield


@attacks("sparse-zeroes-a-fraction-of-each-column")
def sparse_zeroes_whole_rows() -> Iterator[None]:
    """sparse_ zeroes the same rows in every column."""

    def rows(tensor: Tensor, sparsity: float, std: float = 0.01, **_: Any) -> Tensor:
        with torch.no_grad():
            tensor.normal_(0, std)
            tensor[torch.randperm(len(tensor))[: math.ceil(sparsity * len(tensor))]] = 0
        return tensor

    with replaced(init, "sparse_", rows):
        yield


@attacks("sparse-zeros-ignore-the-generator")
def sparse_uses_the_generator_for_both() -> Iterator[None]:
    """sparse_ draws the places of its zeros from the generator passed."""
    original, permuted = init.sparse_, torch.randperm

    def both(tensor: Tensor, *args: Any, generator: Any = None, **kwargs: Any) -> Tensor:
        with replaced(torch, "randperm", lambda count: permuted(count, generator=generator)):
            return original(tensor, *args, generator=generator, **kwargs)

    with replaced(init, "sparse_", both):
        yield


@attacks("sparse-zeros-ignore-the-generator")
def sparse_never_uses_the_generator() -> Iterator[None]:
    """sparse_ draws its values from the global generator too."""
    original = init.sparse_

    def never(tensor: Tensor, *args: Any, generator: Any = None, **kwargs: Any) -> Tensor:
        return original(tensor, *args, **kwargs)

    with replaced(init, "sparse_", never):
        yield


@attacks("dirac-keeps-the-input")
def dirac_is_off_center() -> Iterator[None]:
    """dirac_ puts its ones at the first place of each kernel."""

    def roll(tensor: Tensor) -> None:
        tensor.copy_(tensor.roll(-1, dims=-1))

    with _then("dirac_", roll):
        yield


@attacks("dirac-keeps-the-input")
def dirac_ignores_groups() -> Iterator[None]:
    """dirac_ treats a grouped convolution as one group."""
    original = init.dirac_
    with replaced(init, "dirac_", lambda tensor, groups=1: original(tensor)):
        yield


@attacks("eye-and-constants-are-exact")
def eye_keeps_columns_only() -> Iterator[None]:
    """eye_ leaves the last row of a tall matrix and the last column of a wide one different."""
    with _then("eye_", lambda tensor: tensor[-1, -1:].fill_(1)):
        yield


@attacks("eye-and-constants-are-exact")
def constant_is_rounded() -> Iterator[None]:
    """constant_ rounds its value to two bytes."""
    with _then("constant_", lambda tensor: tensor.copy_(tensor.half())):
        yield


@attacks("eye-and-constants-are-exact")
def ones_are_almost_one() -> Iterator[None]:
    """ones_ writes one entry that is not quite 1."""
    with _with_first_entry("ones_", 0.99):
        yield


@attacks("trunc-normal-cuts-at-absolute-values")
def trunc_normal_counts_in_std() -> Iterator[None]:
    """trunc_normal_ takes a and b for multiples of std."""
    original = init.trunc_normal_

    def multiples(
        tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0
    ) -> Tensor:
        return original(tensor, mean, std, mean + a * std, mean + b * std)

    with replaced(init, "trunc_normal_", multiples):
        yield


@attacks("trunc-normal-cuts-at-absolute-values")
def trunc_normal_counts_from_the_mean() -> Iterator[None]:
    """trunc_normal_ takes a and b for distances from the mean."""
    original = init.trunc_normal_

    def from_mean(
        tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0
    ) -> Tensor:
        return original(tensor, mean, std, mean + a, mean + b)

    with replaced(init, "trunc_normal_", from_mean):
        yield


@attacks("trunc-normal-cuts-at-absolute-values")
def trunc_normal_has_the_old_fault() -> Iterator[None]:
    """trunc_normal_ returns one value of 2.0, as with the old inverse error function."""
    with _with_first_entry("trunc_normal_", 2.0):
        yield


@attacks("trunc-normal-cuts-at-absolute-values")
def trunc_normal_has_the_old_fault_in_half_precision() -> Iterator[None]:
    """trunc_normal_ returns one value of 2.0 in bfloat16."""

    def fault(tensor: Tensor) -> None:
        if tensor.dtype is torch.bfloat16:
            tensor.view(-1)[:1].fill_(2.0)

    with _then("trunc_normal_", fault):
        yield


@attacks("trunc-normal-cuts-at-absolute-values")
def trunc_normal_clamps() -> Iterator[None]:
    """trunc_normal_ clamps to a and b instead of drawing again."""

    def clamped(
        tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0
    ) -> Tensor:
        with torch.no_grad():
            return tensor.normal_(mean, std).clamp_(a, b)

    with replaced(init, "trunc_normal_", clamped):
        yield


@attacks("fan-needs-two-dimensions")
def a_vector_has_fans() -> Iterator[None]:
    """nn.init takes a vector for a matrix with one row."""
    fans = init._calculate_fan_in_and_fan_out

    def at_least_2d(tensor: Tensor) -> tuple[int, int]:
        return fans(torch.atleast_2d(tensor))

    with replaced(init, "_calculate_fan_in_and_fan_out", at_least_2d):
        yield


@attacks("zero-element-is-a-no-op")
def zero_elements_are_silent() -> Iterator[None]:
    """The Kaiming functions do not warn."""
    with replaced(warnings, "warn", lambda *_, **__: None):
        yield


@attacks("zero-element-is-a-no-op")
def zero_elements_advance_the_generator() -> Iterator[None]:
    """kaiming_uniform_ draws a number even if the tensor has no place for it."""
    with _then("kaiming_uniform_", lambda tensor: torch.rand(1)):
        yield


@attacks("orthogonal-refuses-half-precision")
def orthogonal_converts_by_itself() -> Iterator[None]:
    """orthogonal_ works in float32 and converts."""
    original = init.orthogonal_

    def converting(tensor: Tensor, gain: float = 1, **_: Any) -> Tensor:
        with torch.no_grad():
            return tensor.copy_(original(torch.empty(tensor.shape), gain))

    with replaced(init, "orthogonal_", converting):
        yield


@attacks("old-names-warn")
def old_names_are_silent() -> Iterator[None]:
    """The names without underscore do not warn."""
    with replaced(warnings, "warn", lambda *_, **__: None):
        yield


@attacks("old-names-warn")
def an_old_name_does_something_else() -> Iterator[None]:
    """normal without underscore warns and then draws from a uniform distribution."""

    def other(tensor: Tensor) -> Tensor:
        warnings.warn("old", FutureWarning, stacklevel=2)
        return tensor.uniform_()

    with replaced(init, "normal", other):
        yield


@attacks("old-names-warn")
def an_old_name_is_gone() -> Iterator[None]:
    """nn.init has no normal without underscore."""
    original = init.normal
    del init.normal
    try:
        yield
    finally:
        init.normal = original
