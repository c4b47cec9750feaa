"""However much one client requests, others are served within a few steps; preemption changes no text."""

import pytest

from bot.engine.serving.batch_engine import Engine
from bot.engine.serving.sequence import Job
from bot.engine.types import Guidance, Request, SamplingParams
from bot.errors import Busy
from tests.engine.toys import Clock, Outcome, ToyModel, engine, finish, run, take

LONG = SamplingParams(temperature=0.9, top_p=0.8, min_tokens=1024, max_tokens=4000, seed=5)
SHORT = SamplingParams(temperature=0.0, max_tokens=5)


def prompt(number: int, length: int = 9) -> tuple[int, ...]:
    return tuple(1 + (number * 37 + place * place) % 250 for place in range(length))


def steps_until_first_token(shared: Engine, request: Request, limit: int = 1000) -> int:
    job = shared.submit(request)
    for step in range(1, limit):
        if any(event.job is job for event in shared.step()):
            return step
    raise AssertionError("never answered")


@pytest.mark.parametrize("rows", [2, 8, 32])
@pytest.mark.parametrize("n", [1, 2])
def test_a_storm_from_one_address_holds_up_nobody_else(rows: int, n: int) -> None:
    limit = 4 if rows > 2 else 8  # then the previous one must end first
    shared = engine(rows=rows, queue_limit=1000)
    for visitor in range(100):
        channel, user = f"c{visitor}", f"cookie-{visitor}"
        request = Request(
            tokens=prompt(visitor, 60), sampling=LONG, n=n, channel=channel, user=user, address="192.0.2.1"
        )
        shared.submit(request)
    for _ in range(200):
        shared.step()
    for visitor in range(20):
        channel, user, address = f"d{visitor}", f"other-{visitor}", f"198.51.100.{visitor}"
        request = Request(tokens=prompt(3), sampling=SHORT, channel=channel, user=user, address=address)
        assert steps_until_first_token(shared, request) <= limit


