"""Gathers pieces of a reply for a moment, so that not every token is sent in its own packet."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress

from bot.engine.serving.mailbox import Mailbox
from bot.engine.types import Chunk, Request


async def coalesced(request: Request, stream: AsyncIterator[Chunk], seconds: float) -> AsyncGenerator[Chunk]:
    """Yield the pieces of ``request``'s ``stream``: the first at once, then those of ``seconds`` joined.

    Closing it closes the stream.
    """
    mailbox = Mailbox(request)
    pump = asyncio.create_task(_pump(stream, mailbox))
    try:
        while mailbox.open_candidates:
            yield await mailbox.get()
            if mailbox.open_candidates and not mailbox.waiting:
                await asyncio.wait([pump], timeout=seconds)  # returns at once when the reply ends
    finally:
        pump.cancel()
        with suppress(asyncio.CancelledError):
            await pump


async def _pump(stream: AsyncIterator[Chunk], mailbox: Mailbox) -> None:
    try:
        async for chunk in stream:
            mailbox.put(chunk)
        mailbox.put(RuntimeError("the reply ended before its last piece"))
    except Exception as error:  # raised to the reader
        mailbox.put(error)
    finally:
        if isinstance(stream, AsyncGenerator):
            await stream.aclose()
