"""Channel queues."""

import asyncio

from bot.platforms.line.channel_queue import ChannelQueue
from tests.waiting import PATIENCE


async def test_nobody_goes_before_those_who_came_first() -> None:
    queue, done = ChannelQueue(), list[str]()
    places = {name: queue.join("1") for name in ("first", "second", "third")}

    async def answer(name: str, pause: float) -> None:
        await places[name].entered()
        places[name].begin()
        await asyncio.sleep(pause)
        await places[name].front()
        done.append(name)
        places[name].finish()

    await asyncio.gather(answer("third", 0.0), answer("second", 0.01), answer("first", 0.03))
    assert done == ["first", "second", "third"]


async def test_who_leaves_the_line_does_not_let_others_pass() -> None:
    queue = ChannelQueue()
    first, second, third = (queue.join("1") for _ in range(3))
    second.finish()
    waiting = asyncio.create_task(third.front())
    await asyncio.sleep(0.01)
    assert not waiting.done()
    first.finish()
    await asyncio.wait_for(waiting, PATIENCE)


async def test_channels_do_not_wait_for_each_other() -> None:
    queue = ChannelQueue()
    first = queue.join("1")
    await asyncio.wait_for(queue.join("2").front(), PATIENCE)
    first.finish()


async def test_nothing_is_kept_of_those_who_are_done() -> None:
    queue = ChannelQueue()
    for channel in range(100):
        queue.join(str(channel)).finish()
    assert len(queue._last) == 0


async def test_whoever_joins_after_one_that_is_done_waits_for_those_before_it() -> None:
    queue = ChannelQueue()
    first = queue.join("1")
    for _ in range(100):
        queue.join("1").finish()  # a message not addressed to the bot
    last = queue.join("1")
    waiting = [asyncio.create_task(last.entered()), asyncio.create_task(last.front())]
    for _ in range(10):
        await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    assert first.is_followed(queue.join("1"))
    first.finish()
    await asyncio.gather(*waiting)


async def test_commands_pass_where_they_may_and_others_wait() -> None:
    queue = ChannelQueue()
    first, holding, third = queue.join("1"), queue.join("1", lets_commands_pass=True), queue.join("1")
    waiting = [asyncio.create_task(third.entered(ordered=ordered)) for ordered in (False, True)]
    await asyncio.sleep(0.01)
    assert not any(task.done() for task in waiting)
    first.begin()
    await asyncio.wait_for(waiting[0], PATIENCE)
    assert not waiting[1].done()
    holding.finish()
    await asyncio.wait_for(waiting[1], PATIENCE)


async def test_whether_somebody_came_in_between() -> None:
    queue = ChannelQueue()
    first, second = queue.join("1"), queue.join("1")
    assert not first.is_followed(second)
    third = queue.join("1")
    assert first.is_followed(third)
    second.finish()
    assert not first.is_followed(third)
    queue.join("1", lets_commands_pass=True)
    assert not third.is_followed(queue.join("1"))
    first.finish()
    assert not first.is_followed(third)
