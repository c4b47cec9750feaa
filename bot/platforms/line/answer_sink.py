"""Delivers a reply to a platform: streams it by rate-limited edits and guarantees that the final text arrives."""

import asyncio
import contextlib
import logging
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bot.events import File, Reply, in_one
from bot.platforms.line.capabilities import Capabilities
from bot.platforms.line.inbox_item import InboxItem
from bot.platforms.line.pacing import Pacer
from bot.platforms.line.sending import (
    Delivery,
    FrameSkipped,
    MessageGone,
    MessageRejected,
    NotPermitted,
    Outgoing,
    Undelivered,
)
from bot.platforms.line.splitting import backticked, closed, split

log = logging.getLogger(__name__)

SENTENCE = re.compile(r"[.!?。！？…\n]")
MARKDOWN = re.compile(r"([\\*_~`|>])")
FIRST_WORDS = 1.0  # seconds until the first text is shown, even if no sentence is complete
EMPTY = "\u200b"
UNKNOWN = "\x00"  # text of a message posted by an earlier process


@dataclass(slots=True)
class Piece:
    """One message of the reply, as currently shown."""

    id: str
    text: str
    buttons: bool


class AnswerSink:
    """One answer. ``update`` only stores the newest text; a separate task shows it at the pace allowed."""

    def __init__(
        self, delivery: Delivery, item: InboxItem, capabilities: Capabilities, pacer: Pacer,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._delivery = delivery
        self._item = item
        self._capabilities = capabilities
        self._pacer = pacer
        self._clock = clock
        self._file_after = capabilities.file_after
        self._panel = item.incoming.panel  # id of the panel among the messages that the answer replaces
        self._pieces = [Piece(message, UNKNOWN, True) for message in item.shown if message != self._panel]
        self._frame: Reply | None = None
        self._news = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None
        self._typing: asyncio.Task[None] | None = None
        self._request: asyncio.Task[None] | None = None
        self._own_name: bool | None = None  # whether messages appear under the character's name; None: not asked yet
        self._gone = False  # the message was deleted, or the bot may not write there
        self.answered = False

    @property
    def _channel(self) -> str:
        return self._item.incoming.channel

    # --- bot.events.Sink ----------------------------------------------------------------------------------------

    async def typing(self) -> None:
        """Show the typing indicator, without waiting for the platform."""
        self._item.place.begin()
        self._item.writing = True
        if self._typing is None:
            self._typing = asyncio.create_task(self._type())

    async def update(self, reply: Reply) -> None:
        """Store the newest frame. Raises CancelledError if the answer is no longer wanted."""
        if self._item.withdrawn:
            raise asyncio.CancelledError
        self._frame = reply = self._fitting(reply)
        self._news.set()
        if self._pump is None and reply.text.strip() and self._capabilities.edits:
            self._pump = asyncio.create_task(self._stream())

    async def send(self, reply: Reply) -> tuple[str, ...]:
        """Deliver the finished reply in place of the frames. The line records the last reply's messages itself."""
        reply = self._fitting(reply)
        self._item.place.begin()
        self._item.writing, self._item.finished = False, True
        self.answered = True
        await self.end()
        if self._item.withdrawn:
            return ()
        if self._too_late():
            log.info("the channel %s cannot be answered any more; the turn is kept", self._channel)
            return ()
        try:
            await self._item.place.front()
            await self._deliver_with_fallbacks(reply)
            if reply.more:
                return self._go_on()
            self._item.node = reply.node if reply.kind == "turn" or reply.panel is not None else None
        except Undelivered:
            log.info("an answer could not be delivered before the end; the next start delivers it")
            self._item.undelivered = reply
        except NotPermitted as error:
            log.info("no permission to write in the channel %s: %s", self._channel, error)
            await self._delivery.report_missing("send")
        except MessageRejected as error:
            log.warning("an answer was not taken by the platform: %s; the turn is kept", error)
        except MessageGone:
            log.info("the place of an answer is gone; the turn is kept")
        return ()

    def _fitting(self, reply: Reply) -> Reply:
        return reply if self._capabilities.buttons else in_one(reply)

    def _go_on(self) -> tuple[str, ...]:
        """Keep the messages posted so far and start a new one for the next reply. Returns their ids."""
        done = tuple(piece.id for piece in self._pieces)
        self._pieces, self._own_name = [], None
        self._note()
        self._item.writing, self._item.finished = True, False
        return done

    def _too_late(self) -> bool:
        window = self._capabilities.reply_window
        return not self._capabilities.pushes and window is not None and time.time() - self._item.incoming.at > window

    async def end(self) -> None:
        """Stop streaming. Waits for an edit in progress, which could otherwise overwrite the final text."""
        self._frame = None
        for task in (self._pump, self._typing):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        if self._request is not None:
            await self._request
        self._pump = self._typing = self._request = None

    async def close(self) -> None:
        await self.end()
        await self._delivery.end(answered=self.answered)

    async def withdraw(self) -> None:
        """Delete the messages of an answer that is no longer wanted."""
        await self.end()
        with contextlib.suppress(Undelivered):
            await self._drop(0)

    # --- frames -------------------------------------------------------------------------------------------------

    async def _type(self) -> None:
        """Repeat the typing indicator until something is shown."""
        while not self._pieces:
            if self._pacer.has_room():
                await self._delivery.typing()
            await asyncio.sleep(self._capabilities.typing_lasts)

    async def _stream(self) -> None:
        await self._first_words()
        await self._item.place.front()
        while not self._gone:
            await self._news.wait()
            await self._pacer.wait(self._channel, frame=True)
            self._news.clear()
            if self._frame is not None:
                self._request = asyncio.create_task(self._show_frame(self._frame))
                await asyncio.shield(self._request)

    async def _first_words(self) -> None:
        begun = self._clock()
        while self._frame is not None and not SENTENCE.search(self._frame.text):
            left = FIRST_WORDS - (self._clock() - begun)
            if left <= 0:
                return
            self._news.clear()
            with contextlib.suppress(TimeoutError):  # wait_for in Python 3.11 can swallow a cancellation by end()
                async with asyncio.timeout(left):
                    await self._news.wait()
        self._news.set()

    async def _show_frame(self, reply: Reply) -> None:
        """Make one request: edit the last message or post a new one."""
        try:
            await self._grow(reply)
        except (MessageGone, NotPermitted):
            self._gone = True
        except (FrameSkipped, MessageRejected, Undelivered) as error:
            log.debug("a frame was skipped: %s", error)
        finally:
            self._pacer.written(self._channel)

    async def _grow(self, reply: Reply) -> None:
        place = len(self._pieces) - 1
        pieces = self._split(await self._named(reply, reply.text[: self._file_after]))
        if place >= 0 and self._pieces[place].text != (text := closed(pieces[min(place, len(pieces) - 1)])):
            buttons = reply if place >= len(pieces) - 1 else None
            await self._edit(place, Outgoing(text=text, reply=buttons, streaming=True))
        elif len(pieces) > len(self._pieces):
            text = closed(pieces[len(self._pieces)])
            await self._post(Outgoing(text=text, reply=reply, streaming=True))

    def _split(self, text: str) -> Sequence[str]:
        if self._capabilities.cut is not None:
            return self._capabilities.cut(text)
        return split(backticked(text), self._capabilities.message_limit)

    # --- requests -----------------------------------------------------------------------------------------------

    async def _post(self, message: Outgoing) -> None:
        number = await self._delivery.post(message)
        self._pieces.append(Piece(number, message.text, message.reply is not None))
        self._note()

    async def _edit(self, place: int, message: Outgoing) -> None:
        piece = self._pieces[place]
        await self._delivery.edit(piece.id, message)
        piece.text, piece.buttons = message.text, message.reply is not None

    async def _drop(self, place: int) -> None:
        """Delete the messages from index ``place`` on."""
        for piece in self._pieces[place:]:
            with contextlib.suppress(MessageGone, NotPermitted, MessageRejected):
                await self._delivery.delete(piece.id)
        del self._pieces[place:]
        self._note()

    def _note(self) -> None:
        self._item.shown = [*(piece.id for piece in self._pieces), *filter(None, [self._panel])]

    # --- final delivery -----------------------------------------------------------------------------------------

    async def _deliver_with_fallbacks(self, reply: Reply) -> None:
        """Deliver with files, or without them if the bot is not allowed to attach any."""
        try:
            return await self._deliver(reply)
        except NotPermitted:
            if not self._with_files(reply)[1]:
                raise
        self._file_after = len(reply.text)  # no overflow file
        await self._deliver(replace(reply, files=()))
        await self._delivery.report_missing("files")
        return None

    async def _deliver(self, reply: Reply) -> None:
        if (
            reply.kind == "error"
            and all(piece.text == UNKNOWN for piece in self._pieces)
            and self._item.incoming.replaces
        ):
            self._pieces.clear()  # leave the answer that it should have replaced as it is
            self._panel = ""
        panelled = reply.panel is not None and self._capabilities.buttons
        if reply.text or not panelled:
            await self._deliver_text(reply, buttons=not panelled)
        elif reply.panel is not None and reply.panel.removes:
            await self._drop(0)
        if panelled:
            await self._put_panel(reply)

    async def _deliver_text(self, reply: Reply, *, buttons: bool) -> None:
        text, files = self._with_files(reply)
        pieces = [piece or EMPTY for piece in self._split(await self._named(reply, text))]
        if self._panel and len(pieces) > len(self._pieces):  # the panel must stay below all of them
            await self._drop_panel()
        for place, piece in enumerate(pieces):
            last = place == len(pieces) - 1
            message = Outgoing(text=piece, private=reply.private)
            ending = replace(message, reply=reply if buttons else None, files=files)
            await self._put(place, ending if last else message)
        await self._drop(len(pieces))

    async def _put_panel(self, reply: Reply) -> None:
        """Edit the panel in place, or post it below the text."""
        if reply.panel is None:
            return
        message = Outgoing(text=reply.panel.text or EMPTY, reply=reply, panel=True)
        if self._panel:
            try:
                await self._pacer.wait(self._channel)
                await self._delivery.edit(self._panel, message)
                return
            except (MessageGone, MessageRejected) as error:
                log.info("a panel could not be edited (%s): it comes as a new message", error)
                await self._drop_panel()
            finally:
                self._pacer.written(self._channel)
        self._panel = await self._delivery.post(message)
        self._note()

    async def _drop_panel(self) -> None:
        with contextlib.suppress(MessageGone, NotPermitted, MessageRejected):
            await self._delivery.delete(self._panel)
        self._panel = ""
        self._note()

    async def _put(self, place: int, message: Outgoing) -> None:
        """Edit message ``place`` if it exists, else post it."""
        if place < len(self._pieces):
            piece = self._pieces[place]
            plain = message.reply is None and not message.files
            if not self._capabilities.edits or (piece.text == message.text and not piece.buttons and plain):
                return
            try:
                await self._pacer.wait(self._channel)
                await self._edit(place, message)
                return
            except MessageGone:  # deleted by a user: post the answer as a new message
                del self._pieces[place:]
            except MessageRejected as error:
                log.info("a message could not be edited (%s): the answer comes as a new one", error)
                await self._drop(place)
            finally:
                self._pacer.written(self._channel)
        await self._post(message)

    async def _named(self, reply: Reply, text: str) -> str:
        """Prefix the character's name in bold, unless the message already appears under that name."""
        if reply.speaker is None:
            return text
        if self._own_name is None:
            self._own_name = await self._delivery.speak_as(reply.speaker)
        if self._own_name:
            return text
        if not self._capabilities.markdown:
            return f"{reply.speaker.name}: {text}"
        name = MARKDOWN.sub(r"\\\1", reply.speaker.name)
        return f"**{name}**: {text}"

    def _with_files(self, reply: Reply) -> tuple[str, tuple[File, ...]]:
        """Return text and files. A reply that is too long becomes a file, with its beginning as the text."""
        if not self._capabilities.files:
            return reply.text, ()
        if len(reply.text) <= self._file_after:
            return reply.text, reply.files
        whole = File("reply.md", reply.text.encode(), "text/markdown")
        return f"{closed(reply.text[: self._capabilities.message_limit - 200])}\n…", (*reply.files, whole)
