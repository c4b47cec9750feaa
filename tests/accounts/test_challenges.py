"""Challenges: single-use, expiring, and limited per address."""

import pytest

from bot.accounts import challenges as module
from bot.accounts.challenges import MAX_PER_ADDRESS, SECONDS, Challenges


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_good_once_for_its_purpose() -> None:
    challenges = Challenges()
    made = challenges.make("sign-in", "a")
    assert len(made) >= 16
    assert challenges.take(made, "sign-in")
    assert not challenges.take(made, "sign-in")
    other = challenges.make("join", "a")
    assert not challenges.take(other, "sign-in")
    assert not challenges.take(other, "join")


def test_good_for_some_minutes() -> None:
    clock = Clock()
    challenges = Challenges(clock)
    made = challenges.make("sign-in", "a")
    clock.now += SECONDS
    assert not challenges.take(made, "sign-in")


def test_one_address_pushes_out_only_its_own() -> None:
    challenges = Challenges()
    other = challenges.make("sign-in", "b")
    mine = [challenges.make("sign-in", "a") for _ in range(MAX_PER_ADDRESS + 5)]
    assert len(challenges) == MAX_PER_ADDRESS + 1
    assert challenges.take(other, "sign-in")
    assert not challenges.take(mine[0], "sign-in")
    assert challenges.take(mine[-1], "sign-in")


def test_all_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_CHALLENGES", 200)
    challenges = Challenges()
    for number in range(210):
        challenges.make("sign-in", str(number // MAX_PER_ADDRESS))
    assert len(challenges) == 200
