"""Chunks are merged for a slow reader; errors come after what was written before them."""

import asyncio

import pytest

from bot.engine.serving.mailbox import Mailbox
from bot.engine.types import Chunk, EngineError, Request
from tests.waiting import until


def mailbox(n: int = 1) -> Mailbox:
    return Mailbox(Request(tokens=(1,), n=n))


async def test_pieces_of_each_candidate_are_joined() -> None:
    box = mailbox(2)
    for text in "abc":
        box.put(Chunk(text=text))
        box.put(Chunk(text=text.upper(), index=1))
    box.put(Chunk(text="", finish_reason="stop"))
    assert not box.complete
    first, second = await box.get(), await box.get()
    assert (first.text, first.finish_reason, second.text, second.index) == ("abc", "stop", "ABC", 1)
    assert box.open_candidates == 1
    box.put(Chunk(text="", index=1, finish_reason="eos"))
    assert (await box.get()).finish_reason == "eos"
    assert box.open_candidates == 0
    assert box.complete


async def test_an_error_comes_last_and_stays() -> None:
    box = mailbox()
    box.put(Chunk(text="a"))
    box.put(EngineError("first"))
    box.put(EngineError("second"))
    assert (await box.get()).text == "a"
    for _ in range(2):
        with pytest.raises(EngineError, match="first"):
            await box.get()


async def test_the_reader_wakes_when_something_comes() -> None:
    box = mailbox()
    task = asyncio.ensure_future(box.get())
    await asyncio.sleep(0)
    assert not task.done()
    assert box.waiting == 0
    box.put(Chunk(text="x"))
    assert box.waiting == 1
    assert (await task).text == "x"
    assert box.waiting == 0


async def test_a_waiting_readers_pieces_can_be_taken_directly_but_the_last_one_not() -> None:
    taken: list[str] = []

    def take(chunk: Chunk) -> bool:
        taken.append(chunk.text)
        return chunk.text != "c"

    box = Mailbox(Request(tokens=(1,), direct=take))
    box.put(Chunk(text="a"))
    assert (await box.get()).text == "a"
    assert not taken, "nobody was waiting"
    reading = asyncio.ensure_future(box.get())
    await until(lambda: box.idle)
    for text in "bcd":
        box.put(Chunk(text=text))
    assert taken == ["b", "c"]
    assert (await reading).text == "cd", "what follows a piece that was not taken waits behind it"
    reading = asyncio.ensure_future(box.get())
    await until(lambda: box.idle)
    box.put(Chunk(text="e", finish_reason="stop"))
    assert (await reading).text == "e"
    assert taken == ["b", "c"]


async def test_nothing_is_taken_directly_once_the_reader_is_gone() -> None:
    box = Mailbox(Request(tokens=(1,), direct=lambda _: True))
    reading = asyncio.ensure_future(box.get())
    await until(lambda: box.idle)
    reading.cancel()
    await asyncio.wait({reading})
    box.put(Chunk(text="a"))
    assert box.waiting == 1
