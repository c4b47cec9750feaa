"""Records where the bot was removed and when; its conversations there may be deleted later."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol

from bot.policy.scopes import DEPARTURES

PlaceKind = Literal["guild", "channel"]
KINDS: tuple[PlaceKind, ...] = ("guild", "channel")


class KeyValues(Protocol):
    """What is needed from the key-value table."""

    async def get(self, scope: str, key: str, default: object = None) -> object:
        """Return the value, or ``default``."""

    async def set(self, scope: str, key: str, value: object) -> None:
        """Store a JSON value."""

    async def items(self, scope: str) -> Mapping[str, object]:
        """Return all values of ``scope`` by key."""


@dataclass(frozen=True, slots=True)
class Departure:
    """The bot was removed from a server or group, or a channel was deleted. ``id`` is the platform's."""

    platform: str
    kind: PlaceKind
    id: str
    since: datetime


class Departures:
    """Departures recorded in the store, so that they survive restarts."""

    def __init__(self, marks: KeyValues) -> None:
        self._values = marks

    async def left(self, platform: str, kind: PlaceKind, number: str) -> None:
        """Record that the bot was removed; an earlier record is kept."""
        key = _key(platform, kind, number)
        if not await self._values.get(DEPARTURES, key):
            await self._values.set(DEPARTURES, key, datetime.now(UTC).isoformat())

    async def returned(self, platform: str, kind: PlaceKind, number: str) -> None:
        """Clear the record: the bot is back, or its data there was deleted."""
        key = _key(platform, kind, number)
        if await self._values.get(DEPARTURES, key):
            await self._values.set(DEPARTURES, key, "")

    async def before(self, moment: datetime) -> list[Departure]:
        """Return the departures before ``moment`` from which the bot has not returned."""
        found = [_departure(key, value) for key, value in (await self._values.items(DEPARTURES)).items()]
        return [each for each in found if each is not None and each.since < moment]


def _key(platform: str, kind: PlaceKind, number: str) -> str:
    return f"{platform}:{kind}:{number}"[:255]


def _departure(key: str, value: object) -> Departure | None:
    platform, _, rest = key.partition(":")
    kind, _, number = rest.partition(":")
    found = next((each for each in KINDS if each == kind), None)
    try:
        since = datetime.fromisoformat(value) if isinstance(value, str) and value else None
    except ValueError:
        return None
    return None if found is None or since is None else Departure(platform, found, number, since)
