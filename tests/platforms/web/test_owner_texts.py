"""The texts of the owner's view."""

from bot.platforms.web.owner_texts import OWNER_TEXTS
from tests.platforms.web.test_page import words_of_view


def test_none_is_missing_and_none_is_left_over() -> None:
    assert words_of_view("owner") == set(OWNER_TEXTS)
