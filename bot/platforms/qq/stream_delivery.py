"""Answers in private talks, shown while they are written where QQ lets the bot do that."""

import itertools
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from bot.events import Speaker
from bot.platforms.line.heard import Heard
from bot.platforms.line.sending import Delivery, Outgoing, Rejected, Skipped
from bot.platforms.qq.error_codes import QQError
from bot.platforms.qq.private_stream import FIRST_NUMBER, Changed, PrivateStream, resumed
from bot.platforms.qq.qq_delivery import FIRST_PAUSE, LONGEST_PAUSE, TOO_MANY, Outlet, QqDelivery, id_of, whole_delivery
from bot.platforms.qq.qq_places import Place, place_of
from bot.platforms.qq.rest import Unreachable

log = logging.getLogger(__name__)

MOST_FAILURES = 3  # beginnings in a row that QQ refuses: then it has not granted streams to the bot
PREFIX_CHANGED = 40007
Keep = Callable[[str, str, list[str]], Awaitable[None]]  # (channel, message, what a later process needs to go on)


class StreamSender:
    """Makes the deliveries of private talks."""

    def __init__(self, outlet: Outlet, keep: Keep) -> None:
        self._outlet = outlet
        self._keep = keep
        self._failures = 0

    def delivery(self, heard: Heard, shown: Sequence[str] = ()) -> Delivery:
        """The way to answer what was heard."""
        whole, place = whole_delivery(self._outlet, heard), place_of(heard.channel)
        if place is None or self._failures >= MOST_FAILURES or "event_id" in (heard.stored or {}):
            return whole
        return StreamDelivery(self._outlet, whole, place, heard, self)

    async def begun(self, heard: Heard, keys: list[str]) -> None:
        """Streams stand there: a later process finds them."""
        self._failures = 0
        await self._keep(heard.channel, heard.id, keys)

    def failed(self, error: QQError) -> None:
        """QQ did not let a stream begin."""
        self._failures += 1
        if self._failures == MOST_FAILURES:
            log.warning("qq: answers are shown only when they are whole from now on: %s", error)


class StreamDelivery:
    """The way of one answer. What cannot be streamed is posted whole."""

    def __init__(self, outlet: Outlet, whole: QqDelivery, place: Place, heard: Heard, sender: StreamSender) -> None:
        self._outlet = outlet
        self._whole = whole
        self._place = place
        self._heard = heard
        self._sender = sender
        self._streams: dict[str, PrivateStream] = {}  # by the ids of their messages
        self._numbers = itertools.count(FIRST_NUMBER + int(10 * max(0.0, time.time() - heard.at)))
        self._may_begin = True

    async def typing(self) -> None:
        """The growing answer shows it."""

    async def speak_as(self, speaker: Speaker) -> bool:
        """QQ shows every message under the bot's own name."""
        return False

    async def post(self, message: Outgoing) -> str:
        """A frame begins a stream; anything else comes whole."""
        await self._complete()
        if not message.streaming:
            return await self._whole.post(message)
        if not self._may_begin or not self._outlet.windows.spend(self._heard.id):
            raise Skipped("no stream can begin")
        stream = PrivateStream(self._place.stream_path, self._heard.id, next(self._numbers))
        try:
            answer = await stream.show(self._outlet.rest, message.text)
        except QQError as error:
            self._outlet.windows.give_back(self._heard.id)
            if error.status != TOO_MANY:  # else the next frame begins it
                self._may_begin = False
                self._sender.failed(error)
            raise Skipped(str(error)) from error
        except Unreachable as error:
            self._may_begin = False
            raise Skipped(str(error)) from error
        number = id_of(answer) or stream.key
        self._streams[number] = stream
        await self._sender.begun(self._heard, [each.key for each in self._streams.values()])
        return number

    async def edit(self, message_id: str, message: Outgoing) -> None:
        """More of it; the end where it is no frame."""
        stream = self._streams.get(message_id) or resumed(message_id, self._place.stream_path, self._heard.id)
        if stream is None:
            raise Rejected("messages of QQ cannot be edited")
        if message.streaming:
            await self._grow(stream, message.text)
        elif not stream.done:
            await self._finish(stream, self._whole.with_choices(message))
            if message.reply is not None:
                await self._outlet.choices.remember(self._place.channel, message_id, message.reply)

    async def _grow(self, stream: PrivateStream, text: str) -> None:
        if not stream.shown or stream.done:  # begun by an earlier process
            raise Skipped("what stands there is not known")
        try:
            await stream.show(self._outlet.rest, text)
        except (Changed, QQError, Unreachable) as error:
            raise Skipped(str(error)) from error

    async def _finish(self, stream: PrivateStream, text: str) -> None:
        """Until it is done. Raises Rejected where the whole text has to be posted as a message of its own."""
        pause = FIRST_PAUSE
        while True:
            was_tried = stream.tried or not stream.shown
            try:
                await stream.show(self._outlet.rest, text, last=True)
                return
            except Changed:
                await self._complete()
                raise Rejected("what was shown already cannot be changed") from None
            except QQError as error:
                if error.status == TOO_MANY:
                    log.info("qq: the end of an answer has to wait: %s", error)
                    await self._outlet.wait(pause)
                    continue
                if was_tried and error.code != PREFIX_CHANGED and error.meaning.kind == "unknown":
                    log.info("qq: an answer is taken for complete: %s", error)
                    return
                raise self._outlet.refusal(error, self._heard.id) from error
            except Unreachable as error:
                log.info("qq: the end of an answer was not taken yet: %s", error)
            await self._outlet.wait(pause)
            pause = min(LONGEST_PAUSE, 2 * pause)

    async def _complete(self) -> None:
        """What still grows ends as it stands."""
        for stream in self._streams.values():
            if not stream.done and not stream.tried:
                with suppress(Changed, QQError, Unreachable):
                    await stream.show(self._outlet.rest, stream.offered, last=True)
                stream.done = True

    async def delete(self, message_id: str) -> None:
        """Nothing can be deleted."""
        await self._whole.delete(message_id)

    async def lacks(self, permission: str) -> None:
        """It goes to the log."""
        await self._whole.lacks(permission)

    async def end(self, *, answered: bool) -> None:
        """Nothing grows any more; where the process ends, the next one goes on."""
        if not self._outlet.closing.is_set():
            await self._complete()
