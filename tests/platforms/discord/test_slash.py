"""Every command of the registry as a slash command, over the wire: declared, used, completed, refused."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.commands.builtin import built_in
from bot.commands.registry import FAMILIES
from tests.platforms.discord.wire import Wired, connected, running, until
from tests.wire_discord.server import wire_discord
from tests.wire_discord.world import Pressed

WORDS: dict[str, dict[str, Any]] = {
    "announce": {"text": "tea is ready"},
    "as": {"name": "Ann", "text": "Good evening."},
    "ask": {"question": "Where is Mia?", "context": "Mia is in the garden.", "cfg": 1.5},
    "auto": {"lines": 2},
    "candidates": {"number": 1},
    "card": {"name": "tock"},
    "channel": {"talk": "on"},
    "compare": {"question": "Where is Mia?", "context": "Mia is in the garden."},
    "edit": {"text": "my own words"},
    "enter": {"name": "Tom: an old sailor who lies"},
    "forget": {"name": "here"},
    "gen": {"text": "the owl"},
    "go": {"turn": 1},
    "i": {"instruction": "sing", "text": "sing"},
    "import": {"text": "User: hello\\n\\nBot: Hello!"},
    "leave": {"name": "Tom"},
    "load": {"name": "here"},
    "narrate": {"text": "It rains."},
    "pick": {"number": 1},
    "qa": {"text": "why?", "question": "why?"},
    "qq": {"text": "why?", "question": "why?"},
    "say": {"text": "I say"},
    "save": {"name": "here"},
    "scene": {"what": "import Ann: Who is there?\nBen: It is me."},
    "set": {"values": "temperature 0.8"},
    "speak": {"name": "Ann"},
    "whisper": {"name": "Ann", "text": "He lies."},
}
EPHEMERAL = 64
LOADING = 128  # message flag: "is thinking"
APOLOGY = "Something went wrong"


def given(wired: Wired, name: str) -> dict[str, Any]:
    """Return arguments for the command's declared options."""
    declared = next(each for each in wired.wire.world.commands["global"] if each["name"] == name)
    names = {option["name"] for option in declared.get("options") or []}
    return {key: value for key, value in WORDS.get(name, {}).items() if key in names}


def told(pressed: Pressed) -> str:
    """Return the interaction's responses so far."""
    return "\n".join(message["content"] for message in pressed.messages if not message["flags"] & LOADING)


def finished(pressed: Pressed) -> bool:
    """Whether a response is shown and nothing is being written."""
    shown = [message for message in pressed.messages if not message["flags"] & LOADING]
    growing = "roost:stop" in str([message["components"] for message in shown])
    return bool(shown) and not growing


def beside(wired: Wired, pressed: Pressed) -> list[str]:
    """Return later posts as a character or panel, which are not the interaction's own response."""
    later = [message for message in wired.wire.answers() if int(message["id"]) > int(pressed.id)]
    parts = [message for message in later if message.get("webhook_id") or "roost-panel" in str(message["components"])]
    return [message["content"] for message in parts if "roost:stop" not in str(message["components"])]


async def use(wired: Wired, name: str, /, **options: Any) -> str:
    """Use a command and return its response."""
    pressed = await used(wired, name, **options)
    return told(pressed) or "\n".join(beside(wired, pressed))


async def used(wired: Wired, name: str, /, **options: Any) -> Pressed:
    """Use a command and wait for its response."""
    pressed = await wired.wire.slash(name, **options)
    try:
        await until(lambda: finished(pressed) or beside(wired, pressed))
    except TimeoutError:
        raise AssertionError(f"/{name} was not answered: {pressed.messages}") from None
    return pressed


@pytest.mark.parametrize("family", [each for each in FAMILIES if each != "plugins"])
async def test_every_command_is_declared_and_does_something(tmp_path: Path, family: str) -> None:
    async with (
        wire_discord() as (wire, address),
        running(tmp_path, wire, address, admin_ids=[int(wire.alice.id)]) as wired,
    ):
        await until(lambda: wire.world.commands)
        registry = built_in()
        commands = [each.name for each in registry.family(family) if each.name != "chat"]
        assert commands
        await wire.say("hello")
        await until(lambda: wire.answers() and wire.answers()[0]["components"])
        if family == "keep":
            await use(wired, "save", name="here")
        for name in commands:
            text = await use(wired, name, **given(wired, name))
            assert APOLOGY not in text, f"/{name} failed"
            assert "must be" not in text, f"/{name}: {text}"
            assert "No scene is being played" not in text, f"/{name}: {text}"
        assert not wire.refusals


async def test_an_exported_conversation_is_taken_in_by_its_file(tmp_path: Path) -> None:
    async with connected(tmp_path, max_attachment_kb=1) as wired:
        wire = wired.wire

        def answered(count: int) -> bool:
            return str(wire.answers()).count("roost:alternate") == count

        await until(lambda: wire.world.commands)
        for count, word in enumerate(("one", "two", "three"), 1):
            await wire.say(word)
            await until(partial(answered, count))
        exported = await wire.slash("export")
        await until(lambda: wire.rest.files.get(exported.messages[-1]["id"]))
        (_, data), *_ = wire.rest.files[exported.messages[-1]["id"]]
        assert len(data) > 1024, "larger than an attached text may be"
        there = wire.world.channel("elsewhere", wire.channel.guild)
        pressed = await wire.slash("import", there, file=("conversation.json", data))
        await until(lambda: finished(pressed))
        assert "4 turns" in told(pressed), "the beginning and three turns"
        picture = await wire.slash("import", there, file=("cat.png", b"png"))
        await until(lambda: finished(picture))
        assert "only read text files" in told(picture)
        wrong = await wire.slash("import", there, file=("wrong.json", b"[1]"))
        await until(lambda: finished(wrong))
        assert APOLOGY not in told(wrong)


async def test_administrators_commands_are_refused_to_others(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        await until(lambda: wire.world.commands)
        guarded = [each.name for each in built_in() if each.permission == "admin"]
        declared = {each["name"]: each for each in wire.world.commands["global"]}
        for name in guarded:
            assert declared[name]["default_member_permissions"] in (32, "32"), f"/{name} is hidden from members"
            pressed = await used(wired, name, **given(wired, name))
            assert "administrators" in told(pressed)
            assert all(message["flags"] & EPHEMERAL for message in pressed.messages)


async def test_what_can_be_completed_is_offered(tmp_path: Path) -> None:
    async with (
        wire_discord() as (wire, address),
        running(tmp_path, wire, address, admin_ids=[int(wire.alice.id)]) as wired,
    ):
        await until(lambda: wire.world.commands)
        await wire.say("hello")
        await until(lambda: "roost:alternate" in str(wire.answers()))
        await use(wired, "save", name="here")
        for each in wire.world.commands["global"]:
            for option in each.get("options") or []:
                if option.get("autocomplete"):
                    offered = await wire.complete(each["name"], option["name"], "")
                    assert isinstance(offered, list)
                    assert all(0 < len(value) <= 100 for value in offered)
        assert await wire.complete("load", "name", "he") == ["here"]
        assert "other" in await wire.complete("prompt", "name", "oth")
        assert "preset creative" in await wire.complete("set", "values", "preset")
        assert await wire.complete("load", "name", "\u202e@everyone" * 5) == []
        assert await wire.complete("prompt", "name", "o", author=wire.world.person("bob")) == []
        assert not wire.refusals
