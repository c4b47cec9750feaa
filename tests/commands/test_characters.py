"""Characters are played, listed, imported, exported, changed and shared through the dispatcher."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.chat.core import Core
from bot.commands.characters import export_words
from bot.library.cards import pictures
from bot.library.cards.card_reader import read_card
from bot.library.characters.character_folder import CharacterFolder
from tests.commands.talking import ANN, BOB, Talk, file, talking

MIRA = """
name = "Mira"
description = "{{char}} is a gentle sailor."
greeting = "Come in, {{user}}."
greetings = ["You again?"]
[[lore]]
keys = ["lamp"]
content = "The lamp is red."
"""
CARD = {"name": "Tock", "description": "A clock.", "first_mes": "Tick.", "strange": {"kept": [1]}}
GUILD: dict[str, Any] = {"guild": "g", "is_group": True}


@pytest.fixture
def folder(tmp_path: Path) -> CharacterFolder:
    here = tmp_path / "characters"
    here.mkdir()
    (here / "mira.toml").write_text(MIRA)
    (here / "mira.png").write_bytes(pictures.blank("Mira"))
    return CharacterFolder([here])


def card(**fields: object) -> bytes:
    return json.dumps({"spec": "chara_card_v2", "spec_version": "2.0", "data": CARD | fields}).encode()


def core(talk: Talk) -> Core:
    return talk.dispatcher.services.core


async def test_a_character_greets_and_answers(tmp_path: Path, folder: CharacterFolder) -> None:
    async with talking(tmp_path, characters=folder) as talk:
        greeting = await talk("+character mira")
        assert (greeting.text, greeting.kind, greeting.position) == ("Come in, User.", "turn", (1, 2))
        assert greeting.speaker is not None
        assert greeting.speaker.name == "Mira"
        assert (greeting.speaker.avatar or "").startswith("data:image/png;base64,")
        assert await talk.say("+swipe right") == "You again?"
        reply = await talk("hello")
        assert talk.read() == "Mira is a gentle sailor.\n\nMira: You again?\n\nUser: hello\n\nMira:"
        assert reply.speaker == greeting.speaker
        await talk("the lamp?")
        assert talk.read(-2).endswith("\n\nThe lamp is red.\n\nUser: the lamp?\n\nMira:"), "read in a fork"
        assert "Read: lamp" in (await talk.say("+lore why")).replace("at 0", "lamp")
        await talk("and now?")
        assert "lamp is red" not in talk.read(), "it left no trace"


async def test_undo_leads_back_to_the_plain_talk(tmp_path: Path, folder: CharacterFolder) -> None:
    async with talking(tmp_path, characters=folder) as talk:
        await talk("hello")
        await talk("+character Mira")
        await talk("+undo")
        await talk("and now?")
        assert talk.read().endswith("User: and now?\n\nAssistant:")
        await talk("+character mira")
        await talk("+character off")
        reply = await talk("hi")
        assert talk.read() == "User: hello\n\nAssistant: hello friend.\n\nUser: hi\n\nAssistant:"
        assert reply.speaker is None


async def test_it_is_still_there_after_a_restart(tmp_path: Path, folder: CharacterFolder) -> None:
    async with talking(tmp_path, characters=folder) as talk:
        await talk("+persona set Kai: Kai is new in town.")
        assert await talk.say("+character mira") == "Come in, Kai."
    async with talking(tmp_path, characters=folder) as talk:
        await talk("hello")
        assert talk.read() == (
            "Mira is a gentle sailor.\nKai is new in town.\n\nMira: Come in, Kai.\n\nKai: hello\n\nMira:"
        )
        assert {"\n\nKai:", "\nKai:"} <= set(talk.engine.requests[-1].stop)
    async with talking(tmp_path) as talk:  # its file is gone
        await talk("and now?")
        assert talk.read().endswith("Kai: and now?\n\nMira:")


async def test_a_persona_is_forgotten_with_its_person(tmp_path: Path, folder: CharacterFolder) -> None:
    async with talking(tmp_path, characters=folder) as talk:
        await talk("+persona set Kai: Kai is new in town.", author=ANN)
        await talk("+character mira", author=ANN)
        await talk("+reset", author=BOB)
        await talk("hello", author=BOB)
        await talk.conversations.forget_user(f"test:{ANN.id}")
        conversation = await talk.conversation()
        for node in await conversation.channel.tree():
            assert "new in town" not in f"{node.input} {node.output} {node.sampling} {node.read}"
        assert "no persona" in await talk.say("+persona", author=ANN)
        await talk("and now?", author=BOB)
        assert "new in town" not in talk.read()


async def test_keep_goes_on_with_the_last_turns(tmp_path: Path, folder: CharacterFolder) -> None:
    async with talking(tmp_path, characters=folder) as talk:
        for text in ("one", "two", "three"):
            await talk(text)
        assert "Mira continues" in await talk.say("+character keep 2 mira")
        await talk("four")
        assert talk.read().startswith("Mira is a gentle sailor.\n\nMira: Come in, User.\n\nUser: two")
        assert "one" not in talk.read()
        assert talk.read().endswith("User: four\n\nMira:")
        assert "How many turns" in await talk.say("+character keep mira")


async def test_an_import_belongs_to_its_server(tmp_path: Path, folder: CharacterFolder) -> None:
    async with talking(tmp_path, characters=folder) as talk:
        files = file("card.json", card())
        assert "Only administrators" in await talk.say("+character import", author=ANN, attachments=files, **GUILD)
        assert "only administrators" in (await talk.say("+character members on", author=ANN, **GUILD)).casefold()
        await talk("+character members on", **GUILD)
        assert "`+character tock`" in await talk.say("+character import", author=ANN, attachments=files, **GUILD)
        assert "`tock`" in await talk.say("+characters", author=BOB, **GUILD)
        other: dict[str, Any] = {"guild": "h", "is_group": True, "channel": "d"}
        assert "no character" in await talk.say("+character tock", **other)
        assert "bot's owner" in await talk.say("+character share tock", **GUILD)
        assert await talk.say("+character tock", **GUILD) == "Tick."


async def test_export_gives_back_all_fields(tmp_path: Path, folder: CharacterFolder) -> None:
    async with talking(tmp_path, characters=folder) as talk:
        await talk("+character import", attachments=file("card.json", card()))
        (shown,) = (await talk("+character export tock json v2")).files
        assert json.loads(shown.data)["data"] == CARD
        for container in ("png", "charx"):
            (shown,) = (await talk(f"+character export tock {container}")).files
            assert read_card(shown.data).data["strange"] == {"kept": [1]}
        assert "Changed" in await talk.say("+character edit tock greeting Tack!")
        assert await talk.say("+character tock") == "Tack!"
        assert "came with the bot" in await talk.say("+character edit mira greeting No.")
        assert "Fields: name" in await talk.say("+character edit tock greeting")
        assert "field must be name, nickname" in await talk.say("+character edit tock colour red")
        assert "deleted" in await talk.say("+character delete tock")
        assert "no character" in await talk.say("+character tock")


async def test_list_with_pictures_and_one_in_full(tmp_path: Path, folder: CharacterFolder) -> None:
    async with talking(tmp_path, characters=folder) as talk:
        shown = await talk("+characters")
        assert "1. `mira`" in shown.text
        assert [each.name for each in shown.files] == ["characters.png"]
        one = await talk("+characters mira")
        assert "2 greetings" in one.text
        assert "one entry of lore" in one.text
        assert "There are 1 pages" in await talk.say("+characters 9")
        assert "Attach a character card" in await talk.say("+character import")
        assert "not JSON" in await talk.say("+character import", attachments=file("a.json", b"{"))


@pytest.mark.parametrize(
    ("words", "read"),
    [("mira", ("mira", "png", "v3")), ("mira v2 json", ("mira", "json", "v2")),
     ("charx JSON V2", ("charx", "json", "v2")),
     ("png", ("", "png", "v3")), ("", ("", "png", "v3")), ("v2 of me", ("v2 of me", "png", "v3"))],
)  # fmt: skip
def test_what_to_export_and_how(words: str, read: tuple[str, str, str]) -> None:
    assert export_words(words) == read


async def test_fields_are_changed_with_a_file(tmp_path: Path, folder: CharacterFolder) -> None:
    async with talking(tmp_path, characters=folder) as talk:
        await talk("+character import", attachments=file("t.json", card()))
        fields = {"alternate_greetings": ["Tack."], "character_book": {"entries": [{"keys": ["a"], "content": "b"}]}}
        changes = file("fields.json", json.dumps(fields).encode())
        assert "Changed" in await talk.say("+character edit tock", attachments=changes)
        made = await core(talk).characters.card("tock", "user:test:9")
        assert made.data["alternate_greetings"] == ["Tack."]
        assert made.data["strange"] == {"kept": [1]}
        wrong = file("fields.json", b'{"name": ""}')
        assert "not changed" in await talk.say("+character edit tock", attachments=wrong)


async def test_a_role_playing_log_goes_on_under_the_character(tmp_path: Path, folder: CharacterFolder) -> None:
    log = [
        {"input": None, "output": {"char": "Mira", "msg": "Come in, User."}},
        {"input": {"char": "Bob", "msg": "Hi"}, "output": {"char": "Mira", "msg": "Tea?"}},
        {"input": None, "output": {"char": "Mira", "msg": "Or milk?"}},
    ]
    async with talking(tmp_path, characters=folder) as talk:
        await talk("+character mira")
        assert "imported" in await talk.say("+import", attachments=file("log.json", json.dumps(log).encode()))
        reply = await talk("Milk.")
        assert talk.read() == (
            "Mira is a gentle sailor.\n\nMira: Come in, User.\n\nUser: Hi\n\nMira: Tea?\n\nMira: Or milk?"
            "\n\nUser: Milk.\n\nMira:"
        )
        assert reply.speaker is not None
        assert reply.speaker.name == "Mira"


async def test_a_card_that_loses_greetings_can_be_read_again(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk("+character import", attachments=file("tock.json", card(alternate_greetings=["Tack.", "Tock."])))
        await talk("+character tock")
        await talk("+swipe right")
        assert await talk.say("+swipe right") == "Tock."
        await talk("hello")
        await talk("+character edit tock", attachments=file("fewer.json", b'{"alternate_greetings": []}'))
        assert "read again" in await talk.say("+refresh")


async def test_a_long_creator_or_tag_floods_no_channel(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        large = card(creator="c" * 100_000, tags=["t" * 100_000] * 30, creator_notes="n" * 100_000)
        await talk("+character import", attachments=file("tock.json", large))
        assert len(await talk.say("+characters tock")) < 5000


async def test_a_card_that_no_model_can_read_is_not_stored(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        assert "the limit is" in await talk.say(
            "+character import", attachments=file("tock.json", card(description="x" * 600_000))
        )
        await talk("+character import", attachments=file("tock.json", card()))
        more = json.dumps({"personality": "x" * 600_000}).encode()
        told = await talk.say("+character edit tock", attachments=file("more.json", more))
        assert "the limit is" in told
        assert "Tick." in await talk.say("+character tock")
