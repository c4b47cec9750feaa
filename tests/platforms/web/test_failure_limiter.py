"""Guessing slows down the guesser, and nobody else."""

import pytest

from bot.platforms.web.error_responses import Problem
from bot.platforms.web.failure_limiter import FAILURES, MAX_ADDRESSES, WINDOW_SECONDS, FailureLimiter
from tests.platforms.web.conftest import Web


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_after_too_many_failures_one_waits() -> None:
    clock = Clock()
    failures = FailureLimiter(clock)
    for _ in range(FAILURES):
        failures.check("a")
        failures.record_failure("a")
    with pytest.raises(Problem) as problem:
        failures.check("a")
    assert problem.value.status == 429
    assert problem.value.headers["Retry-After"] == "60"
    failures.check("b")
    clock.now += WINDOW_SECONDS
    failures.check("a")


def test_addresses_are_not_remembered_without_end() -> None:
    failures = FailureLimiter(Clock())
    for number in range(MAX_ADDRESSES + 500):
        failures.record_failure(str(number))
    assert len(failures) == MAX_ADDRESSES


async def test_the_token_cannot_be_guessed_quickly() -> None:
    async with Web(token="correct horse").running() as web:
        codes = []
        for number in range(FAILURES + 5):
            answer = await web.client.get("/healthz", headers={"Authorization": f"Bearer {number}"})
            codes.append(answer.status_code)
        assert codes == [401] * FAILURES + [429] * 5
        right = {"Authorization": "Bearer correct horse"}
        assert (await web.client.get("/healthz", headers=right)).status_code == 429  # a guess must not show


async def test_who_is_signed_in_is_not_braked() -> None:
    async with Web(token="correct horse").running() as web:
        await web.client.get("/", params={"token": "correct horse"})
        for number in range(FAILURES + 5):
            await web.client.get("/?token=x", headers={"Cookie": f"x={number}"})
        assert (await web.client.get("/healthz")).status_code == 200


def test_what_was_right_after_all_does_not_count() -> None:
    failures = FailureLimiter(Clock(), most=2, seconds=900.0)
    for _ in range(5):
        failures.check("a")
        failures.record_failure("a")
        failures.undo_failure("a")
    failures.undo_failure("nobody")
    for _ in range(2):
        failures.check("a")
        failures.record_failure("a")
    with pytest.raises(Problem) as problem:
        failures.check("a")
    assert problem.value.headers["Retry-After"] == "900"
