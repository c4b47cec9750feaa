"""Cards as documents: the opening is the bot's own, with lore before a line and a note after it."""

import random

import pytest

from training.grammar import cards, scenes_chinese, scenes_english, scenes_japanese
from training.grammar.scenes import Member
from training.grammar.scenes_english import ENGLISH
from training.grammar.talk import ASIDE, REPLY


def play() -> cards.Play:
    member = Member("Grimm", "pirate", "grumpy", player=False)
    return cards.Play(random.Random(1), ENGLISH, "cards/english", member, "User", actions=False)


def test_lore_stands_before_the_line_and_a_note_behind_it() -> None:
    written = play()
    written.exchange("Where is it?", "In the hold.", lore="It is in the hold.", note="Grimm is sad.")
    assert written.document.text == (
        "It is in the hold.\n\nUser: Where is it?\n\nGrimm is sad.\n\nGrimm: In the hold.\n\n"
    )
    assert (" In the hold.", REPLY) in written.document.pieces
    assert all(weight == ASIDE for text, weight in written.document.pieces if "sad" in text or "Where" in text)


@pytest.mark.parametrize("language", [scenes_english, scenes_chinese, scenes_japanese])
def test_every_card_can_be_played(language: object) -> None:
    for seed in range(25):
        text = language.played(random.Random(seed)).text  # type: ignore[attr-defined]
        assert "{" not in text
        assert "[" not in text.replace("[", "", 1)
        assert "\n\n\n" not in text
        assert text.endswith("\n\n")
