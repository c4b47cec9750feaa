"""A message on its way to its answer: what the inbox knows of it, and its place in the channel's queue."""

import asyncio
import base64
import json
from bisect import bisect
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Protocol

from bot.events import Control, Event, File, Panel, Reply, Speaker
from bot.platforms.line.channel_queue import Place
from bot.platforms.line.heard import Heard


class Entry(Protocol):
    """Something that an earlier process took in and has not answered for certain."""

    @property
    def channel(self) -> str:
        """Where."""

    @property
    def message_id(self) -> str:
        """Its id."""

    @property
    def guild(self) -> str | None:
        """The channel's server."""

    @property
    def event(self) -> Mapping[str, object] | None:
        """``Heard.stored``."""

    @property
    def node(self) -> int | None:
        """The turn that answers it: committed, perhaps not shown yet."""

    @property
    def shown(self) -> Sequence[str]:
        """What of its answer began to stand there, where the platform notes that."""

    @property
    def reply(self) -> Mapping[str, object] | None:
        """The finished answer that could not be delivered."""


class Inbox(Protocol):
    """The store's table of what was taken in."""

    async def take(
        self, platform: str, channel: str, message_id: str, guild: str | None = None, *, user: str = "",
        event: Mapping[str, object] | None = None,
    ) -> bool:  # fmt: skip
        """Take something in. False when it was taken before."""

    async def delivered(
        self,
        platform: str,
        channel: str,
        message_ids: Sequence[str],
        shown: Sequence[str] = (),
        node: int | None = None,
    ) -> None:
        """They are answered for certain; the messages ``shown`` stand for the turn ``node``."""

    async def update(self, platform: str, channel: str, message_id: str, **columns: object) -> None:
        """Change ``reply``, a finished answer that could not be delivered, or ``shown``."""

    async def open(self, platform: str) -> Sequence["Entry"]:
        """What is not answered for certain, oldest first."""

    async def forget(self, platform: str, before: datetime) -> int:
        """Drop what was answered before that time."""


class InboxItem:
    """What one answer is for: a message or an interaction, or several messages of one person."""

    def __init__(
        self,
        heard: Heard,
        place: Place,
        shown: Sequence[str] = (),
        event: Event | None = None,
        reply: Reply | None = None,
    ) -> None:
        self.heards = [heard]  # the newest versions: what is edited while it waits is read as it was edited
        self.place = place  # the last one's
        self._numbers = [place.number]
        self.shown = list(shown) or list(heard.replaces)  # messages that show the answer, or that it takes the place of
        self.event = event  # handled in place of what was said
        self.reply = reply  # finished by an earlier process
        self.node: int | None = None  # the turn that the answer shows
        self.begun = False  # its words are being answered
        self.writing = False  # the answer has begun and is not delivered yet
        self.finished = False  # the answer is complete, and perhaps still on its way
        self.withdrawn = False  # it was deleted or edited: its answer is not wanted any more
        self.undelivered: Reply | None = None  # the process ends before the answer could be delivered
        self.ended = asyncio.Event()

    @property
    def heard(self) -> Heard:
        """The last message: the answer is a reply to it."""
        return self.heards[-1]

    @property
    def keys(self) -> list[tuple[str, str]]:
        """Channel and id of all its messages."""
        return [(heard.channel, heard.id) for heard in self.heards]

    def add(self, heard: Heard, place: Place) -> None:
        """One more message, where it belongs by its place in the queue."""
        at = bisect(self._numbers, place.number)
        self.heards.insert(at, heard)
        self._numbers.insert(at, place.number)
        if at == len(self._numbers) - 1:
            self.place, place = place, self.place
        place.finish()

    def change(self, heard: Heard) -> None:
        """A message that waits was edited."""
        self.heards = [heard if each.id == heard.id else each for each in self.heards]

    def without(self, number: str) -> None:
        """A message that waits was deleted."""
        if all(each.id == number for each in self.heards):
            self.withdraw()
            return
        at = next((at for at, each in enumerate(self.heards) if each.id == number), None)
        if at is not None:
            del self.heards[at], self._numbers[at]

    def withdraw(self) -> None:
        """Its answer is not wanted any more: its sink ends it at the next frame. What was written is cut and kept."""
        self.withdrawn = True


def packed(reply: Reply) -> dict[str, str]:
    """A reply as the inbox keeps it."""
    files = [asdict(file) | {"data": base64.b64encode(file.data).decode()} for file in reply.files]
    return {"json": json.dumps(asdict(reply) | {"files": files})}


def unpacked(kept: Mapping[str, object]) -> Reply:
    """The reply of ``packed``."""
    data = json.loads(str(kept["json"]))
    files = tuple(File(**(each | {"data": base64.b64decode(each["data"])})) for each in data["files"])
    speaker = Speaker(**data["speaker"]) if data["speaker"] else None
    position = tuple(data["position"]) if data["position"] else None
    given = {**data, "files": files, "speaker": speaker, "position": position, "actions": tuple(data["actions"])}
    if panel := data.get("panel"):
        controls = {key: tuple(Control(**each) for each in panel[key]) for key in ("controls", "offers")}
        given["panel"] = Panel(**(panel | controls))
    return Reply(**given)
