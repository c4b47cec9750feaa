"""Every command of the registry as a slash command, over the wire: declared, used, completed, refused."""

from pathlib import Path
from typing import Any

import pytest

from bot.commands.builtin import built_in
from bot.commands.registry import FAMILIES
from tests.platforms.discord.wire import Wired, running, until
from tests.wire_discord.server import wire_discord
from tests.wire_discord.world import Pressed

WORDS = {
    "announce": {"text": "tea is ready"},
    "ask": {"question": "Where is Mia?", "context": "Mia is in the garden.", "cfg": 1.5},
    "channel": {"talk": "on"},
    "compare": {"question": "Where is Mia?", "context": "Mia is in the garden."},
    "edit": {"text": "my own words"},
    "forget": {"name": "here"},
    "gen": {"text": "the owl"},
    "go": {"turn": 1},
    "i": {"instruction": "sing", "text": "sing"},
    "import": {"text": "User: hello\\n\\nBot: Hello!"},
    "load": {"name": "here"},
    "qa": {"text": "why?", "question": "why?"},
    "qq": {"text": "why?", "question": "why?"},
    "say": {"text": "I say"},
    "save": {"name": "here"},
    "set": {"values": "temperature 0.8"},
}
LOADING = 128  # flag of a message: "is thinking"
APOLOGY = "Something went wrong"


def given(wired: Wired, name: str) -> dict[str, Any]:
    """The words for the options that the command was declared with."""
    declared = next(each for each in wired.wire.world.commands["global"] if each["name"] == name)
    names = {option["name"] for option in declared.get("options") or []}
    return {key: value for key, value in WORDS.get(name, {}).items() if key in names}


def told(pressed: Pressed) -> str:
    """What the interaction has been answered with so far."""
    return "\n".join(message["content"] for message in pressed.messages if not message["flags"] & LOADING)


def finished(pressed: Pressed) -> bool:
    """Whether something is shown, and nothing is being written."""
    shown = [message for message in pressed.messages if not message["flags"] & LOADING]
    growing = "roost:stop" in str([message["components"] for message in shown])
    return bool(shown) and not growing


async def use(wired: Wired, name: str, /, **options: Any) -> str:
    """Use a command and wait for its answer; it may also end without words."""
    pressed = await wired.wire.slash(name, **options)
    try:
        await until(lambda: finished(pressed), 10)
    except TimeoutError:
        raise AssertionError(f"/{name} was not answered: {pressed.messages}") from None
    return told(pressed)


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
        assert not wire.refusals