@pytest.mark.parametrize("rows", [2, 8, 32])
def test_only_what_has_to_wait_counts_as_waiting(rows: int) -> None:
    """Requests that arrive between two steps are not refused while there are rows for them."""
    shared = engine(rows=rows, queue_limit=2)
    request = Request(tokens=prompt(3), sampling=LONG, user="one", address="192.0.2.1")
    for _ in range(rows - rows // 8):  # the others are kept for others
        shared.submit(request)
    shared.submit(request)
    with pytest.raises(Busy, match="already have 1 requests waiting"):
        shared.submit(request)
    for visitor in range(rows // 8):
        shared.submit(Request(tokens=prompt(3), sampling=LONG, user=f"other-{visitor}"))


@pytest.mark.parametrize("rows", [4, 16])
def test_people_behind_one_address_take_turns(rows: int) -> None:
    """A school, or a proxy that is not configured: whoever comes last does not wait for the end of a long reply."""
    shared = engine(rows=rows, queue_limit=1000)
    for visitor in range(rows):
        request = Request(tokens=prompt(visitor), sampling=LONG, user=f"cookie-{visitor}", address="192.0.2.1")
        shared.submit(request)
    for _ in range(100):
        shared.step()
    for visitor in range(2):
        request = Request(tokens=prompt(3), sampling=SHORT, user=f"other-{visitor}", address="192.0.2.1")
        assert steps_until_first_token(shared, request) <= 64 + 4


def test_many_long_prompts_of_one_address_hold_up_nobody_else() -> None:
    shared = engine(rows=16, queue_limit=1000, prefill_chunk=64)
    for visitor in range(40):
        user = f"cookie-{visitor}"
        shared.submit(Request(tokens=prompt(visitor, 5000), sampling=SHORT, user=user, address="192.0.2.1"))
    for _ in range(3):
        shared.step()
    request = Request(tokens=prompt(3, 60), sampling=SHORT, address="198.51.100.7")
    assert steps_until_first_token(shared, request) <= 5


def test_single_replies_take_turns() -> None:
    """With more people than rows, all are served in turn; none waits for the end of another's long reply."""
    shared = engine(rows=4, queue_limit=100)
    jobs = [shared.submit(Request(tokens=prompt(n), sampling=LONG, user=str(n))) for n in range(12)]
    first: dict[Job, int] = {}
    for step in range(3 * 64 + 20):
        for event in shared.step():
            first.setdefault(event.job, step)
    assert len(first) == len(jobs)
    assert shared.rows_running == 4


REQUESTS = [
    Request(tokens=prompt(1, 30), sampling=LONG, n=2, user="a", address="one"),
    Request(
        tokens=prompt(2, 8), user="b", address="one",
        sampling=SamplingParams(temperature=1.1, max_tokens=300, seed=7, presence_penalty=0.4, repetition_penalty=1.1,
                                dry_multiplier=0.8, mirostat_mode=2, newline_schedule=True, min_tokens=200),
    ),
    Request(tokens=prompt(3, 700), sampling=LONG, user="c", address="one"),
    Request(
        tokens=prompt(4), sampling=LONG, user="d", address="one",
        guidance=Guidance(tokens=prompt(5, 3), factor=1.5),
    ),
]  # fmt: skip


def drain(shared: Engine) -> None:
    while shared.busy:
        shared.step()


def alone(request: Request) -> Outcome:
    return run(engine(rows=8), request)[0]


def test_what_gave_way_goes_on_as_if_never_interrupted() -> None:
    shared = engine(rows=6, queue_limit=1000, prefill_chunk=16)
    jobs = [shared.submit(request) for request in REQUESTS]
    outcomes = {job: Outcome() for job in jobs}
    others: list[Job] = []
    put_aside = 0
    for step in range(6000):
        if step % 9 == 0 and len(others) < 200:
            others.append(shared.submit(Request(tokens=prompt(step), sampling=SHORT, address=f"a{step}")))
        parked = [job for job in shared.scheduler if job.replies]
        put_aside += len(parked)
        for event in shared.step():
            if event.job in outcomes:
                take(outcomes, event)
        if all(job.closed for job in jobs):
            break
    assert put_aside > 100
    for job, request in zip(jobs, REQUESTS, strict=True):
        expected = alone(request)
        found = outcomes[job]
        assert found.error is None
        assert found.texts == expected.texts
        for index, last in expected.last.items():
            assert found.last[index].tokens == last.tokens
            state, wanted = found.last[index].state, last.state
            assert state is not None
            assert wanted is not None
            assert state._state.tensors["hash"] == wanted._state.tensors["hash"]  # type: ignore[attr-defined]  # only the engine knows what it holds
    drain(shared)
    assert shared.rows_running == 0
    assert shared._replies.parkable == shared._pool.parkable


def parked_job(shared: Engine, request: Request) -> Job:
    """A job that was preempted by another one."""
    job = shared.submit(request)
    for _ in range(30):
        shared.step()
    shared.submit(Request(tokens=prompt(9), sampling=LONG, address="two", channel="two"))
    shared.step()
    assert job in shared.scheduler
    return job


@pytest.mark.parametrize("how", ["cancel", "timeout", "drop", "close"])
def test_a_reply_that_is_put_aside_can_end(how: str) -> None:
    clock = Clock()
    shared = engine(rows=2, clock=clock)
    request = Request(tokens=prompt(1), sampling=LONG, n=2, address="one", channel="one", timeout=50)
    job = parked_job(shared, request)
    outcome = Outcome()
    if how == "cancel":
        assert shared.cancel("one") == 1
    elif how == "timeout":
        clock.now += 60
    elif how == "drop":
        shared.drop(job)
    else:
        shared.cancel_all()
    for event in shared.step():
        if event.job is job:
            outcome.take(event.result)
    assert job.closed
    if how != "drop":
        expected = alone(request)
        for index, last in outcome.last.items():
            assert last.finish_reason == ("timeout" if how == "timeout" else "cancelled")
            assert last.tokens == expected.last[index].tokens[: len(last.tokens)]
            assert last.tokens
    shared.cancel_all()
    drain(shared)
    assert shared.rows_running == 0
    assert shared._replies.parkable == shared._pool.parkable
    assert len(shared._replies._sampler_slots) == 2 + shared._pool.parkable


def test_a_failing_model_does_not_harm_what_is_put_aside() -> None:
    model = ToyModel()
    shared = engine(model, rows=2)
    request = Request(tokens=prompt(1), sampling=LONG, n=2, address="one")
    job = parked_job(shared, request)
    model.failure = RuntimeError("broken")
    shared.step()
    model.failure = None
    outcome = finish(shared, [job])[0]
    assert outcome.error is None
    assert outcome.last[0].tokens == alone(request).last[0].tokens


def test_what_is_put_aside_is_bounded() -> None:
    shared = engine(rows=2, queue_limit=1000)
    for n in range(40):
        shared.submit(Request(tokens=prompt(n), sampling=LONG, user=str(n)))
    most = 0
    for _ in range(2000):
        shared.step()
        most = max(most, sum(bool(job.replies) for job in shared.scheduler))
    assert most == shared._pool.parkable == 8
