"""Attacks on docs/recipes.md: a torch that does not keep what the recipes rely on."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn

from tests.sabotage.registry import attacks, replaced

F = nn.functional
SETATTR = nn.Module.__setattr__


@attacks("recipe-custom-layer")
def zeros_writes_nothing() -> Iterator[None]:
    """nn.init.zeros_ writes nothing."""
    with replaced(nn.init, "zeros_", lambda tensor: tensor):
        yield


@attacks("recipe-reinitialize")
def attention_resets_to_seven() -> Iterator[None]:
    """MultiheadAttention's reset fills its packed weight with a constant."""

    def sevens(self: nn.MultiheadAttention) -> None:
        for parameter in self.parameters(recurse=False):
            nn.init.constant_(parameter, 7.0)

    with replaced(nn.MultiheadAttention, "_reset_parameters", sevens):
        yield


@attacks("recipe-load-embedding")
def from_pretrained_never_freezes() -> Iterator[None]:
    """from_pretrained leaves the table trainable."""
    original = nn.Embedding.from_pretrained

    def thawed(vectors: Tensor, freeze: bool = True, padding_idx: int | None = None) -> Any:
        return original(vectors, freeze=False, padding_idx=padding_idx)

    with replaced(nn.Embedding, "from_pretrained", thawed):
        yield


@attacks("recipe-tie", "recipe-grow", "recipe-build-on-meta")
def assignment_copies() -> Iterator[None]:
    """A Parameter assigned over another is copied."""

    def setattr_(self: nn.Module, name: str, value: Any) -> None:
        if isinstance(value, nn.Parameter) and self._parameters.get(name) is not None:
            value = nn.Parameter(value.detach().clone())
        SETATTR(self, name, value)

    with replaced(nn.Module, "__setattr__", setattr_):
        yield


@attacks("recipe-grow")
def every_parameter_wants_a_gradient() -> Iterator[None]:
    """nn.Parameter ignores requires_grad=False."""
    build = nn.Parameter.__new__
    with replaced(nn.Parameter, "__new__", lambda cls, data, requires_grad=True: build(cls, data)):
        yield


@attacks("recipe-convert")
def linear_forgets_its_bias() -> Iterator[None]:
    """Linear adds no bias."""
    with replaced(nn.Linear, "forward", lambda self, x: F.linear(x, self.weight)):
        yield


@attacks("recipe-initialize-in-float32")
def copy_truncates() -> Iterator[None]:
    """copy_ into half precision rounds toward zero by one place more."""
    copy = Tensor.copy_

    def lossy(self: Tensor, source: Tensor) -> Tensor:
        half = self.dtype in (torch.float16, torch.bfloat16)
        return copy(self, source * (1 - torch.finfo(self.dtype).eps) if half else source)

    with replaced(Tensor, "copy_", lossy):
        yield


@attacks("recipe-all-received-gradients")
def linear_computes_on_data() -> Iterator[None]:
    """Linear's weight and bias get no gradient."""

    def cut(self: nn.Linear, x: Tensor) -> Tensor:
        return F.linear(x, self.weight.detach().requires_grad_(), self.bias.detach())

    with replaced(nn.Linear, "forward", cut):
        yield


@attacks("recipe-he-init")
def kaiming_counts_all_channels() -> Iterator[None]:
    """nn.init.kaiming_normal_ takes fan_in from dimension 0."""

    def swapped(tensor: Tensor, nonlinearity: str = "relu") -> Tensor:
        return nn.init.normal_(tensor, 0, (2 / (tensor.shape[0] * tensor[0, 0].numel())) ** 0.5)

    with replaced(nn.init, "kaiming_normal_", swapped):
        yield


@attacks("recipe-he-init")
def apply_reaches_no_child() -> Iterator[None]:
    """Module.apply calls the function on the module itself only."""

    def shallow(self: nn.Module, function: Any) -> nn.Module:
        function(self)
        return self

    with replaced(nn.Module, "apply", shallow):
        yield


@attacks("recipe-init-transformer")
def attention_names_its_output_otherwise() -> Iterator[None]:
    """named_modules calls the matrix that ends the attention `out`."""
    original = nn.Module.named_modules

    def renamed(self: nn.Module, *args: Any, **options: Any) -> Iterator[tuple[str, nn.Module]]:
        for name, module in original(self, *args, **options):
            yield name.replace("out_proj", "out"), module

    with replaced(nn.Module, "named_modules", renamed):
        yield


@attacks("recipe-init-transformer")
def a_view_of_a_row_is_a_copy() -> Iterator[None]:
    """nn.init.zeros_ writes whole tensors only."""
    original = nn.init.zeros_

    def whole(tensor: Tensor) -> Tensor:
        return original(tensor) if tensor._base is None else tensor

    with replaced(nn.init, "zeros_", whole):
        yield


@attacks("recipe-build-on-meta")
def meta_keeps_what_a_constructor_writes() -> Iterator[None]:
    """A layer's own reset after to_empty writes as the constructor did: std 0.02."""

    def small(self: nn.Embedding) -> None:
        nn.init.normal_(self.weight, std=0.02)

    with replaced(nn.Embedding, "reset_parameters", small):
        yield


@attacks("recipe-constrain")
def softplus_is_shifted() -> Iterator[None]:
    """softplus is 0.001 smaller than log(1 + e^x)."""
    original = F.softplus
    with replaced(F, "softplus", lambda x: original(x) - 1e-3):
        yield


@attacks("recipe-constrain")
def a_parametrization_is_not_differentiated() -> Iterator[None]:
    """A parametrized weight is computed without a graph to the free Parameter."""
    forward = nn.utils.parametrize.ParametrizationList.forward

    def cut(self: Any) -> Tensor:
        return forward(self).detach()

    with replaced(nn.utils.parametrize.ParametrizationList, "forward", cut):
        yield


@attacks("recipe-constrain")
def where_leaks_what_it_hides() -> Iterator[None]:
    """torch.where lets a thousandth of the other choice through."""

    def leaking(mask: Tensor, a: Tensor, b: float) -> Tensor:
        return a * mask + a * ~mask * 1e-3

    with replaced(torch, "where", leaking):
        yield
