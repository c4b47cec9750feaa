"""The texts of the stage."""

from bot.platforms.web.stage_texts import STAGE_TEXTS
from tests.platforms.web.test_page import words_of_view


def test_none_is_missing_and_none_is_left_over() -> None:
    assert words_of_view("stage") == set(STAGE_TEXTS)
