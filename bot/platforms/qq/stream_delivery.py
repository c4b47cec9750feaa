"""Streamed answers in private chats, where QQ lets the bot stream."""

import itertools
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from bot.events import Speaker
from bot.platforms.line.incoming_event import IncomingEvent
from bot.platforms.line.sending import Delivery, FrameSkipped, MessageRejected, Outgoing
from bot.platforms.qq.error_codes import QQError
from bot.platforms.qq.private_stream import FIRST_NUMBER, Changed, PrivateStream, resumed
from bot.platforms.qq.qq_delivery import (
    FIRST_PAUSE,
    MAX_PAUSE,
    TOO_MANY,
    DeliveryContext,
    QqDelivery,
    id_of,
    whole_delivery,
)
from bot.platforms.qq.qq_places import QqPlace, place_of
from bot.platforms.qq.rest import Unreachable

log = logging.getLogger(__name__)

MAX_FAILURES = 3  # consecutive failures to start a stream, after which streams are taken for not granted
PREFIX_CHANGED = 40007
Keep = Callable[[str, str, list[str]], Awaitable[None]]  # (channel, message, keys of streams for a later process)


class StreamSender:
    """Creates deliveries for private chats."""

    def __init__(self, context: DeliveryContext, keep: Keep) -> None:
        self._context = context
        self._keep = keep
        self._failures = 0

    def delivery(self, incoming: IncomingEvent, shown: Sequence[str] = ()) -> Delivery:
        """Return a delivery, streamed if possible."""
        whole, place = whole_delivery(self._context, incoming), place_of(incoming.channel)
        if place is None or self._failures >= MAX_FAILURES or "event_id" in (incoming.stored or {}):
            return whole
        return StreamDelivery(self._context, whole, place, incoming, self)

    async def begun(self, incoming: IncomingEvent, keys: list[str]) -> None:
        """Record the keys of started streams, so that a later process finds them."""
        self._failures = 0
        await self._keep(incoming.channel, incoming.id, keys)

    def failed(self, error: QQError) -> None:
        """Count a failure to start a stream."""
        self._failures += 1
        if self._failures == MAX_FAILURES:
            log.warning("qq: answers are shown only when they are whole from now on: %s", error)


class StreamDelivery:
    """Sends one answer. What cannot be streamed is posted as whole messages."""

    def __init__(
        self, context: DeliveryContext, whole: QqDelivery, place: QqPlace, incoming: IncomingEvent, sender: StreamSender
    ) -> None:
        self._context = context
        self._whole = whole
        self._place = place
        self._incoming = incoming
        self._sender = sender
        self._streams: dict[str, PrivateStream] = {}  # by message id
        self._numbers = itertools.count(FIRST_NUMBER + int(10 * max(0.0, time.time() - incoming.at)))
        self._may_begin = True

    async def typing(self) -> None:
        """Do nothing: the growing answer shows it."""

    async def speak_as(self, speaker: Speaker) -> bool:
        """Return False: QQ shows every message under the bot's own name."""
        return False

    async def post(self, message: Outgoing) -> str:
        """Start a stream for a frame; post anything else as a whole message."""
        await self._complete()
        if not message.streaming:
            return await self._whole.post(message)
        if not self._may_begin or not self._context.windows.spend(self._incoming.id):
            raise FrameSkipped("no stream can begin")
        stream = PrivateStream(self._place.stream_path, self._incoming.id, next(self._numbers))
        try:
            answer = await stream.show(self._context.rest, message.text)
        except QQError as error:
            self._context.windows.give_back(self._incoming.id)
            if error.status != TOO_MANY:  # otherwise the next frame tries again
                self._may_begin = False
                self._sender.failed(error)
            raise FrameSkipped(str(error)) from error
        except Unreachable as error:
            self._may_begin = False
            raise FrameSkipped(str(error)) from error
        number = id_of(answer) or stream.key
        self._streams[number] = stream
        await self._sender.begun(self._incoming, [each.key for each in self._streams.values()])
        return number

    async def edit(self, message_id: str, message: Outgoing) -> None:
        """Extend the stream, or finish it if the message is not a frame."""
        stream = self._streams.get(message_id) or resumed(message_id, self._place.stream_path, self._incoming.id)
        if stream is None:
            raise MessageRejected("messages of QQ cannot be edited")
        if message.streaming:
            await self._grow(stream, message.text)
        elif not stream.done:
            await self._finish(stream, self._whole.with_choices(message))
            if message.reply is not None:
                await self._context.choices.remember(self._place.channel, message_id, message.reply)

    async def _grow(self, stream: PrivateStream, text: str) -> None:
        if not stream.shown or stream.done:  # started by an earlier process
            raise FrameSkipped("what stands there is not known")
        try:
            await stream.show(self._context.rest, text)
        except (Changed, QQError, Unreachable) as error:
            raise FrameSkipped(str(error)) from error

    async def _finish(self, stream: PrivateStream, text: str) -> None:
        """Send the last frame until QQ accepts it. Raises Rejected if the text must be posted as a new message."""
        pause = FIRST_PAUSE
        while True:
            was_tried = stream.tried or not stream.shown
            try:
                await stream.show(self._context.rest, text, last=True)
                return
            except Changed:
                await self._complete()
                raise MessageRejected("what was shown already cannot be changed") from None
            except QQError as error:
                if error.status == TOO_MANY:
                    log.info("qq: the end of an answer has to wait: %s", error)
                    await self._context.wait(pause)
                    continue
                if was_tried and error.code != PREFIX_CHANGED and error.meaning.kind == "unknown":
                    log.info("qq: an answer is taken for complete: %s", error)
                    return
                raise self._context.refusal(error, self._incoming.id) from error
            except Unreachable as error:
                log.info("qq: the end of an answer was not taken yet: %s", error)
            await self._context.wait(pause)
            pause = min(MAX_PAUSE, 2 * pause)

    async def _complete(self) -> None:
        """Finish all open streams with the text they have."""
        for stream in self._streams.values():
            if not stream.done and not stream.tried:
                with suppress(Changed, QQError, Unreachable):
                    await stream.show(self._context.rest, stream.offered, last=True)
                stream.done = True

    async def delete(self, message_id: str) -> None:
        """Raise Gone: nothing can be deleted."""
        await self._whole.delete(message_id)

    async def report_missing(self, permission: str) -> None:
        """Log the missing permission."""
        await self._whole.report_missing(permission)

    async def end(self, *, answered: bool) -> None:
        """Finish open streams, unless the process is ending: the next process continues them."""
        if not self._context.closing.is_set():
            await self._complete()
