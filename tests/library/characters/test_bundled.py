"""The bundled characters: complete, small, and with pictures drawn by our own script."""

from pathlib import Path
from random import Random

import pytest
from PIL import Image, ImageChops

from bot.library.cards.card_reader import read_book, read_card
from bot.library.cards.card_writer import write_card
from bot.library.cards.repairs import Repairs
from bot.library.characters.character_folder import CharacterFolder
from bot.library.characters.opening import OpeningOptions, make_opening
from bot.library.lore.lore_reader import read_lorebook
from bot.paths import data_file
from tools.portraits import PORTRAITS, draw

FOLDER = data_file("prompts/characters")
NAMES = sorted(path.stem for path in FOLDER.glob("*.toml"))


def test_four_of_each_language() -> None:
    characters = [CharacterFolder([FOLDER]).load(name) for name in NAMES]
    languages = [character.language for character in characters]
    assert {language: languages.count(language) for language in languages} == {"en": 4, "zh_CN": 4, "ja": 4}


@pytest.mark.parametrize("name", NAMES)
def test_it_is_whole_and_small(name: str) -> None:
    folder = CharacterFolder([FOLDER])
    card, character = folder.card(name), folder.load(name)
    assert (card.repairs, card.form) == ((), "Roost")
    assert len(character.greetings) >= 2
    opening = make_opening(character, OpeningOptions(), Random(0))
    assert character.name in opening.text
    assert len(opening.text) < 400, "the demo model's memory is short"
    assert "{{" not in opening.text
    again = read_card(write_card(card, "png"))
    assert again.data["description"] == card.data["description"]


@pytest.mark.parametrize("name", NAMES)
def test_its_picture_is_the_drawn_one(name: str) -> None:
    with Image.open(Path(FOLDER) / f"{name}.png") as image:
        difference = ImageChops.difference(image.convert("RGB"), draw(name))
    farthest = max(channel[1] for channel in difference.getextrema() if isinstance(channel, tuple))
    assert farthest <= 2, "python -m tools.portraits"


def test_every_portrait_has_its_character() -> None:
    assert sorted(PORTRAITS) == NAMES


def test_the_bundled_lorebook_is_whole() -> None:
    for path in data_file("prompts/lore").iterdir():
        repairs = Repairs()
        book = read_lorebook(read_book(path.read_bytes(), repairs))
        assert book.entries
        assert repairs.lines == ()
