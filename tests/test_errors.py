"""Errors: one shape of message, and types that people can catch without knowing autonas."""

import numpy as np
import pytest

from autonas import errors


def test_message_names_what_was_expected_what_came_and_the_remedy():
    text = errors.message("time_limit", "positive", -5, "Use None for no limit")
    assert text == "time_limit must be positive. Received: -5. Use None for no limit."


def test_a_remedy_that_brings_its_full_stop_does_not_get_two():
    assert errors.message("x", "an array", None, "Pass one.").endswith("None. Pass one.")


def test_a_long_value_is_cut_to_one_short_line_that_keeps_both_ends():
    text = errors.message("x", "finite", np.arange(1000.0), "Remove them")
    shown = text.removeprefix("x must be finite. Received: ").removesuffix(". Remove them.")
    assert "\n" not in shown
    assert len(shown) <= 80
    assert shown.startswith("array([")
    assert shown.endswith("])")


@pytest.mark.parametrize(
    "kind", [errors.DataError, errors.SettingError, errors.ArchitectureError, errors.DirectoryError]
)
def test_wrong_input_is_a_value_error(kind):
    with pytest.raises(ValueError, match="why"):
        raise kind("why")
    assert issubclass(kind, errors.AutonasError)


@pytest.mark.parametrize("kind", [errors.SearchFailed, errors.ExportError])
def test_what_fails_while_running_is_a_runtime_error(kind):
    with pytest.raises(RuntimeError, match="why"):
        raise kind("why")
    assert issubclass(kind, errors.AutonasError)
