"""The library provides what the page needs."""

from bot.chat.character_library import CharacterListing
from bot.platforms.web.character_lists import ListedCharacter


def test_what_the_library_lists_can_be_shown() -> None:
    listed: ListedCharacter = CharacterListing("tock", "Tock", imported=True, version="1.2")
    assert (listed.id, listed.name, listed.imported, listed.shared) == ("tock", "Tock", True, False)
    assert (listed.version, list(listed.tags), listed.problem) == ("1.2", [], "")
