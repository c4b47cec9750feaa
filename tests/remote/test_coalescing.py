"""Text written while nobody reads is sent as one chunk."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from bot.engine.types import Chunk, Request
from bot.remote.coalescing import coalesced

REQUEST = Request(tokens=(1,), n=2)


async def test_pieces_are_gathered_and_the_end_is_not_waited_for() -> None:
    async def written() -> AsyncGenerator[Chunk]:
        for number in range(100):
            yield Chunk(text=f"{number} ", index=number % 2)
        for index in (0, 1):
            yield Chunk(text=".", index=index, finish_reason="stop", tokens=(index,))

    found = [chunk async for chunk in coalesced(REQUEST, written(), 3600.0)]
    assert len(found) <= 4
    texts = {index: "".join(chunk.text for chunk in found if chunk.index == index) for index in (0, 1)}
    assert texts == {index: "".join(f"{n} " for n in range(index, 100, 2)) + "." for index in (0, 1)}


async def test_an_error_comes_after_what_was_written() -> None:
    async def broken() -> AsyncGenerator[Chunk]:
        yield Chunk(text="so far")
        raise ValueError("so good")

    stream = coalesced(REQUEST, broken(), 0.0)
    assert (await anext(stream)).text == "so far"
    with pytest.raises(ValueError, match="so good"):
        await anext(stream)


async def test_a_reply_without_an_end_is_an_error() -> None:
    async def cut() -> AsyncGenerator[Chunk]:
        yield Chunk(text="so far")

    with pytest.raises(RuntimeError, match="before its last piece"):
        _ = [chunk async for chunk in coalesced(REQUEST, cut(), 0.0)]


async def test_closing_it_closes_the_reply() -> None:
    closed = asyncio.Event()

    async def endless() -> AsyncGenerator[Chunk]:
        try:
            while True:
                yield Chunk(text="on ")
                await asyncio.sleep(0)
        finally:
            closed.set()

    stream = coalesced(REQUEST, endless(), 0.0)
    await anext(stream)
    await stream.aclose()
    assert closed.is_set()
