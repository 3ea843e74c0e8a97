"""Attacks on docs/articles.md: floats whose bits are read, written or printed wrongly."""

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from tests.sabotage.registry import attacks, replaced

EVERY = (
    "articles-smallest-number-is-one",
    "articles-sizes-are-integers",
    "articles-tiny-numbers-are-address-halves",
    "articles-text-as-utf16",
)
VIEW = Tensor.view


def _reinterprets(arguments: tuple[Any, ...]) -> bool:
    return len(arguments) == 1 and isinstance(arguments[0], torch.dtype)


@attacks(*EVERY)
def view_reads_one_bit_pattern_too_high() -> Iterator[None]:
    """view(torch.int32) of a float is one more than its bits."""

    def view(self: Tensor, *arguments: Any) -> Tensor:
        new = VIEW(self, *arguments)
        return new + 1 if arguments == (torch.int32,) and self.is_floating_point() else new

    with replaced(Tensor, "view", view):
        yield


@attacks(*EVERY)
def view_makes_floats_one_ulp_too_large() -> Iterator[None]:
    """view(torch.float32) of an integer gives the next float."""

    def view(self: Tensor, *arguments: Any) -> Tensor:
        if arguments == (torch.float32,) and self.dtype == torch.int32:
            self = self + 1
        elif arguments == (torch.float32,) and self.dtype == torch.int64:
            self = self + 1 + (1 << 32)
        return VIEW(self, *arguments)

    with replaced(Tensor, "view", view):
        yield


@attacks(*EVERY)
def view_converts_values() -> Iterator[None]:
    """view(dtype) converts values instead of reading bits anew."""

    def view(self: Tensor, *arguments: Any) -> Tensor:
        if _reinterprets(arguments) and self.element_size() == arguments[0].itemsize:
            return self.to(arguments[0])
        return VIEW(self, *arguments)

    with replaced(Tensor, "view", view):
        yield


@attacks(*EVERY)
def view_swaps_halves() -> Iterator[None]:
    """view(dtype) exchanges the two halves of every number, as another byte order would."""

    def view(self: Tensor, *arguments: Any) -> Tensor:
        if not _reinterprets(arguments):
            return VIEW(self, *arguments)
        half = {4: torch.int16, 8: torch.int32}[self.element_size()]
        parts = VIEW(VIEW(self.reshape(-1, 1), half).flip(-1).contiguous(), arguments[0])
        return parts.reshape(()) if self.dim() == 0 else parts.flatten()

    with replaced(Tensor, "view", view):
        yield


@attacks("articles-smallest-number-is-one")
def floats_are_parsed_one_ulp_too_large() -> Iterator[None]:
    """torch.tensor of a positive Python float gives the next float32."""
    tensor = torch.tensor

    def parse(data: Any, **options: Any) -> Tensor:
        new = tensor(data, **options)
        return new + 2.0**-149 if isinstance(data, float) and data > 0 else new

    with replaced(torch, "tensor", parse):
        yield


@attacks(*EVERY)
def subnormals_are_flushed_to_zero() -> Iterator[None]:
    """float32 has no subnormal numbers: they read as zero."""
    tolist, item = Tensor.tolist, Tensor.item

    def flush(value: Any) -> Any:
        if isinstance(value, list):
            return [flush(part) for part in value]
        return 0.0 if isinstance(value, float) and abs(value) < 1.1754e-38 else value

    with (
        replaced(Tensor, "tolist", lambda self: flush(tolist(self))),
        replaced(Tensor, "item", lambda self: flush(item(self))),
    ):
        yield


@attacks("articles-smallest-number-is-one", "articles-sizes-are-integers")
def numbers_print_one_digit_less() -> Iterator[None]:
    """A float prints with four digits instead of five."""
    to_text = Tensor.__repr__

    def less(self: Tensor, **options: Any) -> str:
        return f"tensor({self.item():.3e})" if self.dim() == 0 else to_text(self, **options)

    with replaced(Tensor, "__repr__", less), replaced(Tensor, "__str__", less):
        yield
