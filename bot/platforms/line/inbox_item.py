"""A message waiting for its answer: its inbox entry and its place in the channel's queue."""

import asyncio
import base64
import json
from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Protocol

from bot.events import Control, Event, File, Panel, Reply, Speaker
from bot.platforms.line.channel_queue import QueuePlace
from bot.platforms.line.incoming_event import IncomingEvent


class Entry(Protocol):
    """An inbox entry that an earlier process accepted and is not known to have answered."""

    @property
    def channel(self) -> str:
        """The platform's channel id."""

    @property
    def message_id(self) -> str:
        """The message's id in the channel."""

    @property
    def guild(self) -> str | None:
        """The channel's guild."""

    @property
    def event(self) -> Mapping[str, object] | None:
        """The value of ``IncomingEvent.stored``."""

    @property
    def node(self) -> int | None:
        """The turn that answers it: committed, but perhaps not shown yet."""

    @property
    def shown(self) -> Sequence[str]:
        """Ids of messages that already show part of the answer, on platforms that record them."""

    @property
    def reply(self) -> Mapping[str, object] | None:
        """A finished answer that could not be delivered."""


class Inbox(Protocol):
    """The store's table of incoming events."""

    async def take(
        self, platform: str, channel: str, message_id: str, guild: str | None = None, *, user: str = "",
        event: Mapping[str, object] | None = None,
    ) -> bool:  # fmt: skip
        """Record an event. Returns False if it was recorded before."""

    async def delivered(
        self,
        platform: str,
        channel: str,
        message_ids: Sequence[str],
        shown: Sequence[str] = (),
        node: int | None = None,
    ) -> None:
        """Mark them as answered; the messages ``shown`` show the turn ``node``."""

    async def update(self, platform: str, channel: str, message_id: str, **columns: object) -> None:
        """Set ``reply`` (a finished answer that could not be delivered) or ``shown``."""

    async def open(self, platform: str) -> Sequence["Entry"]:
        """Return entries not marked as answered, oldest first."""

    async def forget(self, platform: str, before: datetime) -> int:
        """Delete entries answered before that time."""


class InboxItem:
    """The subject of one answer: a message, an interaction, or several messages of one user."""

    def __init__(
        self,
        incoming: IncomingEvent,
        place: QueuePlace,
        shown: Sequence[str] = (),
        event: Event | None = None,
        reply: Reply | None = None,
    ) -> None:
        self.all_incoming = [incoming]  # newest versions: a message edited while it waits is read as edited
        self.place = place  # of the last message
        self._numbers = [place.number]
        self.shown = list(shown) or list(incoming.replaces)  # ids of messages that show the answer, or that it replaces
        self.event = event  # handled instead of ``all_incoming``
        self.reply = reply  # finished by an earlier process
        self.node: int | None = None  # the turn that the answer shows
        self.begun = False  # being answered; its text can no longer change
        self.writing = False  # the answer has begun but is not complete
        self.finished = False  # the answer is complete but may still be on its way
        self.withdrawn = False  # deleted or edited: the answer is no longer wanted
        self.undelivered: Reply | None = None  # set if the process ends before the answer could be delivered
        self.ended = asyncio.Event()

    @property
    def incoming(self) -> IncomingEvent:
        """The last message, to which the answer replies."""
        return self.all_incoming[-1]

    @property
    def keys(self) -> list[tuple[str, str]]:
        """Channel and id of each message."""
        return [(incoming.channel, incoming.id) for incoming in self.all_incoming]

    def add(self, incoming: IncomingEvent, place: QueuePlace) -> None:
        """Add a message, in queue order."""
        at = bisect(self._numbers, place.number)
        self.all_incoming.insert(at, incoming)
        self._numbers.insert(at, place.number)
        if at == len(self._numbers) - 1:
            self.place, place = place, self.place
        place.finish()

    def change(self, incoming: IncomingEvent) -> None:
        """Replace a message that was edited while it waited."""
        self.all_incoming = [incoming if each.id == incoming.id else each for each in self.all_incoming]

    def without(self, number: str) -> None:
        """Remove a message that was deleted while it waited."""
        if all(each.id == number for each in self.all_incoming):
            self.withdraw()
            return
        at = next((at for at, each in enumerate(self.all_incoming) if each.id == number), None)
        if at is not None:
            del self.all_incoming[at], self._numbers[at]

    def withdraw(self) -> None:
        """Mark the answer as unwanted: its sink stops it at the next frame. The partial turn is kept."""
        self.withdrawn = True


def packed(reply: Reply) -> dict[str, str]:
    """Serialise a reply for the inbox."""
    files = [asdict(file) | {"data": base64.b64encode(file.data).decode()} for file in reply.files]
    return {"json": json.dumps(asdict(reply) | {"files": files})}


def unpacked(kept: Mapping[str, object]) -> Reply:
    """Restore a reply from ``packed``."""
    data = json.loads(str(kept["json"]))
    files = tuple(File(**(each | {"data": base64.b64decode(each["data"])})) for each in data["files"])
    speaker = Speaker(**data["speaker"]) if data["speaker"] else None
    position = tuple(data["position"]) if data["position"] else None
    given = {**data, "files": files, "speaker": speaker, "position": position, "actions": tuple(data["actions"])}
    if panel := data.get("panel"):
        controls = {key: tuple(Control(**each) for each in panel[key]) for key in ("controls", "offers")}
        given["panel"] = Panel(**(panel | controls))
    return Reply(**given)
