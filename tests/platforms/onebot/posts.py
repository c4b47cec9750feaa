"""A bridge without a network: actions are passed directly to the simulated bridge."""

import asyncio
from collections.abc import Awaitable, Callable

from bot.platforms.onebot.bridge import Bridge
from bot.platforms.onebot.channel_health import ChannelHealth
from bot.platforms.onebot.places import OneBotPlace
from bot.platforms.onebot.posting import Posting
from bot.platforms.onebot.send_pace import SendPacer
from tests.wire_onebot.group_chat import GroupChat


class DirectSocket:
    """A socket that gets its responses immediately."""

    def __init__(self, chat: GroupChat, bridge: Bridge) -> None:
        self._chat, self._bridge = chat, bridge

    async def send(self, message: str) -> None:
        await self._chat.take(ResponseSocket(self._bridge), message)

    async def close(self, code: int = 1000, reason: str = "") -> None:
        pass


class ResponseSocket:
    """The socket to which the simulated bridge sends its responses."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    async def send(self, message: str) -> None:
        asyncio.get_running_loop().call_soon(self._bridge.receive, message)


def joined(chat: GroupChat) -> Bridge:
    """Return a connected bridge."""
    bridge = Bridge(str(chat.account))
    bridge.attach(DirectSocket(chat, bridge), "universal")
    return bridge


async def nobody(place: OneBotPlace) -> None:
    """A notifier that does nothing."""


def posting(bridge: Bridge, silenced: Callable[[OneBotPlace], Awaitable[None]] = nobody) -> Posting:
    """Return a sender without a send rate limit."""
    return Posting(bridge, SendPacer(0.0, 100_000), ChannelHealth(), silenced)
