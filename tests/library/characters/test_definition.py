"""Characters from cards."""

import json
from typing import Any

import pytest

from bot.errors import InvalidOption
from bot.library.cards.card_reader import read_card
from bot.library.characters.definition import Character, DepthNote, read_character, shown_name
from tests.library.cards.card_builder import V2_DATA, V3_DATA, v2, v3

NOTE = {"prompt": "x", "depth": "2", "role": "User"}


def character(**change: Any) -> Character:
    return read_character(read_card(json.dumps(v3(V3_DATA | change)).encode(), "mira-file"), "mira-file")


def test_every_field_has_its_place() -> None:
    found = character()
    assert (found.id, found.name, found.char) == ("mira-file", "Mira", "Mimi")
    assert found.greetings == ("Hello, {{user}}.", "Good evening.", "You again?")
    assert found.group_greetings == ("Hello, everyone.",)
    assert found.after_history == "Be brief."
    assert found.talkativeness == 0.5
    assert found.book is not None
    assert [entry.name for entry in found.book.entries] == ["lamp"]
    assert (found.creator_notes, found.tags) == ("For tests.", ("sea",))


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"name": "Ann || Bob"}, {"name": "Ann"}),
        ({"name": "||secret||"}, {"name": "secret"}),
        ({"name": "User: hi\n\nAssistant"}, {"name": "User hi Assistant"}),
        ({"name": "\u202eevil：x"}, {"name": "evilx"}),
        ({"name": "x" * 200}, {"name": "x" * 32}),
        ({"name": ":"}, {"name": "mira-file"}),
        ({"nickname": ""}, {"char": "Mira"}),
        ({"first_mes": " "}, {"greetings": ("Good evening.", "You again?")}),
        ({"first_mes": "", "alternate_greetings": []}, {"greetings": ()}),
        ({"character_book": None}, {"book": None}),
        ({"extensions": {"talkativeness": ""}}, {"talkativeness": 0.5}),
        ({"extensions": {"talkativeness": 7}}, {"talkativeness": 1.0}),
        ({"extensions": {"talkativeness": "nan"}}, {"talkativeness": 0.5}),
        ({"extensions": {"depth_prompt": {"prompt": "x", "depth": "", "role": None}}}, {"note": DepthNote("x")}),
        (
            {"extensions": {"depth_prompt": {"prompt": "x", "depth": "2", "role": "User"}}},
            {"note": DepthNote("x", 2, "user")},
        ),
        ({"extensions": {"depth_prompt": {"prompt": " ", "depth": 1}}}, {"note": None}),
        ({"extensions": {"depth_prompt": "x"}}, {"note": None}),
        ({"extensions": {"roost": "x"}}, {"user": ""}),
    ],
)
def test_odd_values(change: dict[str, Any], wanted: dict[str, Any]) -> None:
    found = character(**change)
    assert {key: getattr(found, key) for key in wanted} == wanted


def test_a_role_playing_card() -> None:
    root = {"user": "旅人", "bot": "灯台守-海", "greeting": "やあ", "bot_persona": "静か", "use_qa": True}
    found = read_character(read_card(json.dumps(root).encode()), "x")
    assert (found.name, found.char, found.user) == ("灯台守-海", "灯台守", "旅人")
    assert found.fixed_labels
    assert found.dialogue_greeting


def test_silly_taverns_talkativeness_beside_data() -> None:
    card = read_card(json.dumps(v2(V2_DATA | {"extensions": {}}, talkativeness="0.8")).encode())
    assert read_character(card, "x").talkativeness == 0.8


def test_a_shown_name_is_never_a_turn() -> None:
    assert shown_name("a\nb: c") == "a b c"
    assert shown_name("") == ""


@pytest.mark.parametrize(
    "change",
    [{"description": "x" * 500_001}, {"mes_example": "x" * 400_000, "first_mes": "x" * 100_001},
     {"post_history_instructions": "x" * 50_001}, {"extensions": {"depth_prompt": {"prompt": "x" * 50_001}}}],
)  # fmt: skip
def test_texts_that_no_model_can_read_are_refused(change: dict[str, str]) -> None:
    with pytest.raises(InvalidOption, match="characters"):
        character(**change)


def test_long_texts_are_taken() -> None:
    assert len(character(description="x" * 400_000, post_history_instructions="y" * 50_000).description) == 400_000
