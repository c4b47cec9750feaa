"""Limits per minute and per day."""

from typing import Any

import pytest

from bot.errors import Busy
from bot.policy.limits import DAY, Limits, RateLimiter, Requester

WHO: dict[str, Any] = {"user": "u", "channel": "c", "guild": "g"}


class Clock:
    def __init__(self) -> None:
        self.now = 10 * DAY + 3600.0

    def __call__(self) -> float:
        return self.now


def test_a_minute_slides() -> None:
    clock = Clock()
    limiter, limits = RateLimiter(clock, clock), Limits(user_per_minute=2)
    limiter.spend(limits, Requester(**WHO))
    clock.now += 30
    limiter.spend(limits, Requester(**WHO))
    with pytest.raises(Busy) as caught:
        limiter.spend(limits, Requester(**WHO))
    assert caught.value.values == {"limit": 2, "seconds": 30}
    clock.now += 30
    limiter.spend(limits, Requester(**WHO))


def test_a_refusal_counts_for_nobody() -> None:
    clock = Clock()
    limiter, limits = RateLimiter(clock, clock), Limits(user_per_minute=1, channel_per_minute=2)
    limiter.spend(limits, Requester(**WHO))
    for _ in range(5):
        with pytest.raises(Busy):
            limiter.spend(limits, Requester(**WHO))
    limiter.spend(limits, Requester(**(WHO | {"user": "v"})))
    with pytest.raises(Busy, match="channel"):
        limiter.spend(limits, Requester(**(WHO | {"user": "w"})))


def test_the_day_ends_and_is_remembered() -> None:
    clock = Clock()
    limiter, limits = RateLimiter(clock, clock), Limits(user_per_minute=0, user_per_day=3)
    limiter.seed_today("user", "u", 2)
    limiter.spend(limits, Requester(**WHO))
    with pytest.raises(Busy) as caught:
        limiter.spend(limits, Requester(**WHO))
    assert caught.value.values == {"limit": 3, "hours": 23}
    clock.now += DAY
    limiter.spend(limits, Requester(**WHO))


def test_guilds_and_floods() -> None:
    limiter, limits = RateLimiter(Clock(), Clock()), Limits(user_per_minute=1, guild_per_minute=2)
    for user in "ab":
        limiter.spend(limits, Requester(**(WHO | {"user": user, "channel": user})))
    with pytest.raises(Busy, match="server"):
        limiter.spend(limits, Requester(**(WHO | {"user": "c"})))
    for _ in range(4):
        limiter.spend(limits, Requester(light=True, **WHO))
    with pytest.raises(Busy):
        limiter.spend(limits, Requester(light=True, **WHO))


def test_a_guild_only_tightens() -> None:
    base = Limits(user_per_minute=20, user_per_day=0)
    assert base.tightened({"user_per_minute": 50, "user_per_day": 7}) == Limits(user_per_minute=20, user_per_day=7)
    assert base.tightened({"user_per_minute": 5}).user_per_minute == 5


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.policy.limits.MAX_COUNTERS", 10)
    limiter = RateLimiter(Clock(), Clock())
    for number in range(100):
        limiter.spend(Limits(), Requester(user=str(number), channel=str(number)))
    assert len(limiter._windows) <= 11


def test_one_network_is_many_users() -> None:
    limiter, limits = RateLimiter(Clock(), Clock()), Limits(address_per_minute=2)
    for user in "ab":
        limiter.spend(limits, Requester(user=user, channel=user, address="192.0.2.7"))
    with pytest.raises(Busy, match="network"):
        limiter.spend(limits, Requester(user="c", channel="c", address="192.0.2.7"))
    limiter.spend(limits, Requester(user="c", channel="c", address="192.0.2.8"))


def test_what_costs_more_counts_more() -> None:
    limiter, limits = RateLimiter(Clock(), Clock()), Limits(user_per_minute=8, user_per_day=20)
    limiter.spend(limits, Requester(user="u", channel="c", answers=8))
    with pytest.raises(Busy, match="Slow down"):
        limiter.spend(limits, Requester(user="u", channel="c"))


def test_answers_at_once_are_bounded_by_person_and_by_network() -> None:
    limiter, limits = RateLimiter(Clock(), Clock()), Limits(user_at_once=8, address_at_once=10)

    def spender(user: str, answers: int) -> Requester:
        return Requester(user=user, channel=user, address="192.0.2.7", answers=answers)

    with limiter.running(limits, spender("a", 8)):
        with pytest.raises(Busy, match="Each person"), limiter.running(limits, spender("a", 1)):
            pass
        with limiter.running(limits, spender("b", 2)):
            with pytest.raises(Busy, match="network"), limiter.running(limits, spender("c", 1)):
                pass
            with limiter.running(limits, Requester(user="d", channel="d", address="192.0.2.8")):
                pass
    assert not limiter._running, "nothing stays behind, after refusals neither"
    with limiter.running(limits, spender("e", 12)):
        pass  # more than the limit at a time, but alone


def test_the_clock_set_back_keeps_nobody_waiting() -> None:
    clock, wall = Clock(), Clock()
    limiter, limits = RateLimiter(clock, wall), Limits(user_per_minute=1, user_per_day=2)
    limiter.spend(limits, Requester(**WHO))
    wall.now -= 2 * 3600  # to before midnight
    clock.now += 61
    limiter.spend(limits, Requester(**WHO))
    clock.now += 61
    with pytest.raises(Busy, match="today"):
        limiter.spend(limits, Requester(**WHO))
    wall.now += 400 * DAY
    limiter.spend(limits, Requester(**WHO))
    wall.now -= 400 * DAY  # it had been set incorrectly
    clock.now += 61
    limiter.spend(limits, Requester(**WHO))


def test_tokens_of_a_day() -> None:
    limiter = RateLimiter(Clock(), Clock())
    limiter.check_tokens("user", 10_000, 0)
    limiter.check_tokens("user", 99, 100)
    with pytest.raises(Busy, match="100 tokens"):
        limiter.check_tokens("user", 100, 100)
