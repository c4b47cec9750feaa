"""A reply on its way to Discord: it grows by edits at a steady pace, and its last frame always arrives."""

import asyncio
import contextlib
import io
import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import discord

from bot.events import Reply
from bot.platforms.discord.buttons import view
from bot.platforms.discord.complaints import Complaints
from bot.platforms.discord.delivery import NOBODY, Delivery, Shown
from bot.platforms.discord.edit_pace import Pace
from bot.platforms.discord.inbox_item import Letter
from bot.platforms.discord.link import LONGEST_REQUEST, TROUBLE, Link, Undelivered
from bot.platforms.line.splitting import LIMIT, backticked, closed, split

log = logging.getLogger(__name__)

SENTENCE = re.compile(r"[.!?。！？…\n]")
FIRST_WORDS = 1.0  # seconds until the first words are shown, a sentence or not
TYPING_LASTS = 8.0  # seconds; Discord shows it for ten
EMPTY = "\u200b"


@dataclass(slots=True)
class Piece:
    """A message of the reply as it stands on Discord."""

    message: Shown
    text: str
    buttons: bool


class DiscordSink:
    """One answer. ``update`` only notes the newest text; a task of its own shows it, as often as ``pace`` lets it."""

    def __init__(
        self, delivery: Delivery, *, channel: int = 0, link: Link | None = None, pace: Pace | None = None,
        letter: Letter | None = None, shown: list[Shown] | None = None, file_after: int = 8000,
        complaints: Complaints | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._delivery = delivery
        self._channel = channel
        self._link = link or Link()
        self._pace = pace or Pace()
        self._letter = letter
        self._file_after = file_after
        self._complaints = complaints
        self._clock = clock
        self._shown = [Piece(message, "", True) for message in shown or ()]
        self._frame: Reply | None = None
        self._news = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None
        self._typing: asyncio.Task[None] | None = None
        self._request: asyncio.Task[None] | None = None
        self._own_name: bool | None = None  # a character's words stand under its name by themselves
        self._gone = False  # the message was deleted, or we may not write here
        self.delivered = 0

    async def typing(self) -> None:
        """Show that an answer is being made, without waiting for Discord to take note."""
        if self._letter is not None:
            self._letter.ticket.begin()
        if self._typing is None:
            self._typing = asyncio.create_task(self._type())

    async def update(self, reply: Reply) -> None:
        """Note the newest frame."""
        self._frame = reply
        self._news.set()
        if self._pump is None and reply.text.strip():
            self._pump = asyncio.create_task(self._stream())

    async def send(self, reply: Reply) -> tuple[str, ...]:
        """Deliver the finished reply in place of the frames; returns the messages' ids."""
        letter = self._letter
        if letter is not None:
            letter.ticket.begin()
            await letter.keep(reply)
        await self.end()
        try:
            if letter is not None:
                await letter.ticket.front()
            return await self._deliver_somehow(reply)
        except Undelivered:
            log.info("an answer could not be delivered before the end; the next start delivers it")
            if letter is not None:
                letter.undelivered = True
        except discord.Forbidden as error:
            log.info("Discord does not let the bot write there: %s", error.text)
            await self._complain("send")
        except discord.NotFound:
            log.info("the place of an answer on Discord is gone; the turn is kept")
        return ()

    # --- frames -------------------------------------------------------------------------------------------------

    async def _type(self) -> None:
        """The indicator, again and again until something is shown."""
        while not self._shown:
            with contextlib.suppress(*TROUBLE, RuntimeError):
                await self._delivery.typing()
            await asyncio.sleep(TYPING_LASTS)

    async def _stream(self) -> None:
        await self._first_words()
        if self._letter is not None:
            await self._letter.ticket.front()
        while not self._gone:
            await self._news.wait()
            await self._pace.wait(self._channel, frame=True)
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
            with contextlib.suppress(TimeoutError):  # no wait_for: in Python 3.11 it can swallow end()'s cancelling
                async with asyncio.timeout(left):
                    await self._news.wait()
        self._news.set()

    async def _show_frame(self, reply: Reply) -> None:
        """One request: the last piece grows, or a new one begins."""
        try:
            async with asyncio.timeout(LONGEST_REQUEST):
                await self._grow(reply)
        except (discord.NotFound, discord.Forbidden):
            self._gone = True
        except (*TROUBLE, RuntimeError) as error:
            log.debug("a frame was skipped: %s", error)
        finally:
            self._pace.written(self._channel)

    async def _grow(self, reply: Reply) -> None:
        place = len(self._shown) - 1
        pieces = split(backticked(await self._named(reply, reply.text[: self._file_after])))
        if place >= 0 and self._shown[place].text != (text := closed(pieces[min(place, len(pieces) - 1)])):
            await self._edit(place, text, view(reply, streaming=True) if place >= len(pieces) - 1 else None)
        elif len(pieces) > len(self._shown):
            text = closed(pieces[len(self._shown)])
            message = await self._delivery.post(text, view=view(reply, streaming=True))
            await self._add(Piece(message, text, True))

    async def _add(self, piece: Piece) -> None:
        self._shown.append(piece)
        if self._letter is not None:
            await self._letter.show([str(each.message.id) for each in self._shown])

    async def end(self) -> None:
        """No frame begins any more; one that is on its way must arrive first, or it would hide the end."""
        self._frame = None
        for task in (self._pump, self._typing):
            if task is not None:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        if self._request is not None:
            await self._request
        self._pump = self._typing = self._request = None

    async def _edit(self, place: int, text: str, buttons: discord.ui.View | None, files: Any = ()) -> None:
        piece = self._shown[place]
        attached: dict[str, Any] = {"attachments": files} if files else {}
        await piece.message.edit(content=text, view=buttons, allowed_mentions=NOBODY, **attached)
        piece.text, piece.buttons = text, buttons is not None

    # --- the end ------------------------------------------------------------------------------------------------

    async def _deliver_somehow(self, reply: Reply) -> tuple[str, ...]:
        """With its files, or without them where the bot may not attach any."""
        try:
            return await self._deliver(reply)
        except discord.Forbidden:
            if not self._with_files(reply)[1]:
                raise
        self._file_after = len(reply.text)  # nothing of it goes into a file
        ids = await self._deliver(replace(reply, files=()))
        await self._complain("files")
        return ids

    async def _complain(self, what: str) -> None:
        if self._complaints is not None:
            await self._complaints.lack(self._channel, what)

    async def _deliver(self, reply: Reply) -> tuple[str, ...]:
        text, files = self._with_files(reply)
        pieces = [piece or EMPTY for piece in split(backticked(await self._named(reply, text)))]
        for place, piece in enumerate(pieces):
            last = place == len(pieces) - 1
            await self._put(place, piece, view(reply) if last else None, files if last else [], private=reply.private)
        for old in self._shown[len(pieces) :]:
            with contextlib.suppress(discord.NotFound):
                await self._link.carry(old.message.delete)
        del self._shown[len(pieces) :]
        self.delivered += 1
        return tuple(str(piece.message.id) for piece in self._shown)

    async def _put(
        self, place: int, text: str, buttons: discord.ui.View | None, files: list[tuple[str, bytes]], *, private: bool
    ) -> None:
        """Piece ``place`` stands there: edited if it does already, else posted."""
        if place < len(self._shown):
            if self._shown[place].text == text and not self._shown[place].buttons and buttons is None and not files:
                return
            try:
                await self._pace.wait(self._channel)
                await self._link.carry(lambda: self._edit(place, text, buttons, _attached(files)))
                return
            except discord.NotFound:  # somebody has deleted it: the answer comes as a new message
                del self._shown[place:]
            finally:
                self._pace.written(self._channel)
        message = await self._link.carry(partial(self._post, text, buttons, files, private=private))
        await self._add(Piece(message, text, buttons is not None))

    async def _post(
        self, text: str, buttons: discord.ui.View | None, files: list[tuple[str, bytes]], *, private: bool
    ) -> Shown:
        extra: dict[str, Any] = {"view": buttons} if buttons is not None else {}
        if files:
            extra["files"] = _attached(files)
        return await self._delivery.post(text, private=private, **extra)

    async def _named(self, reply: Reply, text: str) -> str:
        """A character's words under its own name: the message's, or else a bold one before them."""
        if reply.speaker is None:
            return text
        if self._own_name is None:
            self._own_name = await self._delivery.speak_as(reply.speaker)
        return text if self._own_name else f"**{discord.utils.escape_markdown(reply.speaker.name)}**: {text}"

    def _with_files(self, reply: Reply) -> tuple[str, list[tuple[str, bytes]]]:
        """Text and files; what is too long for messages goes on in a file."""
        files = [(file.name, file.data) for file in reply.files]
        if len(reply.text) <= self._file_after:
            return reply.text, files
        files.append(("reply.md", reply.text.encode()))
        return f"{closed(reply.text[: LIMIT - 200])}\n…", files


def _attached(files: list[tuple[str, bytes]]) -> list[discord.File]:
    """New file objects for each try: discord.py closes those it has sent."""
    return [discord.File(io.BytesIO(data), name) for name, data in files]
