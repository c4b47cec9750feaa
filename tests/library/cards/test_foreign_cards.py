"""Characters of other programs: RWKV_Role_Playing's four eras, Pygmalion, Agnai, text-generation-webui."""

import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import InvalidOption
from bot.library.cards.card_reader import read_card
from bot.library.cards.chat_logs import LoggedLine, read_chat_log
from bot.library.cards.flat_yaml import parse_flat_yaml
from bot.library.cards.repairs import Repairs

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


YAML = """\
# a character
name: Mira
greeting: |-
  *waves* Hello!

  Come in.
context: "Mira is calm.\\nShe says: \\"yes\\"."
your_name: 'It''s me'
"""


def test_yaml_of_text_generation_webui() -> None:
    card = read_card(YAML.encode())
    assert (card.form, card.container) == ("text-generation-webui", "yaml")
    assert card.data["first_mes"] == "*waves* Hello!\n\nCome in."
    assert card.data["description"] == 'Mira is calm.\nShe says: "yes".'


@given(
    st.dictionaries(
        st.sampled_from(["name", "greeting", "context", "your_name"]),
        st.text(st.characters(blacklist_categories=["Cs", "Cc"]) | st.sampled_from("\n:#'\"- |>"), max_size=300),
        min_size=1,
    ),
    st.sampled_from(["", "|", ">", "'", '"']),
    st.booleans(),
)
def test_yaml_is_read_as_pyyaml_reads_it(table: dict[str, str], style: str, unicode: bool) -> None:
    dumped = yaml.safe_dump(table, default_style=style or None, allow_unicode=unicode, sort_keys=False)
    assert parse_flat_yaml(dumped) == {str(k): str(v) for k, v in yaml.safe_load(dumped).items()}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("name: &a x\ncontext: *a", 1),
        ("name: x\ncontext: [a, b]", 2),
        ("name: x\ncontext:\n  - a", 3),
        ("name: x\ncontext:\n  b: c", 3),
        ("name: !!python/object:os.system x", 1),
        ("name: 'x", 1),
        ("just words", 1),
        ("name: 'a' b", 1),
    ],
)
def test_other_yaml_is_refused_with_its_line(text: str, line: int) -> None:
    with pytest.raises(InvalidOption, match=f"line {line}:"):
        parse_flat_yaml(text)


def test_logs_of_role_playing() -> None:
    turns = [
        {"input": None, "output": "Hello."},
        {"input": "hi", "output": "Yes?"},
        {"input": {"char": "Ann", "msg": "x"}, "output": {"char": "Mira", "msg": "y"}},
        {"input": "", "output": None},
    ]
    assert read_chat_log(json.dumps(turns).encode(), Repairs()) == (
        LoggedLine(False, "", "Hello."), LoggedLine(True, "", "hi"), LoggedLine(False, "", "Yes?"),
        LoggedLine(True, "Ann", "x"), LoggedLine(False, "Mira", "y"),
    )  # fmt: skip
    with pytest.raises(InvalidOption, match="no chat log"):
        read_chat_log(b"[1, 2]", Repairs())
    with pytest.raises(InvalidOption, match="chat log, not a character"):
        read(turns)
