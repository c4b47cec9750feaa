"""The turns of an API chat with a character."""

from dataclasses import replace
from typing import Any

import pytest

from bot.chat.character_composer import CharacterComposer, PlaySettings
from bot.chat.chat_turns import ForkedTurns, ReadTurn, forked_turns, turn_of
from bot.chat.composer import RECENT_TURNS, Line
from bot.chat.play import Play
from bot.library.characters.definition import Character, DepthNote
from bot.library.lore.lore_entry import Lorebook, LoreEntry
from bot.library.lore.lore_scan import ScanResult, scan

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


def test_a_deep_note_in_a_long_chat_is_above_the_last_turns() -> None:
    found = forked_turns(owl(note=DepthNote("Night.", 1000)), turns(3 * RECENT_TURNS), Line(text="hello"))
    assert found is not None
    assert found.above == 2 * RECENT_TURNS + 2
    read_again = [piece for piece in found.pieces if not isinstance(piece, str)]
    assert read_again == [(n, n) for n in range(found.above, 3 * RECENT_TURNS + 1)]


def test_the_work_for_sticky_entries_does_not_grow_with_the_chat(monkeypatch: pytest.MonkeyPatch) -> None:
    scans = 0

    def counted(*args: Any) -> ScanResult:
        nonlocal scans
        scans += 1
        return scan(*args)

    monkeypatch.setattr("bot.chat.insertions.scan", counted)
    book = Lorebook(entries=(LoreEntry(id="fox", keys=("said 2999",), content="A fox.", sticky=9),))
    found = forked_turns(owl(book=book), turns(3000), Line(text="hello"))
    assert found is not None
    assert found.above >= 3000
    assert any("A fox." in piece for piece in found.pieces if isinstance(piece, str))
    assert 1 < scans <= RECENT_TURNS + 1
