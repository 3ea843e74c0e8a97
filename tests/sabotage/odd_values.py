"""Attacks on docs/odd-values.md: a NaN that a layer passes over."""

from collections.abc import Iterator

from torch import Tensor, nn

from tests.sabotage.registry import attacks, replaced


@attacks("nan-in-the-input-reaches-the-weight-gradient")
def linear_cleans_its_input() -> Iterator[None]:
    """nn.Linear replaces NaN in its input by zeros."""
    forward = nn.Linear.forward

    def clean(self: nn.Linear, x: Tensor) -> Tensor:
        return forward(self, x.nan_to_num())

    with replaced(nn.Linear, "forward", clean):
        yield
