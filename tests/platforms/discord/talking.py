"""Helpers to inspect what the bot sent over the wire."""

from typing import Any

from tests.platforms.discord.wire import Wired
from tests.waiting import until
from tests.wire_discord.server import WireDiscord
from tests.wire_discord.world import Channel

LONG = " the owl sat in a tree. the moon said hello to you." * 60  # 3,000 characters: two messages
SLOW = " the owl sat in a tree. the moon said hello to you." * 4


def labels(message: dict[str, Any]) -> list[str]:
    """The labels of a message's buttons."""
    return [str(button.get("label")) for row in message["components"] for button in row["components"]]


def ids(message: dict[str, Any]) -> list[str]:
    """The custom ids of a message's buttons."""
    return [str(button["custom_id"]) for row in message["components"] for button in row["components"]]


def finished(message: dict[str, Any]) -> bool:
    """Whether a message has the buttons of a finished answer."""
    return len(labels(message)) > 1


async def answered(wire: WireDiscord, count: int = 1, channel: Channel | None = None) -> dict[str, Any]:
    """Wait until the channel has that many messages of the bot, the last one finished; return it."""
    await until(lambda: len(wire.answers(channel)) == count and finished(wire.answers(channel)[-1]))
    return wire.answers(channel)[-1]


async def inputs(wired: Wired, channel: Channel | None = None) -> list[str]:
    """Return the inputs on HEAD's path."""
    place = channel or wired.wire.channel
    conversation = await wired.conversations.open("discord", place.id, place.guild)
    return [node.input for node in await conversation.channel.history(20) if node.kind == "chat"]


async def idle(wired: Wired) -> None:
    """Wait until every accepted message has been answered and recorded."""
    await until(lambda: not wired.platform._account.line._items)
