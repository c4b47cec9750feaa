"""Who comes next: fairness between channels and users, the bounded queue, places in line."""

from collections import Counter

import pytest

from bot.engine.serving.scheduler import Scheduler
from bot.engine.serving.sequence import Job
from bot.engine.serving.stopping import StopStrings
from bot.engine.types import Guidance, Request
from bot.errors import Busy
from tests.engine.toys import Clock


def job(channel: str = "", user: str = "", *, n: int = 1, guided: bool = False) -> Job:
    guidance = Guidance(tokens=(1,), factor=1.0) if guided else None
    request = Request(tokens=(1,), channel=channel, user=user, n=n, guidance=guidance)
    return Job(request=request, seed=1, accepted=0.0, deadline=None, stops=StopStrings(()))


def test_equals_come_in_the_order_of_arrival() -> None:
    scheduler = Scheduler(10, Clock())
    jobs = [job(str(n), str(n)) for n in range(5)]
    for one in jobs:
        scheduler.submit(one)
    assert [scheduler.next(1) for _ in range(6)] == [*jobs, None]


def serve(scheduler: Scheduler, count: int) -> list[Job]:
    """Serve ``count`` jobs, each of which then writes 100 tokens."""
    served = []
    for _ in range(count):
        one = scheduler.next(1)
        assert one is not None
        scheduler.usage.charge(one, 100)
        served.append(one)
    return served


def test_a_busy_channel_does_not_hold_up_the_quiet_ones() -> None:
    scheduler = Scheduler(100, Clock())
    for _ in range(40):
        scheduler.submit(job("loud", "crowd"))
    serve(scheduler, 10)
    for channel in "abc":
        scheduler.submit(job(channel, channel))
    assert [one.request.channel for one in serve(scheduler, 3)] == ["a", "b", "c"]


def test_a_user_gains_nothing_by_many_channels() -> None:
    scheduler = Scheduler(100, Clock())
    for n in range(40):
        scheduler.submit(job(f"own-{n}", "greedy"))
    for _ in range(20):
        scheduler.submit(job("shared", "modest"))
    served = Counter(one.request.user for one in serve(scheduler, 20))
    assert served == {"greedy": 10, "modest": 10}


def test_use_fades() -> None:
    clock = Clock()
    scheduler = Scheduler(100, clock)
    old = job("a", "a")
    scheduler.usage.charge(old, 1000)
    clock.now += 600
    assert scheduler.usage.of(old) < 0.01


def test_the_queue_is_bounded_and_tells_the_place() -> None:
    scheduler = Scheduler(4, Clock())
    for n in range(4):
        scheduler.submit(job(str(n), str(n)))
    with pytest.raises(Busy, match="number 5 in line"):
        scheduler.submit(job("x", "x"))
    assert len(scheduler) == 4


def test_nobody_fills_the_queue_alone() -> None:
    scheduler = Scheduler(10, Clock())
    for _ in range(5):
        scheduler.submit(job("a", "one"))
    with pytest.raises(Busy, match="5 requests waiting, the next one being number 6 in line"):
        scheduler.submit(job("b", "one"))
    scheduler.submit(job("b", "two"))
    scheduler.submit(job())  # nobody in particular


def test_a_large_job_is_not_overtaken_for_ever() -> None:
    scheduler = Scheduler(10, Clock())
    large, small = job("a", "a", n=4, guided=True), job("b", "b")
    scheduler.submit(large)
    scheduler.submit(small)
    assert scheduler.next(7) is None
    assert scheduler.next(8) is large
    assert scheduler.next(1) is small


def test_a_job_can_leave_the_queue() -> None:
    scheduler = Scheduler(10, Clock())
    one = job("a")
    scheduler.submit(one)
    assert scheduler.remove(one)
    assert not scheduler.remove(one)
    assert scheduler.next(1) is None


def test_places_in_line() -> None:
    scheduler = Scheduler(10, Clock())
    jobs = [job(str(n), str(n)) for n in range(3)]
    for one in jobs:
        scheduler.submit(one)
    assert scheduler.place(jobs[0]) == 3  # equals: told cautiously
    scheduler.usage.charge(jobs[1], 500)
    assert scheduler.place(jobs[1]) == 3
    assert scheduler.place(jobs[0]) == 2
