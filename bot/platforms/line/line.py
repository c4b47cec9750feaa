"""Takes messages from arrival to answer: each exactly once, in order, across lost connections and restarts."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from bot.events import Deleted, Dispatcher, Event, NullSink, Reply, Said
from bot.platforms.line.answer_sink import AnswerSink
from bot.platforms.line.capabilities import Capabilities
from bot.platforms.line.channel_queue import ChannelQueue, QueuePlace
from bot.platforms.line.inbox_item import Inbox, InboxItem, packed
from bot.platforms.line.incoming_event import IncomingEvent, around, has_files, merged
from bot.platforms.line.pacing import Pacer
from bot.platforms.line.request_budget import RequestBudget
from bot.platforms.line.sending import Sender
from bot.tasks import Tasks

log = logging.getLogger(__name__)

REMEMBERED = 4096  # ids; a platform may deliver the same event twice
TRIES = 5  # for failures before the dispatcher is reached, and for recording a delivery
FIRST_PAUSE = 1.0  # seconds before the second try; doubles each time

Read = Callable[[], Awaitable[IncomingEvent | None]]
Key = tuple[str, str]


class Line:
    """Receives and answers on one platform. It outlives connections; the inbox outlives the process."""

    def __init__(
        self, platform: str, dispatcher: Dispatcher, inbox: Inbox, sender: Sender, capabilities: Capabilities,
        budget: RequestBudget | None = None,
    ) -> None:  # fmt: skip
        self.platform = platform
        self.inbox = inbox
        self.open = asyncio.Event()  # cleared while missed messages are recovered: they come first
        self.open.set()
        self._arrival_lock = asyncio.Lock()  # fair: events that waited for ``open`` go before later ones
        self._dispatcher = dispatcher
        self._sender = sender
        self._capabilities = capabilities
        self._pacer = Pacer(capabilities.edit_interval, capabilities.frames_per_second, budget)
        self._queue = ChannelQueue()
        self._seen: OrderedDict[Key, None] = OrderedDict()
        self._deleted: OrderedDict[Key, None] = OrderedDict()  # deleted, perhaps before they arrived
        self._arriving: dict[Key, IncomingEvent | None] = {}  # being recorded -> the newer version, if edited meanwhile
        self._items: dict[Key, InboxItem] = {}
        self._waiting: dict[Key, InboxItem | None] = {}  # (channel, author) being answered -> their messages since
        self._tasks = Tasks(platform)

    # --- incoming events ----------------------------------------------------------------------------------------

    async def receive(self, channel: str, number: str, read: Read) -> None:
        """Handle a live event. ``read`` returns its content, or None if it is not for the bot."""
        async with self._arrival_lock:
            await self.open.wait()
            place = self._queue.join(channel)
        await self.accept(channel, number, read, place)

    async def accept(self, channel: str, number: str, read: Read, place: QueuePlace | None = None) -> None:
        """Take in an event, live or missed, and answer it once. ``place`` is its place in the channel's queue."""
        key = (channel, number)
        place = place or self._queue.join(channel)
        if not self._is_new(key) or key in self._deleted:
            place.finish()
            return
        item: InboxItem | None = None
        self._arriving[key] = None
        try:
            incoming = await read()
            if incoming is not None and await self._record(incoming):
                item = InboxItem(self._arriving.get(key) or incoming, place)
        except BaseException:
            self._seen.pop(key, None)  # so that the event is treated as new if it arrives again
            raise
        finally:
            is_gone = key not in self._arriving
            self._arriving.pop(key, None)
            if item is None or is_gone:
                place.finish()
        if item is not None and is_gone:
            await self._done(item)
        elif item is not None:
            self._start(item)
        elif incoming is None:
            self._seen.pop(key, None)  # an edit may still address it to the bot

    async def _record(self, incoming: IncomingEvent) -> bool:
        user = f"{self.platform}:{incoming.author}"[:255]
        return await self.inbox.take(
            self.platform, incoming.channel, incoming.id, incoming.origin.guild, user=user, event=incoming.stored
        )

    def _is_new(self, key: Key) -> bool:
        is_new = key not in self._seen
        _note(self._seen, key)
        return is_new

    def is_active(self, channel: str, number: str) -> bool:
        """Return whether this process is answering the message."""
        return (channel, number) in self._items or (channel, number) in self._arriving

    def is_writing(self, channel: str, number: str) -> bool:
        """Return whether the answer has begun but is not complete, so that it can be stopped."""
        item = self._items.get((channel, number))
        return item is not None and item.writing

    def showing(self, channel: str, message: str) -> tuple[str, ...]:
        """Return all messages of the answer that includes ``message``, while it is not recorded yet."""
        items = [item for item in self._items.values() if item.incoming.channel == channel and message in item.shown]
        return tuple(items[0].shown) if items else ()

    def recover(
        self,
        incoming: IncomingEvent,
        shown: Sequence[str] = (),
        *,
        event: Event | None = None,
        reply: Reply | None = None,
    ) -> None:
        """Answer what an earlier process left open, partly ``shown``: with ``reply``, or by handling ``event``."""
        self._is_new((incoming.channel, incoming.id))
        item = InboxItem(incoming, self._queue.join(incoming.channel), shown, event, reply)
        if (incoming.channel, incoming.id) in self._deleted:
            item.place.finish()
            self._tasks.spawn(self._done(item))
        else:
            self._start(item)

    # --- changes ------------------------------------------------------------------------------------------------

    async def change(self, said: IncomingEvent, edit: IncomingEvent) -> None:
        """Handle an edited message: update it if it still waits, else treat the edit as an event of its own.

        In the latter case ``edit`` replaces the partial answer to the old text. If someone has written since, that
        answer is left to finish: only the last message can be changed.
        """
        item = self._items.get((said.channel, said.id))
        if (said.channel, said.id) in self._arriving:
            self._arriving[said.channel, said.id] = said
            return
        if item is not None and not item.begun:
            item.change(said)
            return
        place = self._queue.join(edit.channel)  # join now: later messages must come after the edit
        try:
            is_followed = item is not None and item.place.is_followed(place)
            cut = None if is_followed else await self._interrupt(item)
        except BaseException:
            place.finish()
            raise
        if cut is not None:
            edit = replace(edit, event=around(edit.event, cut.all_incoming), replaces=tuple(cut.shown))

        async def read() -> IncomingEvent:
            return edit

        await self.accept(edit.channel, edit.id, read, place)
        if cut is not None:
            await self._done(cut)

    @contextmanager
    def hold_channel(self, channel: str) -> Iterator[None]:
        """Hold back later messages in the channel, except commands, which may stop what the caller waits for."""
        place = self._queue.join(channel, lets_commands_pass=True)
        try:
            yield
        finally:
            place.finish()

    async def delete(self, event: Deleted) -> None:
        """Handle a deleted message: cancel its answer, and undo its turn if it is the last one."""
        key = (event.origin.channel, event.id)
        item = self._items.get(key)
        if key in self._arriving:
            del self._arriving[key]
            return
        if item is not None and not item.begun:
            item.without(event.id)
            self._items.pop(key, None)
            await self.inbox.delivered(self.platform, event.origin.channel, [event.id])
            return
        cut = await self._interrupt(item)
        if cut is not None:
            await self._sink(cut).withdraw()
        await self._dispatcher.handle(event, NullSink())
        if cut is not None:
            await self._done(cut)

    def mark_deleted(self, channel: str, number: str) -> None:
        """Ignore a deleted message that is not being answered, even if an earlier process left it open."""
        _note(self._deleted, (channel, number))

    async def _interrupt(self, item: InboxItem | None) -> InboxItem | None:
        """Stop the answer, or let it arrive if it is complete. Returns the item if it was cut."""
        if item is None or item.withdrawn:
            return None
        cut = None if item.finished else item
        if cut is not None:
            cut.withdraw()
        await item.ended.wait()
        return cut

    async def _done(self, item: InboxItem) -> None:
        """Mark a withdrawn item as answered, so that the next start does not answer it."""
        await self.inbox.delivered(
            self.platform, item.incoming.channel, [incoming.id for incoming in item.all_incoming]
        )

    # --- answering ----------------------------------------------------------------------------------------------

    def _start(self, item: InboxItem) -> None:
        """Start answering, after any answer to the same author that is still in progress."""
        incoming = item.incoming
        self._items[incoming.channel, incoming.id] = item
        key = (incoming.channel, incoming.author)
        if incoming.alone or item.event or item.reply or not isinstance(incoming.event, Said):
            self._tasks.spawn(self._answer(item))
        elif key not in self._waiting:
            self._waiting[key] = None
            self._tasks.spawn(self._answer_in_turn(key, item))
        elif (waiting := self._waiting[key]) is None:
            self._waiting[key] = item
        elif len(waiting.all_incoming) < self._capabilities.most_merged and not (
            has_files(incoming) and any(map(has_files, waiting.all_incoming))
        ):
            waiting.add(incoming, item.place)
            self._items[incoming.channel, incoming.id] = waiting
        else:
            self._tasks.spawn(self._answer(item))

    async def _answer_in_turn(self, key: Key, item: InboxItem) -> None:
        """Answer the item, then whatever its author wrote meanwhile, merged."""
        following: InboxItem | None = item
        try:
            while following is not None:
                await self._answer(following)
                following, self._waiting[key] = self._waiting[key], None
        finally:
            if (left := self._waiting.pop(key, None)) is not None:
                self._forget(left)

    async def _answer(self, item: InboxItem) -> None:
        """Answer the item, with retries. After too many failures it stays open for the next start."""
        try:
            await self._with_retries("a message could not be answered", lambda: self._answer_once(item), item)
            item.place.finish()
            if not item.withdrawn:
                await self._with_retries("an answer could not be recorded", lambda: self._settle(item), item)
        finally:
            self._forget(item)

    async def _with_retries(self, trouble: str, work: Callable[[], Coroutine[Any, Any, None]], item: InboxItem) -> None:
        pause = FIRST_PAUSE
        for left in reversed(range(TRIES)):
            try:
                return await work()
            except Exception:
                log.exception("%s on %s; %s", trouble, self.platform, f"{left} more tries" if left else "left open")
                if not left:
                    raise
            item.place.finish()  # let later messages proceed
            await asyncio.sleep(pause)
            pause *= 2
        return None

    def _forget(self, item: InboxItem) -> None:
        item.place.finish()
        item.ended.set()
        for key in item.keys:
            if self._items.get(key) is item:
                del self._items[key]

    async def _answer_once(self, item: InboxItem) -> None:
        if not item.incoming.ordered:
            item.place.finish()
        await item.place.entered(ordered=item.incoming.ordered)
        if item.withdrawn:
            return
        item.begun = True
        sink = self._sink(item)
        try:
            if item.reply is not None:
                await sink.send(item.reply)
            else:
                await self._dispatcher.handle(item.event or merged(item.all_incoming), sink)
        except asyncio.CancelledError:
            if not item.withdrawn:
                raise
        finally:
            item.writing = False
            await sink.close()

    def _sink(self, item: InboxItem) -> AnswerSink:
        return AnswerSink(self._sender.delivery(item.incoming, item.shown), item, self._capabilities, self._pacer)

    async def _settle(self, item: InboxItem) -> None:
        """Mark the item as answered, or keep it for the next start: a turn by its node, other replies in full."""
        channel, ids = item.incoming.channel, [incoming.id for incoming in item.all_incoming]
        if item.undelivered is None:
            await self.inbox.delivered(self.platform, channel, ids, item.shown if item.node else (), item.node)
        elif item.undelivered.kind != "turn" or item.undelivered.node is None:
            await self.inbox.update(self.platform, channel, ids[-1], reply=packed(item.undelivered))

    # --- lifecycle ----------------------------------------------------------------------------------------------

    async def finish(self, seconds: float) -> None:
        """Give running answers ``seconds`` to finish, then cancel them. Unanswered messages stay in the inbox."""
        await self._tasks.finish(seconds)


def _note(keys: OrderedDict[Key, None], key: Key) -> None:
    keys[key] = None
    while len(keys) > REMEMBERED:
        keys.popitem(last=False)
