"""expect_error: the error comes, does not come, or is another."""

from __future__ import annotations

import pytest

from snippets.errors import expect_error


def test_the_expected_error_is_kept_as_python_would_print_it() -> None:
    with expect_error(ValueError) as error:
        int("x")
    assert str(error) == "ValueError: invalid literal for int() with base 10: 'x'"


def test_a_block_that_raises_nothing_fails() -> None:
    message = "expected ValueError, but nothing was raised"
    with pytest.raises(AssertionError, match=message), expect_error(ValueError):
        pass


def test_an_error_of_another_kind_passes_through() -> None:
    with pytest.raises(KeyError), expect_error(ValueError):
        {}["x"]


def test_nothing_is_said_before_the_error_comes() -> None:
    with expect_error(ValueError) as error:
        assert str(error) == ""
        raise ValueError
    assert str(error) == "ValueError: "
