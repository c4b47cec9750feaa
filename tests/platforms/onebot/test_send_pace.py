import asyncio

import pytest

from bot.platforms.onebot.send_pace import REMEMBERED, SendPacer


class Time:
    """A clock that advances when something sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    found = Time()
    monkeypatch.setattr("bot.platforms.onebot.send_pace.asyncio.sleep", found.sleep)
    return found


def pace(time: Time, gap: float, per_minute: int) -> SendPacer:
    return SendPacer(gap, per_minute, clock=lambda: time.now, draw=lambda: 0.5)


async def test_messages_keep_their_distance_and_their_number(time: Time) -> None:
    keeper = pace(time, 1.0, 3)
    times: list[float] = []
    for _ in range(7):
        await keeper.wait("group:1")
        times.append(time.now - 1000)
    assert times[:3] == [0.0, 1.5, 3.0]
    for index, at in enumerate(times):
        assert len([each for each in times[:index] if at - each < 60]) < 3


async def test_the_account_has_its_own_limit_over_all_channels(time: Time) -> None:
    keeper = pace(time, 0.0, 2)
    for number in range(4):
        await keeper.wait(f"group:{number}")
    assert time.now == 1060


async def test_memory_is_bounded(time: Time) -> None:
    keeper = pace(time, 0.0, 100_000)
    for number in range(REMEMBERED + 10):
        await keeper.wait(f"group:{number}")
    assert len(keeper._channels) == REMEMBERED


async def test_a_busy_channel_delays_no_other() -> None:
    keeper = SendPacer(0.0, 1)
    await keeper.wait("group:1")
    keeper._account.most = 100
    waiting = asyncio.create_task(keeper.wait("group:1"))
    await asyncio.sleep(0)
    await keeper.wait("group:2")
    assert not waiting.done()
    waiting.cancel()
