"""Attacks on docs/errata.md: a torch whose texts, or whose behavior, are as the texts say."""

import functools
from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import Tensor, nn

from tests.sabotage.registry import after_reset, attacks, replaced


@attacks("errata-modules-note-init")
def apply_writes_by_itself() -> Iterator[None]:
    """apply() draws every parameter before it calls the function."""
    apply = nn.Module.apply

    def draws(self: nn.Module, function: Callable[[nn.Module], None]) -> nn.Module:
        for parameter in self.parameters():
            nn.init.normal_(parameter)
        return apply(self, function)

    with replaced(nn.Module, "apply", draws):
        yield


@attacks("errata-modules-note-scale")
def randn_5_percent_wider() -> Iterator[None]:
    """torch.randn draws from a distribution 5 % wider."""
    randn = torch.randn
    with replaced(torch, "randn", lambda *size, **options: 1.05 * randn(*size, **options)):
        yield


@attacks("errata-empty-example")
def empty_is_documented_rightly() -> Iterator[None]:
    """The documentation of torch.empty shows integers."""
    empty = torch.empty

    def documented(*args: Any, **options: Any) -> Tensor:
        return empty(*args, **options)

    documented.__doc__ = (empty.__doc__ or "").replace("9.4064e+13", "94064000000000")
    with replaced(torch, "empty", documented):
        yield


@attacks("errata-no-docstring")
def float_tensor_is_documented() -> Iterator[None]:
    """torch.FloatTensor has a documentation string."""
    original = torch.FloatTensor

    def constructor(*args: Any) -> Tensor:
        """Integers are sizes, a list is data."""
        return original(*args)

    with replaced(torch, "FloatTensor", constructor):
        yield


@attacks("errata-syncbatchnorm-gamma")
def gamma_is_uniform() -> Iterator[None]:
    """SyncBatchNorm draws gamma from U(0, 1), as its documentation says."""
    with after_reset(nn.SyncBatchNorm, lambda self: nn.init.uniform_(self.weight)):
        yield


@attacks("errata-silent-defaults")
def transformer_states_its_default() -> Iterator[None]:
    """The documentation of nn.Transformer states a default."""
    text = f"{nn.Transformer.__doc__}\n    Matrices are initialized with xavier_uniform_."
    with replaced(nn.Transformer, "__doc__", text):
        yield


@attacks("errata-kaiming-wording")
def kaiming_reads_the_other_fan() -> Iterator[None]:
    """kaiming_normal_ takes fan_out for fan_in."""
    original = nn.init.kaiming_normal_

    @functools.wraps(original)
    def swapped(tensor: Tensor, nonlinearity: str = "leaky_relu") -> Tensor:
        return original(tensor, mode="fan_out", nonlinearity=nonlinearity)

    with replaced(nn.init, "kaiming_normal_", swapped):
        yield


@attacks("errata-gain-identity")
def identity_has_a_gain() -> Iterator[None]:
    """calculate_gain knows identity."""
    original = nn.init.calculate_gain

    @functools.wraps(original)
    def lenient(name: str, parameter: Any = None) -> float:
        return original("linear" if name.lower() == "identity" else name, parameter)

    with replaced(nn.init, "calculate_gain", lenient):
        yield


@attacks("errata-sparse-notation")
def sparse_takes_a_variance() -> Iterator[None]:
    """sparse_ draws with variance 0.01, as its documentation reads."""
    original = nn.init.sparse_

    @functools.wraps(original)
    def wide(tensor: Tensor, sparsity: float) -> Tensor:
        return original(tensor, sparsity, std=0.1)

    with replaced(nn.init, "sparse_", wide):
        yield


@attacks("errata-layer-on-data")
def data_keeps_the_history() -> Iterator[None]:
    """.data is the tensor itself."""
    data = Tensor.data
    with replaced(Tensor, "data", property(lambda self: self, data.__set__)):
        yield


@attacks("errata-table-of-defaults")
def linear_starts_normal() -> Iterator[None]:
    """Linear starts normal with zero bias, as the table says."""

    def normal(self: nn.Linear) -> None:
        nn.init.normal_(self.weight, std=self.in_features**-0.5)
        if self.bias is not None:
            nn.init.zeros_(self.bias)

    with replaced(nn.Linear, "reset_parameters", normal):
        yield


@attacks("errata-table-of-defaults")
def embedding_starts_uniform() -> Iterator[None]:
    """Embedding starts uniform within 1/√num_embeddings, as the table says."""

    def uniform(self: nn.Embedding) -> None:
        nn.init.uniform_(self.weight, -(self.num_embeddings**-0.5), self.num_embeddings**-0.5)

    with replaced(nn.Embedding, "reset_parameters", uniform):
        yield


@attacks("errata-negative-seed")
def generators_do_as_documented() -> Iterator[None]:
    """A generator remaps a negative seed by the documented formula."""
    original = torch.Generator

    class Documented(original):
        def manual_seed(self, seed: int) -> torch.Generator:
            return original.manual_seed(self, seed + 2**64 - 1 if seed < 0 else seed)

    Documented.manual_seed.__doc__ = original.manual_seed.__doc__
    with replaced(torch, "Generator", Documented):
        yield


@attacks("errata-negative-seed")
def manual_seed_does_as_documented() -> Iterator[None]:
    """torch.manual_seed remaps a negative seed by the documented formula."""
    original = torch.random.manual_seed

    @functools.wraps(original)
    def documented(seed: int) -> torch.Generator:
        return original(seed + 2**64 - 1 if seed < 0 else seed)

    with replaced(torch.random, "manual_seed", documented):
        yield


@attacks("errata-negative-seed")
def manual_seed_is_documented_rightly() -> Iterator[None]:
    """The documentation of torch.manual_seed gives the formula that is used."""
    original = torch.random.manual_seed

    def documented(seed: int) -> torch.Generator:
        return original(seed)

    formula = "0xffff_ffff_ffff_ffff + seed"
    documented.__doc__ = (original.__doc__ or "").replace(formula, "0x1_0000_0000_0000_0000 + seed")
    with replaced(torch.random, "manual_seed", documented):
        yield


@attacks("errata-full-is-dropped")
def empty_is_written() -> Iterator[None]:
    """torch.empty writes zeros."""
    zeros = torch.zeros
    with replaced(torch, "empty", lambda *size, **options: zeros(*size, **options)):
        yield


@attacks("errata-full-is-dropped")
def constant_writes_nothing() -> Iterator[None]:
    """nn.init.constant_ writes nothing."""
    with replaced(nn.init, "constant_", lambda tensor, value: tensor):
        yield


@attacks("errata-complex-bias")
def parameters_are_written() -> Iterator[None]:
    """nn.Parameter writes zeros into the tensor that it is given."""
    build = nn.Parameter.__new__

    def zeroed(cls: Any, data: Tensor, requires_grad: bool = True) -> Any:
        return build(cls, data.detach().zero_(), requires_grad)

    with replaced(nn.Parameter, "__new__", zeroed):
        yield
