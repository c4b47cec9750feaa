"""The bundled characters and scenes as samples: everybody is asked, lore is read for one reply only."""

from collections.abc import Sequence
from typing import cast

from bot.chat.core import DRAWN
from bot.library.characters.character_folder import CharacterFolder
from training import played_samples
from training.generate import CUT, Writer


class Echo:
    """Keeps what it was asked and answers with a number."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def replies(self, prompts: Sequence[str], temperature: float = 0.0, top_p: float = 0.6) -> list[str]:
        self.asked += prompts
        return [f"Reply {len(self.asked)}.{CUT}" for _ in prompts]


def test_every_character_is_asked_in_its_language_and_greets_first() -> None:
    writer = Echo()
    played = played_samples.characters(cast("Writer", writer), turns=3)
    folder = CharacterFolder([played_samples.PROMPTS / "characters"])
    cards = [folder.load(name) for name in folder.names()]
    assert [name for name, _ in played] == [card.char for card in cards]
    for card, (_, text) in zip(cards, played, strict=True):
        assert card.greetings[0].replace("{{user}}", "User") in text
        assert text.count("\n\nUser: ") == 3
        assert text.count(f"\n\n{card.char}: Reply") == 3
        assert CUT not in text
        assert played_samples.LINES[card.language][2] in text


def test_characters_are_sampled_as_the_bot_plays_them() -> None:
    assert {"temperature": played_samples.TEMPERATURE, "top_p": played_samples.TOP_P} == DRAWN


def test_lore_is_read_for_the_line_that_names_its_key() -> None:
    card = CharacterFolder([played_samples.PROMPTS / "characters"]).load("grimm")
    assert card.book is not None
    assert played_samples._lore(card, "Is that a Parrot?") == f"{card.book.entries[0].content}\n\n"
    assert not played_samples._lore(card, "hello")


def test_each_member_of_a_scene_reads_only_its_own_description() -> None:
    writer = Echo()
    played = dict(played_samples.scenes(cast("Writer", writer), lines=2))
    text = played["harbour/storm-night"]
    assert "Mira: Reply" in text
    assert "Grimm: Reply" in text
    asked = [prompt for prompt in writer.asked if "lighthouse" in prompt]
    assert ["Mira is" in prompt for prompt in asked] == [True, False]
    assert ["Grimm is" in prompt for prompt in asked] == [False, True]
    assert asked[1].endswith("\n\nGrimm:")
