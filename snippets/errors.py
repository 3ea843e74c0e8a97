"""Catch an error that a page provokes on purpose, and fail if it does not come."""

from __future__ import annotations

from types import TracebackType
from typing import Self


class expect_error:  # noqa: N801 - it reads like `pytest.raises`
    """Context manager: the block must raise `kind`; `str()` of it is what Python would print.

    Raises `AssertionError` when the block raises nothing. An error of another kind passes through
    unchanged, so that a page never mistakes one failure for another.
    """

    def __init__(self, kind: type[Exception]) -> None:
        self.kind = kind
        self.message = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if error is None:
            raise AssertionError(f"expected {self.kind.__name__}, but nothing was raised")
        if not isinstance(error, self.kind):
            return False
        self.message = f"{type(error).__name__}: {error}"
        return True

    def __str__(self) -> str:
        return self.message
