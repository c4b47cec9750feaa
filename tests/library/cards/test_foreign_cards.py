"""Characters from other programs: RWKV_Role_Playing's four eras, Pygmalion, Agnai, text-generation-webui."""

import json
from typing import Any

import pytest

from bot.library.cards.card_reader import read_card

NOW = {"user": "旅人", "bot": "灯台守-海", "greeting": "「{{user}}」が来た。", "bot_persona": "静かな人。",
       "example_message": "{{user}}: やあ\n\n{{char}}: こんにちは。", "use_qa": True}  # fmt: skip
OLDER = {
    "user": "Ann",
    "bot": "Mira",
    "greeting": "<user>, hello.",
    "bot_persona": "<bot> is calm.",
    "example_message": "",
}
AUGUST = OLDER | {"action_start": "（", "action_end": "）", "use_qa": False}
APRIL = {"user": "Ann", "bot": "Mira", "greeting": "\u3000Hello. ", "bot_persona": "Calm.",
         "scenario": "At sea.", "example_dialogue": "{{user}}：Hi\n\n{{bot}}：Hello."}  # fmt: skip


def read(value: object, name: str = "file") -> Any:
    return read_card(json.dumps(value, ensure_ascii=False).encode(), name)


@pytest.mark.parametrize("root", [NOW, OLDER, AUGUST, APRIL])
def test_all_four_eras_of_role_playing(root: dict[str, Any]) -> None:
    card = read(root)
    assert (card.form, card.name, card.repairs) == ("RWKV_Role_Playing", root["bot"], ())
    assert card.data["extensions"]["rwkv_role_playing"] == root, "kept whole"
    assert card.data["extensions"]["roost"]["user"] == root["user"]
    assert card.data["description"] == root["bot_persona"].strip()
    assert card.data["first_mes"] == root["greeting"].strip(" \u3000")


def test_what_an_era_means() -> None:
    now, april = read(NOW).data, read(APRIL).data
    assert now["nickname"] == "灯台守", "{{char}} is the name up to its first hyphen"
    assert now["extensions"]["roost"]["labels"] == "User"
    assert april["mes_example"] == "{{user}}:Hi\n\n{{char}}:Hello."
    assert april["scenario"] == "At sea."
    assert read({"user": "Ann", "bot": "", "greeting": "x"}, "Mira").name == "Mira", "the file's name"


@pytest.mark.parametrize(
    ("root", "form", "expected"),
    [
        (
            {"char_name": "Mira", "char_persona": "calm", "char_greeting": "Hi", "example_dialogue": "You: x",
             "world_scenario": "sea"},
            "Pygmalion",
            {"name": "Mira", "description": "calm", "first_mes": "Hi", "mes_example": "You: x", "scenario": "sea"},
        ),
        (
            {"kind": "character", "name": "Mira", "persona": {"kind": "text", "attributes": {"text": ["calm"]}},
             "greeting": "Hi", "scenario": "sea", "sampleChat": "x", "alternateGreetings": ["Yo"], "culture": "en-us"},
            "Agnai",
            {"name": "Mira", "description": "calm", "first_mes": "Hi", "alternate_greetings": ["Yo"]},
        ),
        (
            {"kind": "character", "name": "Mira", "greeting": "Hi", "insert": {"prompt": "note", "depth": 3},
             "persona": {"kind": "wpp", "attributes": {"mind": ["calm", "kind"], "age": ["30"]}},
             "characterBook": {"kind": "memory", "name": "b", "entries": [
                 {"name": "n", "keywords": ["sea"], "entry": "Wet.", "weight": 4, "priority": 2, "enabled": True}]}},
            "Agnai",
            {"description": "mind: calm, kind\nage: 30"},
        ),
        (
            {"name": "Mira", "context": "Mira is calm.", "greeting": "Hi"},
            "text-generation-webui",
            {"name": "Mira", "description": "Mira is calm.", "first_mes": "Hi"},
        ),
    ],
)  # fmt: skip
def test_other_programs(root: dict[str, Any], form: str, expected: dict[str, str]) -> None:
    card = read(root)
    assert (card.form, card.repairs) == (form, ())
    assert {key: card.data[key] for key in expected} == expected


def test_agnais_memory_book_and_note() -> None:
    entry = {"name": "n", "keywords": ["sea"], "entry": "Wet.", "weight": 4, "priority": 2, "enabled": True}
    root = {"kind": "character", "name": "M", "greeting": "Hi", "persona": {"kind": "text", "attributes": {}},
            "characterBook": {"entries": [entry]}, "insert": {"prompt": "note", "depth": 3}}  # fmt: skip
    data = read(root).data
    (found,) = data["character_book"]["entries"]
    assert (found["keys"], found["content"], found["insertion_order"]) == (["sea"], "Wet.", 4)
    assert data["extensions"]["depth_prompt"] == {"prompt": "note", "depth": 3, "role": "system"}


def test_an_editors_card_with_two_programs_fields_is_read_as_v1() -> None:
    both = {"char_name": "Mira", "char_persona": "x", "name": "Mira", "description": "calm", "first_mes": "Hi"}
    card = read(both)
    assert (card.form, card.data["description"]) == ("V1", "calm")
    assert card.root == {"char_name": "Mira", "char_persona": "x"}
