"""Messages reach the engine thread until it has ended, and results reach their reader."""

import asyncio

import pytest

from bot.engine.serving.mailbox import Mailbox
from bot.engine.serving.thread_messages import Inbox, ResultBatch, Stop
from bot.engine.types import Chunk, EngineError, Request


async def test_results_reach_their_reader() -> None:
    mailbox = Mailbox(Request(tokens=(1,)))
    post = ResultBatch(asyncio.get_running_loop())
    post.add(mailbox, Chunk(text="x"))
    post.send()
    assert (await mailbox.get()).text == "x"


def test_a_closed_inbox_refuses() -> None:
    inbox, message = Inbox(), Stop()
    inbox.put(message)
    assert inbox.close() == [message]
    with pytest.raises(EngineError, match="not running"):
        inbox.put(message)


async def test_answers_to_those_who_have_gone_are_dropped() -> None:
    post = ResultBatch(asyncio.get_running_loop())
    future: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    future.cancel()
    post.answer(future, 1)
    await asyncio.sleep(0)
    assert future.cancelled()


def test_a_closed_loop_is_no_error() -> None:
    loop = asyncio.new_event_loop()
    post = ResultBatch(loop)
    loop.close()
    post.add(Mailbox(Request(tokens=(1,))), Chunk(text="x"))
    post.send()
