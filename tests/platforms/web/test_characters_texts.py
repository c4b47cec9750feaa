"""The texts of the characters view."""

from bot.platforms.web.characters_texts import CHARACTERS_TEXTS
from tests.platforms.web.test_page import words_of_view


def test_its_words_are_those_that_it_says() -> None:
    assert set(CHARACTERS_TEXTS) == words_of_view("characters")
