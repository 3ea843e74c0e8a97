"""expect_error, expect_warning: what is expected comes, does not come, or is another."""

from __future__ import annotations

import warnings

import pytest

from snippets.errors import expect_error, expect_warning


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


def test_the_last_warning_of_the_kind_is_kept() -> None:
    with expect_warning(UserWarning) as warning:
        assert str(warning) == ""
        for text in ("one", "two", "two"):
            warnings.warn(text, UserWarning, stacklevel=1)
        warnings.warn("three", FutureWarning, stacklevel=1)
    assert str(warning) == "UserWarning: two"


def test_a_warning_is_caught_each_time() -> None:
    for _ in range(2):
        with expect_warning(UserWarning):
            warnings.warn("again", UserWarning, stacklevel=1)


def test_a_block_that_warns_of_nothing_or_of_another_kind_fails() -> None:
    message = "expected UserWarning, but nothing warned of it"
    with pytest.raises(AssertionError, match=message), expect_warning(UserWarning):
        pass
    with pytest.raises(AssertionError, match=message), expect_warning(UserWarning):
        warnings.warn("other", FutureWarning, stacklevel=1)


def test_an_error_passes_through_and_warnings_are_shown_again_after_it() -> None:
    before = warnings.filters[:], warnings.showwarning
    with pytest.raises(KeyError), expect_warning(UserWarning):
        {}["x"]
    assert (warnings.filters[:], warnings.showwarning) == before
