"""What tests over the wire look for."""

from typing import Any

from tests.platforms.discord.wire import Wired
from tests.waiting import until
from tests.wire_discord.server import WireDiscord
from tests.wire_discord.world import Channel

LONG = " the owl sat in a tree. the moon said hello to you." * 60  # 3,000 characters: two messages
SLOW = " the owl sat in a tree. the moon said hello to you." * 4


def labels(message: dict[str, Any]) -> list[str]:
    """What stands on the buttons of a message."""
    return [str(button.get("label")) for row in message["components"] for button in row["components"]]


def ids(message: dict[str, Any]) -> list[str]:
    """The custom ids of its buttons."""
    return [str(button["custom_id"]) for row in message["components"] for button in row["components"]]


def finished(message: dict[str, Any]) -> bool:
    """Whether the buttons of a whole answer stand under it."""
    return len(labels(message)) > 1


async def answered(wire: WireDiscord, count: int = 1, channel: Channel | None = None) -> dict[str, Any]:
    """Wait until so many messages of the bot stand there, the last one whole; returns it."""
    await until(lambda: len(wire.answers(channel)) == count and finished(wire.answers(channel)[-1]))
    return wire.answers(channel)[-1]


async def inputs(wired: Wired, channel: Channel | None = None) -> list[str]:
    """What was said on HEAD's path."""
    place = channel or wired.wire.channel
    conversation = await wired.conversations.open("discord", place.id, place.guild)
    return [node.input for node in await conversation.channel.history(20) if node.kind == "chat"]


async def idle(wired: Wired) -> None:
    """Wait until everything that was taken in is answered and recorded."""
    await until(lambda: not wired.platform._account.line._items)
