"""Requests are spaced, shares never exceed the whole, and frames yield to everything else. Time is simulated."""

import random

import pytest

from bot.platforms.discord.account import BURST, LEAST_SHARE, RATE
from bot.platforms.line.request_budget import RequestBudget

ALLOWED = 50  # requests in any second


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def most_in_a_second(times: list[float]) -> int:
    times = sorted(times)
    return max(sum(1 for time in times if begin <= time < begin + 1.0) for begin in times)


def test_a_burst_and_then_the_rate() -> None:
    budget = RequestBudget(10.0, 4.0, clock=Clock())
    assert [budget.reserve() for _ in range(7)] == pytest.approx([0, 0, 0, 0, 0.1, 0.2, 0.3])


def test_idle_time_is_not_saved_up() -> None:
    clock = Clock()
    budget = RequestBudget(10.0, 4.0, clock=clock)
    clock.now += 1000.0
    assert [budget.reserve() for _ in range(5)] == pytest.approx([0, 0, 0, 0, 0.1])


@pytest.mark.parametrize("processes", [1, 2, 3, 10, 16])
def test_processes_that_all_have_too_much_to_send_stay_within_the_whole(processes: int) -> None:
    chance, times = random.Random(processes), list[float]()
    for _ in range(processes):
        clock = Clock()
        budget = RequestBudget(RATE, BURST, clock=clock)
        budget.share(1 / processes)
        while clock.now < 110.0:
            clock.now += budget.reserve()
            times.append(clock.now)
            if chance.random() < 0.01:
                clock.now += chance.random()  # and then as fast as it may
    assert most_in_a_second(times) <= ALLOWED
    assert len(times) >= RATE * 10 * 0.7, "and most of it is used"


def test_the_part_of_a_dead_process_goes_to_the_one_that_takes_its_shards() -> None:
    clock, times = Clock(), list[float]()
    dead, alive = (RequestBudget(RATE, BURST, clock=clock) for _ in range(2))
    for each in (dead, alive):
        each.share(0.5)
    for step in range(1000):
        clock.now += 0.02
        if step == 400:
            alive.share(1.0)  # as the leases give it all shards
        for each in (dead, alive) if step < 400 else (alive,):
            if each.frame_wait() <= 0:
                times.append(clock.now + each.reserve())
    assert most_in_a_second(times) <= ALLOWED
    before, after = (sum(1 for time in times if begin <= time < begin + 5) for begin in (103.0, 112.0))
    assert after == pytest.approx(before, rel=0.15)
    assert before > RATE * 4


def test_a_process_without_shards_can_still_finish_what_it_has_begun() -> None:
    budget = RequestBudget(RATE, BURST, clock=Clock())
    budget.share(LEAST_SHARE)
    assert [budget.reserve() for _ in range(3)][-1] < 3.0


def test_frames_leave_room_for_other_requests() -> None:
    clock = Clock()
    budget = RequestBudget(10.0, 4.0, clock=clock)
    frames = 0
    while budget.frame_wait() <= 0:
        budget.reserve()
        frames += 1
    assert 0 < frames < 4
    assert budget.reserve() == 0, "an answer need not wait for them"
    for _ in range(50):  # everything is used up by answers
        clock.now += 0.1
        budget.reserve()
        assert budget.frame_wait() > 0
    clock.now += 1.0
    assert budget.frame_wait() <= 0


def test_without_a_limit_nothing_waits() -> None:
    budget = RequestBudget(clock=Clock())
    assert [budget.reserve() for _ in range(100)] == [0.0] * 100
    assert budget.frame_wait() == 0
