"""A tiny chat platform: a translator, a sender and its capabilities. It records what was said and what it shows."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bot.app import open_dispatcher
from bot.config.schema import Config
from bot.events import Author, Dispatcher, File, Origin, Said, Speaker
from bot.platforms.line.capabilities import Capabilities
from bot.platforms.line.inbox_item import Entry
from bot.platforms.line.incoming_event import IncomingEvent
from bot.platforms.line.line import Line
from bot.platforms.line.recovery import MessageHistory, PastMessage, Recovery
from bot.platforms.line.sending import FrameSkipped, Outgoing, Undelivered
from bot.store.store import Store
from tests.conversations import open_conversations
from tests.fakes import FakeEngine

PLAIN = Capabilities(message_limit=500)
EDITING = Capabilities(edits=True, files=True, edit_interval=0.05, message_limit=500)


@dataclass(slots=True)
class Posted:
    """A message of the bot."""

    id: str
    answers: str
    text: str
    streaming: bool
    files: tuple[File, ...] = ()
    frames: list[tuple[float, str]] = field(default_factory=list)  # (time, text)


class Server:
    """What survives a restart of the bot: the messages of people and those that the bot posted."""

    def __init__(self) -> None:
        self.said: dict[str, list[IncomingEvent]] = {}
        self.posted: dict[str, Posted] = {}
        self.offline = False
        self.stuck: dict[str, asyncio.Event] = {}  # the answer to a message -> when it is delivered
        self._ids = itertools.count(1)

    def say(
        self, text: str, channel: str = "1", author: str = "ann", reply_to: str | None = None, at: float | None = None
    ) -> IncomingEvent:
        """Post a person's message."""
        number = str(next(self._ids))
        origin = Origin(platform="tiny", channel=channel, author=Author(author, author))
        said = Said(origin=origin, text=text, id=number, reply_to=reply_to)
        command = text.startswith("+")
        incoming = IncomingEvent(
            id=number, event=said, at=time.time() if at is None else at, alone=command or reply_to is not None,
            ordered=not command, repeatable=not command,
        )  # fmt: skip
        self.said.setdefault(channel, []).append(incoming)
        return incoming

    def answers(self) -> list[tuple[str, str]]:
        """The finished answers in order: the message each one answers, and its text."""
        return [(each.answers, each.text) for each in self.posted.values() if not each.streaming]

    # --- bot.platforms.line.sending -----------------------------------------------------------------------------

    def delivery(self, incoming: IncomingEvent, shown: Sequence[str] = ()) -> "TinyDelivery":
        return TinyDelivery(self, incoming.id)

    def new_id(self) -> str:
        return f"p{next(self._ids)}"


class TinyDelivery:
    """One delivery."""

    def __init__(self, server: Server, answers: str) -> None:
        self._server, self._answers = server, answers

    async def typing(self) -> None:
        pass

    async def speak_as(self, speaker: Speaker) -> bool:
        return False

    async def post(self, message: Outgoing) -> str:
        if (stuck := self._server.stuck.get(self._answers)) is not None:
            await stuck.wait()
        self._check(message)
        number = self._server.new_id()
        self._server.posted[number] = Posted(number, self._answers, message.text, message.streaming, message.files)
        self._frame(number)
        return number

    async def edit(self, message_id: str, message: Outgoing) -> None:
        self._check(message)
        posted = self._server.posted[message_id]
        posted.text, posted.streaming = message.text, message.streaming
        self._frame(message_id)

    async def delete(self, message_id: str) -> None:
        self._server.posted.pop(message_id, None)

    async def report_missing(self, permission: str) -> None:
        raise AssertionError(permission)

    async def end(self, *, answered: bool) -> None:
        pass

    def _check(self, message: Outgoing) -> None:
        if self._server.offline:
            raise FrameSkipped("offline") if message.streaming else Undelivered

    def _frame(self, number: str) -> None:
        posted = self._server.posted[number]
        posted.frames.append((asyncio.get_running_loop().time(), posted.text))


class TinyHistory:
    """The platform's history."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def serves(self, entry: Entry) -> bool:
        return True

    async def active_channels(self, since: datetime) -> Collection[str]:
        return self._server.said.keys()

    async def read(self, channel: str, entries: Sequence[Entry], since: datetime | None) -> Sequence[PastMessage]:
        def remembered(incoming: IncomingEvent) -> PastMessage:
            async def read() -> IncomingEvent:
                return incoming

            return PastMessage(incoming.id, read)

        return [remembered(each) for each in self._server.said.get(channel, [])]

    async def shown(self, incoming: IncomingEvent) -> Sequence[str]:
        return [each.id for each in self._server.posted.values() if each.answers == incoming.id]

    async def changes(self, since: datetime) -> None:
        pass


class Bot:
    """One bot process on the tiny platform."""

    def __init__(self, server: Server, store: Store, dispatcher: Dispatcher, capabilities: Capabilities) -> None:
        self.server, self.store = server, store
        self.line = Line("tiny", dispatcher, store.inbox, server, capabilities)
        self.recovery = Recovery(self.line, store.values, timedelta(minutes=5))

    async def hear(self, incoming: IncomingEvent) -> None:
        async def read() -> IncomingEvent:
            return incoming

        await self.line.receive(incoming.channel, incoming.id, read)

    async def say(self, text: str, **where: Any) -> IncomingEvent:
        incoming = self.server.say(text, **where)
        await self.hear(incoming)
        return incoming


@asynccontextmanager
async def running(
    folder: Path, server: Server, engine: FakeEngine, capabilities: Capabilities = PLAIN,
    memory: MessageHistory | None = None, *, recovers: bool = True,
) -> AsyncIterator[Bot]:  # fmt: skip
    """Run a process that finds what an earlier one left behind, and kill it at the end, whatever it is doing."""
    async with (
        open_conversations(folder, engine) as conversations,
        open_dispatcher(Config(), conversations) as dispatcher,
    ):
        bot = Bot(server, conversations.core.store, dispatcher, capabilities)
        if recovers:
            await bot.recovery.run(memory or TinyHistory(server))
            await bot.recovery.stamp()
        try:
            yield bot
        finally:
            await bot.line.finish(0)
