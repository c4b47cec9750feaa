"""The turns of an API chat with a character."""

from dataclasses import replace

from bot.chat.character_composer import CharacterComposer, PlaySettings
from bot.chat.chat_turns import ForkedTurns, ReadTurn, forked_turns, turn_of
from bot.chat.composer import Line
from bot.chat.play import Play
from bot.library.characters.definition import Character, DepthNote

ROOT = ReadTurn(replace(turn_of(0, "", "", ""), kind="root"), "An owl.")


def owl(**more: object) -> CharacterComposer:
    character = replace(Character(id="owl", name="Owl", char="Owl"), **more)  # type: ignore[arg-type]
    return CharacterComposer(character, PlaySettings(play=Play(character="owl", user="", seed="s")))


def turns(count: int) -> list[ReadTurn]:
    return [ROOT, *(ReadTurn(turn_of(n, f"said {n}", "Hoo.", "User"), (n, n)) for n in range(1, count + 1))]


def test_without_lore_and_notes_there_is_nothing_but_the_chat() -> None:
    assert forked_turns(owl(), turns(2), Line(text="hello")) is None


def test_the_last_instructions_stand_before_the_cue() -> None:
    found = forked_turns(owl(after_history="Be brief."), turns(2), Line(text="hello"))
    assert found == ForkedTurns(3, ("\n\nUser: hello", "\n\nBe brief.\n\nOwl:"))


def test_turns_below_a_deep_note_are_read_again_as_they_were() -> None:
    found = forked_turns(owl(note=DepthNote("Night.", 4)), turns(5), Line(text="hello"))
    assert found is not None
    assert found.above == 4
    assert [piece for piece in found.pieces if not isinstance(piece, str)] == [(4, 4), (5, 5)]


def test_no_note_is_above_the_first_turn() -> None:
    found = forked_turns(owl(note=DepthNote("Night.", 1000)), turns(2), Line(text="hello"))
    assert found is not None
    assert found.above == 1
