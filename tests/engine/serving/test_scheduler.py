"""Admission: fairness between clients, the bounded queue, queue positions. For preemption see test_fairness."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

import pytest

from bot.engine.serving.fair_shares import RowCounts
from bot.engine.serving.scheduler import Scheduler
from bot.engine.serving.sequence import Checkpoint, Job, Phase, Reply, Row
from bot.engine.serving.stopping import ReplyText, StopStrings
from bot.engine.types import Guidance, Request
from bot.errors import Busy
from tests.engine.toys import Clock


def job(
    channel: str = "", user: str = "", *, n: int = 1, guided: bool = False, address: str = "",
    service: Literal["chat", "api"] = "chat",
) -> Job:  # fmt: skip
    guidance = Guidance(tokens=(1,), factor=1.0) if guided else None
    request = Request(tokens=(1,), channel=channel, user=user, address=address, service=service, n=n, guidance=guidance)
    return Job(request=request, seed=1, accepted=0.0, deadline=None, stops=StopStrings(()))


def test_equals_come_in_the_order_of_arrival() -> None:
    scheduler = Scheduler(10, Clock())
    jobs = [job(str(n), str(n)) for n in range(5)]
    for one in jobs:
        scheduler.submit(one)
    assert [taken(scheduler, 1) for _ in range(6)] == [*jobs, None]


def taken(scheduler: Scheduler, free_rows: int, running: Sequence[Job] = ()) -> Job | None:
    """Return the job that starts without preempting another."""
    admission = scheduler.next(free_rows, running)
    assert admission is None or not admission.preempted
    return admission and admission.job


def serve(scheduler: Scheduler, count: int) -> list[Job]:
    """Serve ``count`` jobs, which write 100 tokens each."""
    served = []
    for _ in range(count):
        one = taken(scheduler, 1)
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
    with pytest.raises(Busy, match="number 5 in the queue"):
        scheduler.submit(job("x", "x"))
    assert len(scheduler) == 4


def test_nobody_fills_the_queue_alone() -> None:
    scheduler = Scheduler(10, Clock())
    for _ in range(5):
        scheduler.submit(job("a", "one"))
    with pytest.raises(Busy, match="5 requests waiting; the next one is number 6 in the queue"):
        scheduler.submit(job("b", "one"))
    scheduler.submit(job("b", "two"))
    scheduler.submit(job())  # no owner


def test_a_large_job_is_not_overtaken_for_ever() -> None:
    scheduler = Scheduler(10, Clock())
    large, small = job("a", "a", n=4, guided=True), job("b", "b")
    scheduler.submit(large)
    scheduler.submit(small)
    assert taken(scheduler, 7) is None
    assert taken(scheduler, 8) is large
    assert taken(scheduler, 1) is small


def test_a_job_can_leave_the_queue() -> None:
    scheduler = Scheduler(10, Clock())
    one = job("a")
    scheduler.submit(one)
    assert scheduler.remove(one)
    assert not scheduler.remove(one)
    assert taken(scheduler, 1) is None


def test_places_in_line() -> None:
    scheduler = Scheduler(10, Clock())
    jobs = [job(str(n), str(n)) for n in range(3)]
    for one in jobs:
        scheduler.submit(one)
    assert scheduler.place(jobs[0]) == 3  # tied: the position is the worst case
    scheduler.usage.charge(jobs[1], 500)
    assert scheduler.place(jobs[1]) == 3
    assert scheduler.place(jobs[0]) == 2


def test_an_address_gains_nothing_by_many_users() -> None:
    scheduler = Scheduler(100, Clock())
    for n in range(40):
        scheduler.submit(job(f"c{n}", f"cookie-{n}", address="one"))
    for n in range(20):
        scheduler.submit(job(f"d{n}", f"d{n}", address="two"))
    served = Counter(one.request.address for one in serve(scheduler, 20))
    assert served == {"one": 10, "two": 10}


def test_candidates_count_in_the_queue() -> None:
    scheduler = Scheduler(40, Clock())
    scheduler.submit(job("a", "one", n=8))
    scheduler.submit(job("b", "one", n=8))
    with pytest.raises(Busy):
        scheduler.submit(job("c", "one", n=8))
    scheduler.submit(job("c", "one", n=4))
    Scheduler(4, Clock()).submit(job("a", "one", n=8))  # a single one is always allowed


def running(*jobs: Job) -> list[Job]:
    """Return the jobs with the rows that each needs."""
    for one in jobs:
        one.spare_slots = [0] * one.rows_needed
        row = Row(0, [1], 0, 0, Checkpoint(0, None), Checkpoint(0, None))
        reply = Reply(one, 0, 1, row, None, ReplyText(one.stops), phase=Phase.WRITING)
        one.replies.append(reply)
        one.spare_slots.pop()
    return list(jobs)


def test_rows_are_kept_free_for_owners_that_have_none() -> None:
    scheduler = Scheduler(100, Clock(), rows=32)
    mine = running(*(job(f"c{n}", f"u{n}", address="one") for n in range(28)))
    scheduler.submit(job("more", "more", address="one"))
    assert taken(scheduler, 4, mine) is None
    other = job("other", "other", address="two")
    scheduler.submit(other)
    assert taken(scheduler, 4, mine) is other
    assert taken(scheduler, 5, mine) is not None


def test_those_who_share_an_address_exchange_its_rows_after_a_stint() -> None:
    scheduler = Scheduler(100, Clock(), rows=32)
    mine = running(*(job(f"c{n}", f"u{n}", address="one") for n in range(28)))
    newcomer = job("more", "more", address="one")
    scheduler.submit(newcomer)
    mine[5].slice_tokens = 64
    assert scheduler.next(4, mine, parkable=0) is None
    admission = scheduler.next(4, mine, parkable=1)
    assert admission is not None
    assert (admission.job, admission.preempted) == (newcomer, [mine[5]])


def test_a_long_queue_behind_one_address_costs_little_at_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = list[Job]()
    after = RowCounts.after

    def counted(held: RowCounts, one: Job, other: Job) -> int:
        compared.append(other)
        return after(held, one, other)

    monkeypatch.setattr(RowCounts, "after", counted)
    scheduler = Scheduler(1000, Clock(), rows=32)
    mine = running(*(job(f"c{n}", f"u{n}", address="one") for n in range(28)))
    for number in range(400):
        scheduler.submit(job(f"d{number}", f"v{number}", address="one"))
    assert scheduler.next(4, mine, parkable=0) is None
    assert not compared, "nobody has had a slice yet"
    for one in mine:
        one.slice_tokens = 64
    assert scheduler.next(4, mine, parkable=0) is None
    assert len(compared) <= 4 * len(mine)


def test_a_users_own_jobs_come_in_order() -> None:
    scheduler = Scheduler(100, Clock(), rows=2)
    both = running(job("a", "one", address="x"), job("b", "one", address="x"))
    for one in both:
        one.slice_tokens = 1000
    scheduler.submit(job("c", "one", address="x"))
    assert scheduler.next(0, both, parkable=2) is None


def test_an_owner_with_many_rows_gives_way_at_once() -> None:
    scheduler = Scheduler(100, Clock(), rows=8)
    crowd = running(*(job(f"c{n}", f"u{n}", address="one") for n in range(7)), job("single", "single", address="three"))
    newcomer = job("new", "new", address="two", n=2)
    scheduler.submit(newcomer)
    admission = scheduler.next(0, crowd, parkable=8)
    assert admission is not None
    assert admission.job is newcomer
    assert [other.request.address for other in admission.preempted] == ["one", "one"]
    scheduler.submit(newcomer)
    assert scheduler.next(0, crowd, parkable=1) is None  # no space for two more states


def test_equals_give_way_after_a_stint() -> None:
    scheduler = Scheduler(100, Clock(), rows=2)
    both = running(job("a", "a"), job("b", "b"))
    newcomer = job("c", "c")
    scheduler.submit(newcomer)
    both[1].slice_tokens = 63
    assert scheduler.next(0, both, parkable=2) is None
    both[1].slice_tokens = 64
    admission = scheduler.next(0, both, parkable=2)
    assert admission is not None
    assert admission.preempted == [both[1]]


def test_a_job_that_is_just_ending_does_not_give_way() -> None:
    scheduler = Scheduler(100, Clock(), rows=2)
    crowd = running(job("a", "a", address="one"), job("b", "b", address="one"))
    for one in crowd:
        one.replies[0].phase = Phase.SETTLING
    scheduler.submit(job("c", "c", address="two"))
    assert scheduler.next(0, crowd, parkable=2) is None


def test_programs_and_people_share_the_rows() -> None:
    scheduler = Scheduler(100, Clock(), rows=8)
    programs = running(*(job(f"key{n}", f"key{n}", service="api") for n in range(8)))
    for n in range(8):
        scheduler.submit(job(f"p{n}", f"p{n}"))
    gave_way = 0
    while (admission := scheduler.next(0, programs, parkable=8)) is not None:
        for other in admission.preempted:
            programs.remove(other)
            gave_way += 1
        programs += running(admission.job)
        assert admission.job.request.service == "chat"
    assert gave_way == 4  # each has half
