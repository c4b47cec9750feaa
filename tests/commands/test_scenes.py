"""Scenes and casts, from input to output."""

import json

from tests.commands.scene_channel import TOML
from tests.commands.scene_channel import talk as talk
from tests.commands.talking import ADMIN, ANN, Talk, file


async def test_a_scene_is_begun_played_and_ended(talk: Talk) -> None:
    assert "`tests/the-well`" in await talk.say("+scene")
    reply = await talk("+scene begin the-well")
    assert (reply.text, reply.speaker and reply.speaker.name) == ("Look.", "Ann")
    assert "A dry well." in talk.sink.replies[-2].text
    talk.engine.enqueue(" It is deep.")
    reply = await talk("+speak old tom")
    assert (reply.text, reply.speaker and reply.speaker.name) == ("It is deep.", "Old Tom")
    assert reply.actions == ("more", "accept", "drop")
    assert "1. **Old Tom**: It is deep." in await talk.say("+pending")
    assert "One line is accepted." in await talk.say("+accept")
    assert "over" in await talk.say("+scene end")
    assert "No scene is being played" in await talk.say("+narrate Rain falls.")


async def test_who_comes_and_goes(talk: Talk) -> None:
    await talk("+scene begin the-well")
    assert "**Ann** leaves." in await talk.say("+leave ann")
    assert "not here" in await talk.say("+cast")
    assert "Ann enters" in (await talk.say("+enter Ann")).replace("*", "")
    assert "Mira enters" in (await talk.say("+cast add Mira: a pilot")).replace("*", "")
    assert "There are no characters" in await talk.say("+cast add nobody-known")
    await talk("+speak Mira")
    assert talk.read() == "Mira (a pilot)\n\nA dry well.\n\nMira:"
    assert "what must be" in await talk.say("+cast dance")


async def test_imports_by_content(talk: Talk) -> None:
    chat = "\n".join(
        json.dumps(item)
        for item in (
            {"user_name": "Zoe", "character_name": "x"},
            {"name": "Zoe", "is_user": True, "mes": "Hi"},
            {"name": "Ann", "mes": "Ho"},
        )
    )
    reply = await talk("+scene import", attachments=file("group.jsonl", chat.encode()))
    assert (reply.text, reply.speaker and reply.speaker.name) == ("Ho", "Ann")
    await talk("+scene import", attachments=file("own.toml", TOML.encode()))
    assert "Old Tom" in await talk.say("+cast")
    assert "contains no lines" in await talk.say("+scene import just words")
    assert "Attach a scene" in await talk.say("+scene import")


async def test_only_administrators_reload(talk: Talk) -> None:
    assert "All scene files are valid" in await talk.say("+scene reload", author=ADMIN)
    assert "administrator" in await talk.say("+scene reload", author=ANN, guild="g", is_group=True)
    assert "what must be" in await talk.say("+scene dance")


async def test_accepted_lines_are_put_out(talk: Talk) -> None:
    await talk("+scene begin the-well")
    await talk("+narrate It rains.")
    await talk("+speak Ann")
    await talk("+accept 1")
    for form in ("markdown", "html", "epub", "text", "drama"):
        (made,) = (await talk(f"+output {form}")).files
        assert made.data
        if form == "text":
            assert made.data.decode() == "The well\n\nA dry well.\n\nAnn: Look.\n\nIt rains.\n"
    log = json.loads(made.data)
    assert [line["Character"] for line in log["Chat"]] == ["Ann", ""]
    assert [line["InputTag"] for line in log["Chat"]] == ["初始对话", "用户输入"]
    assert log["Scenario"]["CharacterData"] == {"AI": ["Ann", "Old Tom"], "User": ["Zoe"]}
