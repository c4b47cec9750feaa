"""A reply on its way to Discord: it grows by edits at a steady pace, and its last frame always arrives."""

import asyncio
import contextlib
import io
import logging
import re
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, TypeVar

import aiohttp
import discord

from bot.events import Reply
from bot.platforms.discord.buttons import view
from bot.platforms.discord.delivery import NOBODY, Delivery, Shown
from bot.platforms.discord.splitting import LIMIT, closed, split

log = logging.getLogger(__name__)

SENTENCE = re.compile(r"[.!?。！？…\n]")
TRIES = 5
TROUBLE = (discord.HTTPException, aiohttp.ClientError, OSError)  # what the network and Discord do to a request
EMPTY = "\u200b"
T = TypeVar("T")


class DiscordSink:
    """One answer. ``update`` only notes the newest text; a task of its own shows it, at most once an ``interval``."""

    def __init__(
        self, delivery: Delivery, *, interval: float = 1.0, file_after: int = 8000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._delivery = delivery
        self._interval = interval
        self._file_after = file_after
        self._clock = clock
        self._shown: list[tuple[Shown, str]] = []
        self._frame: Reply | None = None
        self._news = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None
        self._gone = False  # the message was deleted, or we may not write here
        self.delivered = 0

    async def typing(self) -> None:
        """Show that an answer is being made."""
        with contextlib.suppress(*TROUBLE):
            await self._delivery.typing()

    async def update(self, reply: Reply) -> None:
        """Note the newest frame."""
        self._frame = reply
        self._news.set()
        if self._pump is None and reply.text.strip():
            self._pump = asyncio.create_task(self._stream())

    async def send(self, reply: Reply) -> tuple[str, ...]:
        """Deliver the finished reply in place of the frames; returns the messages' ids."""
        await self._end_stream()
        shown, self._shown = self._shown, []
        try:
            return await self._deliver(reply, shown)
        except discord.Forbidden as error:
            log.warning("Discord does not let the bot write there: %s", error.text)
        except discord.NotFound:
            log.info("the place of an answer on Discord is gone; the turn is kept")
        return ()

    # --- frames -------------------------------------------------------------------------------------------------

    async def _stream(self) -> None:
        begun = self._clock()
        while self._frame is not None and not SENTENCE.search(self._frame.text):
            left = self._interval - (self._clock() - begun)
            if left <= 0:
                break
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), left)
        while not self._gone:
            self._news.clear()
            frame = self._frame
            if frame is not None:
                await self._show_frame(frame)
            await asyncio.sleep(self._interval)
            await self._news.wait()

    async def _show_frame(self, reply: Reply) -> None:
        """One request: the last piece grows, or a new one begins."""
        pieces = split(_named(reply, reply.text[: self._file_after]))
        place = len(self._shown) - 1
        try:
            if place >= 0 and self._shown[place][1] != (text := closed(pieces[min(place, len(pieces) - 1)])):
                await self._edit(place, text, view=view(reply, streaming=True) if place == len(pieces) - 1 else None)
            elif len(pieces) > len(self._shown):
                text = closed(pieces[len(self._shown)])
                message = await self._delivery.post(text, view=view(reply, streaming=True))
                self._shown.append((message, text))
        except (discord.NotFound, discord.Forbidden):
            self._gone = True
        except TROUBLE as error:
            log.debug("a frame was skipped: %s", error)

    async def _end_stream(self) -> None:
        """Let a running request finish: a frame that arrived after the end would hide it."""
        pump, self._pump, self._frame = self._pump, None, None
        if pump is not None:
            self._gone = True
            self._news.set()
            pump.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await pump
            self._gone = False

    async def _edit(self, place: int, text: str, **extra: Any) -> None:
        message, _ = self._shown[place]
        await message.edit(content=text, allowed_mentions=NOBODY, **extra)
        self._shown[place] = (message, text)

    # --- the end ------------------------------------------------------------------------------------------------

    async def _deliver(self, reply: Reply, shown: list[tuple[Shown, str]]) -> tuple[str, ...]:
        text, files = self._with_files(reply)
        pieces = [piece or EMPTY for piece in split(_named(reply, text))]
        ids = []
        for place, piece in enumerate(pieces):
            last = place == len(pieces) - 1
            buttons, attached = (view(reply), files) if last else (None, [])
            message = None
            if place < len(shown):
                message = await self._try(partial(_replace, shown[place][0], piece, buttons, attached))
            if message is None:
                message = await self._try(partial(self._post, piece, buttons, attached, private=reply.private))
            if message is not None:
                ids.append(str(message.id))
        for old, _ in shown[len(pieces) :]:
            await self._try(old.delete)
        self.delivered += 1
        return tuple(ids)

    async def _post(
        self, text: str, buttons: discord.ui.View | None, files: list[discord.File], *, private: bool
    ) -> Shown:
        extra: dict[str, Any] = {"view": buttons} if buttons is not None else {}
        return await self._delivery.post(text, private=private, **extra, **({"files": files} if files else {}))

    async def _try(self, work: Callable[[], Awaitable[T]]) -> T | None:
        """Do it again after trouble on the way; None when the message is gone, or Discord stays silent."""
        for turn in range(TRIES):
            try:
                return await work()
            except discord.NotFound:
                return None
            except discord.Forbidden:
                raise
            except TROUBLE as error:
                if isinstance(error, discord.HTTPException) and error.status < 500 and error.status != 429:
                    raise
                log.info("Discord did not take an answer yet (%s)", error)
                await asyncio.sleep(min(60, 2**turn))
        return None

    def _with_files(self, reply: Reply) -> tuple[str, list[discord.File]]:
        """Text and files; what is too long for messages goes on in a file."""
        files = [discord.File(io.BytesIO(file.data), file.name) for file in reply.files]
        if len(reply.text) <= self._file_after:
            return reply.text, files
        head = reply.text[: LIMIT - 200]
        files.append(discord.File(io.BytesIO(reply.text.encode()), "reply.md"))
        return f"{closed(head)}\n…", files


def _named(reply: Reply, text: str) -> str:
    """A character's words under its own name."""
    return f"**{discord.utils.escape_markdown(reply.speaker.name)}**: {text}" if reply.speaker else text


async def _replace(message: Shown, text: str, buttons: discord.ui.View | None, files: list[discord.File]) -> Shown:
    attached: dict[str, Any] = {"attachments": files} if files else {}
    await message.edit(content=text, view=buttons, allowed_mentions=NOBODY, **attached)
    return message
