"""The load run against the simulated Discord: answers grow by edits, and the gateway fails in three ways."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.platforms.many_people import PATIENCE, ManyPeople, Shape
from tests.waiting import until
from tests.wire_discord.server import TOKEN, WireDiscord
from tests.wire_discord.world import Channel


class Load(ManyPeople):
    """Many people in many channels."""

    def __init__(self, folder: Path, wire: WireDiscord, address: str, shape: Shape) -> None:
        super().__init__(folder, shape, section(address), {"DISCORD_TOKEN": TOKEN})
        self.wire = wire
        self.places = wire.world.guild("town", [f"channel{n}" for n in range(shape.groups)])
        self.people = [wire.world.person(f"person{n}") for n in range(shape.users)]
        self._troubles = itertools.cycle((self._tear, self.wire.gateway.ask_to_reconnect, self._throw_out))

    async def connected(self) -> None:
        await self.wire.gateway.ready.wait()
        self.wire.rates.share = self.shape.failures

    async def say(self, user: int, words: str) -> tuple[str, str]:
        channel = self.places[user % len(self.places)]
        said = await self.wire.say(words, channel=channel, author=self.people[user % len(self.people)])
        return channel.id, str(said["id"])

    async def until(self, done: Callable[[], bool]) -> None:
        await until(done, PATIENCE)

    def answers(self, place: str, message: str) -> list[float]:
        return [self.wire.rest.times[each["id"]] for each in self._messages(place, message)]

    def is_answered(self, place: str, message: str) -> bool:
        return any(whole(each) for each in self._messages(place, message))

    def order(self, place: str) -> list[str]:
        answers = self.wire.answers(self._channel(place))
        assert all(whole(each) and each["content"].strip() for each in answers), "a last frame is missing"
        return [each["message_reference"]["message_id"] for each in answers if "message_reference" in each]

    async def drop(self) -> bool:
        """Abort the connection, ask for a reconnect, or invalidate the session, in turn."""
        await next(self._troubles)()
        return True

    async def _tear(self) -> None:
        await self.wire.gateway.drop(resumable=True)

    async def _throw_out(self) -> None:
        await self.wire.gateway.drop(resumable=False)

    def _channel(self, place: str) -> Channel:
        return self.wire.world.channels[place]

    def _messages(self, place: str, message: str) -> list[dict[str, Any]]:
        messages = reversed(self._channel(place).messages.values())
        recent = itertools.takewhile(lambda each: int(each["id"]) > int(message), messages)
        return [each for each in recent if (each.get("message_reference") or {}).get("message_id") == message]


def section(address: str) -> str:
    """Return the [discord] section for the run."""
    return f"""[discord]
token_env = "DISCORD_TOKEN"
shard_count = 1
api_base = "http://{address}/api"
gateway_url = "ws://{address}/gateway/"
"""


def whole(message: dict[str, Any]) -> bool:
    """Whether an answer is complete (has its buttons), not still growing."""
    return any(len(row["components"]) > 1 for row in message["components"])
