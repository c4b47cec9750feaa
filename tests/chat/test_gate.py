"""The gate that keeps turns and model changes apart."""

import asyncio

import pytest

from bot.chat.gate import Gate


async def nothing() -> None:
    """A callback that does nothing."""


async def test_many_pass_at_once_and_one_who_closes_is_alone() -> None:
    gate, inside, order = Gate(), asyncio.Event(), list[str]()

    async def turn(name: str, leave: asyncio.Event) -> None:
        async with gate.passing():
            order.append(name)
            await leave.wait()
        order.append(f"{name} left")

    async def change() -> None:
        async with gate.closed(60, nothing):
            assert not gate.is_open
            order.append("alone")

    turns = [asyncio.create_task(turn(name, inside)) for name in "ab"]
    await asyncio.sleep(0)
    closing = asyncio.create_task(change())
    await asyncio.sleep(0)
    late = asyncio.create_task(turn("c", inside))
    await asyncio.sleep(0)
    assert order == ["a", "b"], "both at once; who comes while it is closed waits"
    inside.set()
    await asyncio.gather(*turns, closing, late)
    assert order.index("alone") < order.index("c")
    assert gate.is_open


async def test_those_who_stay_are_hurried_and_then_given_up() -> None:
    gate, hurried = Gate(), 0

    async def hurry() -> None:
        nonlocal hurried
        hurried += 1

    async with gate.passing():
        with pytest.raises(TimeoutError):
            async with gate.closed(0.001, hurry):
                pass
    assert hurried == 1
    assert gate.is_open, "turns go on"
    async with gate.closed(0.001, hurry):
        pass
    assert hurried == 1


async def test_who_is_cancelled_while_closing_opens_it_again() -> None:
    gate = Gate()

    async def change() -> None:
        async with gate.closed(60, nothing):
            pass

    async with gate.passing():
        closing = asyncio.create_task(change())
        await asyncio.sleep(0)
        closing.cancel()
        assert isinstance((await asyncio.gather(closing, return_exceptions=True))[0], asyncio.CancelledError)
        assert gate.is_open
