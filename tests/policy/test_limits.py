"""Limits by the minute and the day."""

from typing import Any

import pytest

from bot.errors import Busy
from bot.policy.limits import DAY, Limits, RateLimiter

WHO: dict[str, Any] = {"user": "u", "channel": "c", "guild": "g"}


class Clock:
    def __init__(self) -> None:
        self.now = 10 * DAY + 3600.0

    def __call__(self) -> float:
        return self.now


def test_a_minute_slides() -> None:
    clock = Clock()
    limiter, limits = RateLimiter(clock), Limits(user_per_minute=2)
    limiter.spend(limits, **WHO)
    clock.now += 30
    limiter.spend(limits, **WHO)
    with pytest.raises(Busy) as caught:
        limiter.spend(limits, **WHO)
    assert caught.value.values == {"limit": 2, "seconds": 30}
    clock.now += 30
    limiter.spend(limits, **WHO)


def test_a_refusal_counts_for_nobody() -> None:
    clock = Clock()
    limiter, limits = RateLimiter(clock), Limits(user_per_minute=1, channel_per_minute=2)
    limiter.spend(limits, **WHO)
    for _ in range(5):
        with pytest.raises(Busy):
            limiter.spend(limits, **WHO)
    limiter.spend(limits, **(WHO | {"user": "v"}))
    with pytest.raises(Busy, match="channel"):
        limiter.spend(limits, **(WHO | {"user": "w"}))


def test_the_day_ends_and_is_remembered() -> None:
    clock = Clock()
    limiter, limits = RateLimiter(clock), Limits(user_per_minute=0, user_per_day=3)
    limiter.seed_today("user", "u", 2)
    limiter.spend(limits, **WHO)
    with pytest.raises(Busy) as caught:
        limiter.spend(limits, **WHO)
    assert caught.value.values == {"limit": 3, "hours": 23}
    clock.now += DAY
    limiter.spend(limits, **WHO)


def test_guilds_and_floods() -> None:
    limiter, limits = RateLimiter(Clock()), Limits(user_per_minute=1, guild_per_minute=2)
    for user in "ab":
        limiter.spend(limits, **(WHO | {"user": user, "channel": user}))
    with pytest.raises(Busy, match="server"):
        limiter.spend(limits, **(WHO | {"user": "c"}))
    for _ in range(4):
        limiter.spend(limits, light=True, **WHO)
    with pytest.raises(Busy):
        limiter.spend(limits, light=True, **WHO)


def test_a_guild_only_tightens() -> None:
    base = Limits(user_per_minute=20, user_per_day=0)
    assert base.tightened({"user_per_minute": 50, "user_per_day": 7}) == Limits(user_per_minute=20, user_per_day=7)
    assert base.tightened({"user_per_minute": 5}).user_per_minute == 5


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.policy.limits.MOST_COUNTERS", 10)
    limiter = RateLimiter(Clock())
    for number in range(100):
        limiter.spend(Limits(), user=str(number), channel=str(number), guild=None)
    assert len(limiter._windows) <= 11


def test_one_network_is_many_users() -> None:
    limiter, limits = RateLimiter(Clock()), Limits(address_per_minute=2)
    for user in "ab":
        limiter.spend(limits, user=user, channel=user, guild=None, address="192.0.2.7")
    with pytest.raises(Busy, match="network"):
        limiter.spend(limits, user="c", channel="c", guild=None, address="192.0.2.7")
    limiter.spend(limits, user="c", channel="c", guild=None, address="192.0.2.8")
