"""The bundled characters and scenes, as documents."""

import random

from bot.library.characters.character_folder import CharacterFolder
from training.grammar import bundled, phrases


def test_every_bundled_character_is_known_with_its_own_name_and_description() -> None:
    folder = CharacterFolder([bundled.PROMPTS / "characters"])
    described = {heading for heading in phrases.read("cards/bundled") if heading not in ("", "scenes")}
    assert described == set(folder.names())
    for name in described:
        _, shown, role, _ = phrases.read("cards/bundled")[name].marked(";")[0].split("|")
        card = folder.load(name)
        assert card.char == shown
        assert role in card.description


def test_a_facts_answers_say_what_the_lore_says() -> None:
    folder = CharacterFolder([bundled.PROMPTS / "characters"])
    for name, section in phrases.read("cards/bundled").items():
        if name in ("", "scenes"):
            continue
        book = folder.load(name).book
        assert book is not None
        lore = book.entries[0].content
        for answer in section.marked("!")[0].strip("[]").split("|"):
            longest = max(answer.strip("。.！!").replace("です", "").split(), key=len)
            assert any(longest[i : i + 2] in lore for i in range(len(longest) - 1)), (name, answer)


def test_scenes_and_characters_are_played() -> None:
    for seed in range(20):
        for writer in (bundled.character, bundled.scene):
            assert "{" not in writer(random.Random(seed)).text


def test_the_fact_stands_in_the_card_or_before_the_question() -> None:
    folder = CharacterFolder([bundled.PROMPTS / "characters"])
    cards = [folder.load(name) for name in folder.names()]
    lore = {card.char: card.book.entries[0].content for card in cards if card.book}
    in_card = before = 0
    for seed in range(60):
        text = bundled.character(random.Random(seed)).text
        fact = next(fact for name, fact in lore.items() if name in text.partition("\n")[0])
        in_card += fact in text.partition("\n")[0]
        before += f"\n\n{fact}\n\nUser:" in text
    assert in_card
    assert before
