"""Catch an error or a warning that a page provokes on purpose, and fail if it does not come."""

from __future__ import annotations

import warnings
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


class expect_warning:  # noqa: N801 - it reads like `expect_error`
    """Context manager: the block must warn of `kind`; `str()` of it is the last such warning.

    Raises `AssertionError` when no warning of that kind comes. What else is warned of is not shown;
    an error passes through unchanged.
    """

    def __init__(self, kind: type[Warning]) -> None:
        self.kind = kind
        self.message = ""
        self._catcher = warnings.catch_warnings(record=True, action="always")

    def __enter__(self) -> Self:
        self._log = self._catcher.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._catcher.__exit__()
        if error is not None:
            return
        found = [warning for warning in self._log or [] if issubclass(warning.category, self.kind)]
        if not found:
            raise AssertionError(f"expected {self.kind.__name__}, but nothing warned of it")
        self.message = f"{found[-1].category.__name__}: {found[-1].message}"

    def __str__(self) -> str:
        return self.message
