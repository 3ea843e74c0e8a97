"""What the tests need to know of some tensors, read without copying them. Needs torch alone."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

LIMIT = 10_000
"""Most values that the comparison of distribution functions takes of one sample, evenly spaced."""
CHUNK = 1 << 18
"""Most values that are converted to float64 at once."""


@dataclass(frozen=True)
class Sample:
    """Values of some tensors: count, extremes, sum, sum of squares, and up to `LIMIT` values in order.

    `eps` is the relative rounding error of the first one's dtype; NaN and infinities are counted as `bad` and
    enter nothing else.
    """

    n: int
    bad: int
    low: float
    high: float
    total: float
    squares: float
    eps: float
    drawn: Tensor

    @classmethod
    def of(cls, tensors: Iterable[Tensor]) -> Sample:
        """Read the tensors piece by piece, in float64: the memory needed does not grow with them."""
        flat = [_flat(tensor.detach()) for tensor in tensors]
        size, eps = sum(tensor.numel() for tensor in flat), 0.0
        if flat and flat[0].is_floating_point():
            # at least float32's: values may have been converted
            eps = max(torch.finfo(flat[0].dtype).eps, torch.finfo(torch.float32).eps)
        if 0 < size <= CHUNK:
            flat = [torch.cat(flat)]  # faster, and no larger than a piece of a large tensor
        step = -(-size // LIMIT) or 1
        n, low, high, total, squares, drawn = 0, math.inf, -math.inf, 0.0, 0.0, []
        for tensor in flat:
            drawn.append(tensor[::step].cpu().double())
            for piece in tensor.split(CHUNK):
                values = piece.cpu().double()  # on the CPU: not every device has float64
                if not values.isfinite().all():
                    values = values[values.isfinite()]
                if values.numel():
                    n += values.numel()
                    ends = values.aminmax()
                    low, high = min(low, ends.min.item()), max(high, ends.max.item())
                    total += values.sum().item()
                    squares += values.dot(values).item()
        every = torch.cat(drawn) if drawn else torch.empty(0, dtype=torch.float64)
        return cls(
            n, size - n, low, high, total, squares, eps, every[every.isfinite()].sort().values
        )

    @property
    def mean(self) -> float:
        """Mean; NaN without values."""
        return self.total / self.n if self.n else math.nan

    @property
    def std(self) -> float:
        """Standard deviation (of the values themselves, divided by n); NaN without values."""
        return math.sqrt(max(self.squares / self.n - self.mean**2, 0.0)) if self.n else math.nan


def _flat(tensor: Tensor) -> Tensor:
    """The values in the order of memory: a view wherever the tensor has no gaps and no overlaps."""
    order = sorted(range(tensor.dim()), key=lambda axis: -tensor.stride(axis))
    return tensor.permute(order).reshape(-1)
