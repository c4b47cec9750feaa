"""Errors with user-visible texts."""

import pytest

from bot import errors
from bot.errors import Busy, UserError
from bot.i18n import translate_error


def test_the_text_is_a_template_and_its_values() -> None:
    error = Busy("The queue is full: {count} are waiting.", count=7)
    assert str(error) == "The queue is full: 7 are waiting."
    assert (error.message, error.values) == ("The queue is full: {count} are waiting.", {"count": 7})


def test_without_values_braces_are_text() -> None:
    assert str(UserError("Write {name} in the prompt.")) == "Write {name} in the prompt."


@pytest.mark.parametrize("value", ["{0}", "{name}", "{", "%s"])
def test_a_value_is_never_a_template(value: str) -> None:
    error = UserError("There is no prompt {name}.", name=value)
    assert str(error) == f"There is no prompt {value}."
    assert value in translate_error(error, "ja")


def test_all_of_them_reach_the_user() -> None:
    kinds = [each for each in vars(errors).values() if isinstance(each, type)]
    assert all(issubclass(kind, UserError) for kind in kinds)
