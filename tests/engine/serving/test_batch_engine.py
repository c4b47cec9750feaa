"""Batched steps on a bit-exact model: joining and leaving, states, candidates, guidance, failures."""

import pytest
import torch

from bot.engine.state import State
from bot.engine.types import EngineError, Guidance, Request, SamplingParams, StateHandle
from bot.errors import InvalidOption, ModelError
from tests.engine.toys import ByteCoder, Clock, Outcome, ScriptModel, ToyModel, engine, finish, run, take

GREEDY = SamplingParams(temperature=0.0, max_tokens=12)


def prompt(number: int, length: int = 9) -> tuple[int, ...]:
    return tuple(1 + (number * 37 + place * place) % 250 for place in range(length))


def hash_in(state: StateHandle | None) -> int:
    assert state is not None
    return int(state._state.tensors["hash"][0, 0])  # type: ignore[attr-defined]  # only the engine knows what it holds


def assert_consistent(outcome: Outcome, request: Request, start: int = 1) -> None:
    """Check that text, tokens and state of every candidate agree."""
    for index, last in outcome.last.items():
        assert ByteCoder().decode(last.tokens) == outcome.texts[index]
        path = (*request.tokens, *last.tokens)
        assert hash_in(last.state) == ToyModel().hash_of(path[:-1], start)


def test_rows_that_join_and_leave_write_what_they_would_write_alone() -> None:
    requests = [
        Request(tokens=prompt(n, 1 + n * 3 % 70), sampling=SamplingParams(temperature=0, max_tokens=1 + n * 7 % 40))
        for n in range(64)
    ]
    alone = [run(engine(), request)[0].tokens for request in requests]
    shared = engine(rows=7, prefill_chunk=16)
    jobs, outcomes = [], {}
    for request in requests:
        jobs.append(shared.submit(request))
        outcomes[jobs[-1]] = Outcome()
        for _ in range(2):
            for event in shared.step():
                take(outcomes, event)
    while shared.busy:
        for event in shared.step():
            take(outcomes, event)
    assert [outcomes[job].tokens for job in jobs] == alone
    for job, request in zip(jobs, requests, strict=True):
        assert_consistent(outcomes[job], request)


def test_a_seed_gives_the_same_reply_whatever_else_runs() -> None:
    seeded = Request(tokens=prompt(1), sampling=SamplingParams(seed=42, max_tokens=30, top_p=0.9, presence_penalty=0.5))
    alone = run(engine(), seeded)[0]
    others = [Request(tokens=prompt(n), sampling=SamplingParams(max_tokens=n, top_k=n)) for n in range(2, 20)]
    for place in (0, 5, 18):
        outcomes = run(engine(rows=6), *others[:place], seeded, *others[place:])
        assert outcomes[place].tokens == alone.tokens
    assert alone.last[0].stats is not None
    assert alone.last[0].stats.seed == 42


def test_without_a_seed_replies_differ_and_tell_their_seed() -> None:
    free = Request(tokens=prompt(1), sampling=SamplingParams(max_tokens=30))
    one, two = run(engine(), free, free)
    assert one.tokens != two.tokens
    stats = two.last[0].stats
    assert stats is not None
    again = Request(tokens=prompt(1), sampling=SamplingParams(max_tokens=30, seed=stats.seed))
    assert run(engine(), again)[0].tokens == two.tokens


def test_a_resumed_reply_goes_on_as_if_never_interrupted() -> None:
    whole = run(engine(), Request(tokens=prompt(3), sampling=SamplingParams(temperature=0, max_tokens=40)))[0]
    shared = engine()
    written: list[int] = []
    tokens, state = prompt(3), None
    for _ in range(4):
        part = run(shared, Request(tokens=tokens, state=state, sampling=SamplingParams(temperature=0, max_tokens=10)))[
            0
        ]
        written += part.tokens
        tokens, state = part.tokens[-1:], part.last[0].state
    assert tuple(written) == whole.tokens


def test_candidates_read_the_prompt_once() -> None:
    model = ToyModel()
    request = Request(tokens=prompt(5, 50), n=4, sampling=SamplingParams(seed=9, max_tokens=10, top_k=20))
    outcome = run(engine(model), request)[0]
    assert sorted(outcome.last) == [0, 1, 2, 3]
    assert len({last.tokens for last in outcome.last.values()}) == 4
    assert model.read == 50 + 4 * 9  # the prompt, and all but the last token of each candidate
    assert sum(last.stats.tokens_read for last in outcome.last.values() if last.stats) == 50
    assert_consistent(outcome, request)
    for last in outcome.last.values():
        assert last.stats is not None
        alone = Request(tokens=request.tokens, sampling=SamplingParams(seed=last.stats.seed, max_tokens=10, top_k=20))
        assert run(engine(), alone)[0].tokens == last.tokens


@pytest.mark.parametrize("n", [1, 3])
def test_guidance_between_with_and_without_context(n: int) -> None:
    with_context, without = prompt(6, 20), prompt(7, 5)
    sampling = SamplingParams(seed=3, max_tokens=15, top_p=0.8)
    plain = [run(engine(), Request(tokens=t, sampling=sampling, n=n))[0].last for t in (without, with_context)]
    outcomes = run(
        engine(rows=2 * n * 3),
        *(
            Request(tokens=with_context, sampling=sampling, n=n, guidance=Guidance(tokens=without, factor=factor))
            for factor in (0.0, 1.0, 1.5)
        ),
    )
    assert [outcomes[0].last[i].tokens for i in range(n)] == [plain[0][i].tokens for i in range(n)]
    assert [outcomes[1].last[i].tokens for i in range(n)] == [plain[1][i].tokens for i in range(n)]
    assert outcomes[2].tokens not in (plain[0][0].tokens, plain[1][0].tokens)
    for outcome in outcomes:
        assert_consistent(outcome, Request(tokens=with_context))


def test_guidance_from_a_state_without_context() -> None:
    model = ToyModel()
    shared = engine(model)
    before = run(shared, Request(tokens=prompt(1, 30), sampling=SamplingParams(max_tokens=0)))[0].last[0].state
    tail = prompt(1, 30)[-1:]
    guidance = Guidance(tokens=tail, factor=0.0, state=before)
    guided = run(shared, Request(tokens=prompt(2), sampling=GREEDY, guidance=guidance))[0]
    assert guided.tokens == run(engine(), Request(tokens=prompt(1, 30), sampling=GREEDY))[0].tokens


def test_reading_only() -> None:
    request = Request(tokens=prompt(4, 33), sampling=SamplingParams(max_tokens=0))
    model = ToyModel()
    outcome = run(engine(model), request)[0]
    assert outcome.last[0].finish_reason == "length"
    assert outcome.tokens == ()
    assert model.read == 32
    assert_consistent(outcome, request)


@pytest.mark.parametrize("error", [torch.OutOfMemoryError("full"), RuntimeError("odd")], ids=["memory", "other"])
@pytest.mark.parametrize("by_submit", [True, False])
def test_a_job_that_cannot_start_fails_alone(
    error: Exception, monkeypatch: pytest.MonkeyPatch, *, by_submit: bool
) -> None:
    """No other client is affected, the failed job does not wait forever, and the engine keeps running."""
    shared = engine(rows=2)
    guidance = Guidance(tokens=prompt(5), factor=2.0)
    first = shared.submit(Request(tokens=prompt(1), sampling=GREEDY, n=2))
    shared.step()
    waiting = shared.submit(Request(tokens=prompt(2), sampling=GREEDY, guidance=guidance))
    while shared.rows_running:
        shared.step()
    calls: list[int] = []

    def zero(state: State, slot: int) -> None:
        calls.append(slot)
        if len(calls) == 2:  # of two rows the second one
            raise error

    with monkeypatch.context() as patch:
        patch.setattr(State, "zero", zero)
        jobs = [waiting]
        if by_submit:
            jobs.append(shared.submit(Request(tokens=prompt(3), sampling=GREEDY)))
        outcomes = finish(shared, jobs)
    assert first.closed
    assert waiting.closed
    assert isinstance(outcomes[0].error, ModelError | EngineError)
    if by_submit:
        assert len(outcomes[1].tokens) == 12
    assert shared.rows_running == 0
    assert len(run(shared, Request(tokens=prompt(4), sampling=GREEDY))[0].tokens) == 12


def test_nan_logits_fail_alone() -> None:
    model = ToyModel()
    model.poison = 265
    good = [Request(tokens=prompt(n), sampling=GREEDY) for n in range(3)]
    bad = Request(tokens=(5, 265, 7), sampling=GREEDY, n=2)
    shared = engine(model, rows=8)
    outcomes = run(shared, good[0], bad, *good[1:])
    assert isinstance(outcomes[1].error, EngineError)
    for outcome, request in zip([outcomes[0], *outcomes[2:]], good, strict=True):
        assert outcome.tokens == run(engine(), request)[0].tokens
    assert shared.rows_running == 0


def test_everything_banned_fails_alone() -> None:
    hopeless = Request(tokens=prompt(1), sampling=SamplingParams(banned_tokens=tuple(range(266))))
    bad, good = run(engine(), hopeless, Request(tokens=prompt(1), sampling=GREEDY))
    assert isinstance(bad.error, EngineError)
    assert len(good.tokens) == 12


def test_a_model_that_fails_once_ends_the_running_replies_only() -> None:
    model = ToyModel()
    shared = engine(model)
    jobs = [shared.submit(Request(tokens=prompt(n), sampling=GREEDY)) for n in range(3)]
    shared.step()
    model.failure = RuntimeError("out of memory")
    outcomes = {job: Outcome() for job in jobs}
    for event in shared.step():
        take(outcomes, event)
    for outcome in outcomes.values():
        assert isinstance(outcome.error, EngineError)
        assert isinstance(outcome.error.__cause__, RuntimeError)
    model.failure = None
    assert shared.rows_running == 0
    assert len(run(shared, Request(tokens=prompt(1), sampling=GREEDY))[0].tokens) == 12


@pytest.mark.parametrize(
    "request_",
    [
        Request(tokens=()),
        Request(tokens=(266,)),
        Request(tokens=(-1,)),
        Request(tokens=(1,), history=(1, 900)),
        Request(tokens=(1,), n=0),
        Request(tokens=(1,), n=9),
        Request(tokens=(1,), n=5, guidance=Guidance(tokens=(1,), factor=1.0)),
        Request(tokens=(1,), guidance=Guidance(tokens=(), factor=1.0)),
        Request(tokens=(1,), guidance=Guidance(tokens=(1,), factor=float("nan"))),
        Request(tokens=(1,), sampling=SamplingParams(temperature=-1)),
        Request(tokens=(1,), sampling=SamplingParams(top_p=float("nan"))),
        Request(tokens=(1,), sampling=SamplingParams(mirostat_mode=1)),
        Request(tokens=(1,), sampling=SamplingParams(logit_bias=((266, 1.0),))),
        Request(tokens=(1,), sampling=SamplingParams(banned_tokens=(-2,))),
        Request(tokens=(1,), stop=("x" * 2000,)),
    ],
)
def test_a_wrong_request_is_refused_before_it_costs_anything(request_: Request) -> None:
    model = ToyModel()
    shared = engine(model)
    with pytest.raises(InvalidOption):
        shared.submit(request_)
    assert not shared.busy
    assert model.steps == 0


def test_a_state_of_another_model_is_refused() -> None:
    state = run(engine(ScriptModel([5], 1)), Request(tokens=(1,), sampling=GREEDY))[0].last[0].state
    with pytest.raises(EngineError, match="another engine"):
        engine().submit(Request(tokens=(1,), state=state))


def test_cancel_takes_effect_within_a_step() -> None:
    model = ToyModel()
    shared = engine(model, rows=2)
    long = SamplingParams(temperature=0, max_tokens=1000)
    requests = [Request(tokens=prompt(n), sampling=long, channel=f"c{n % 2}") for n in range(4)]
    jobs = [shared.submit(request) for request in requests]
    outcomes = {job: Outcome() for job in jobs}
    for _ in range(30):
        for event in shared.step():
            take(outcomes, event)
    assert shared.cancel("c0") == 2  # one is running, the other waiting
    for event in shared.step():
        take(outcomes, event)
    assert shared.cancel("c0") == 0
    assert shared.cancel("nobody") == 0
    written, waiting = outcomes[jobs[0]], outcomes[jobs[2]]
    assert written.last[0].finish_reason == waiting.last[0].finish_reason == "cancelled"
    assert 20 < len(written.tokens) < 40
    assert_consistent(written, requests[0])
    assert waiting.tokens == ()
    assert waiting.last[0].state is None


def test_a_timeout_keeps_what_was_written() -> None:
    clock = Clock()
    shared = engine(clock=clock, rows=1)
    long = SamplingParams(temperature=0, max_tokens=1000)
    requests = [Request(tokens=prompt(n), sampling=long, timeout=60.0) for n in range(2)]
    jobs = [shared.submit(request) for request in requests]
    outcomes = {job: Outcome() for job in jobs}
    for _ in range(20):
        clock.now += 1
        for event in shared.step():
            take(outcomes, event)
    clock.now += 60
    for event in shared.step():
        take(outcomes, event)
    written, waiting = (outcomes[job] for job in jobs)
    assert written.last[0].finish_reason == waiting.last[0].finish_reason == "timeout"
    assert len(written.tokens) > 10
    assert_consistent(written, requests[0])
    assert not shared.busy


@pytest.mark.parametrize("ending", ["length", "eos", "stop", "cancelled", "timeout", "dropped"])
def test_what_was_written_counts_however_the_reply_ends(ending: str) -> None:
    """Heavy users come after light ones: no way of ending a reply avoids the charge."""
    coder, clock = ByteCoder(), Clock()
    script = [*coder.encode("x" * 200 + "END"), 0]
    shared = engine(ScriptModel(script, 1), clock=clock)
    request = Request(
        tokens=prompt(1, 1),
        sampling=SamplingParams(temperature=0, max_tokens=200 if ending == "length" else 1000),
        stop=("END",) if ending == "stop" else (),
        channel="a",
        timeout=1.0 if ending == "timeout" else None,
    )
    job = shared.submit(request)
    for _ in range(200):
        shared.step()
    if ending == "cancelled":
        shared.cancel("a")
    elif ending == "dropped":
        shared.drop(job)
    elif ending == "timeout":
        clock.now += 1.0
    finish(shared, [job])
    assert job.closed
    used = shared.scheduler.usage.of(job)
    assert 240 <= used <= 280, "64 for beginning, one for each token"


def test_dropping_a_job_frees_its_rows_at_once() -> None:
    shared = engine(rows=8)
    job = shared.submit(Request(tokens=prompt(1), n=2, guidance=Guidance(tokens=(1,), factor=2.0)))
    shared.step()
    assert shared.rows_running == 4
    shared.drop(job)
    assert shared.rows_running == 0
    assert not shared.busy
    assert finish(shared, [job])[0].last == {}


def test_rows_come_back_after_every_kind_of_ending() -> None:
    clock = Clock()
    shared = engine(clock=clock, rows=6)
    guidance = Guidance(tokens=prompt(2), factor=1.5)
    for turn in range(30):
        jobs = [
            shared.submit(Request(tokens=prompt(1, 60), sampling=GREEDY, n=2, guidance=guidance, channel="a")),
            shared.submit(Request(tokens=prompt(2, 40), sampling=GREEDY, n=3, channel="b")),
            shared.submit(Request(tokens=prompt(3), sampling=GREEDY, timeout=3.0)),
        ]
        for _ in range(turn % 9):
            clock.now += 1
            shared.step()
        shared.cancel("b")
        shared.drop(jobs[0])
        while shared.busy:
            clock.now += 1
            shared.step()
        assert shared.rows_running == 0


def test_scores_come_with_the_text_that_they_are_of() -> None:
    sampling = SamplingParams(temperature=0, max_tokens=30)
    (outcome,) = run(engine(), Request(tokens=prompt(3), sampling=sampling, scores=3))
    scores = outcome.scores[0]
    assert [score.token for score in scores] == list(outcome.tokens)
    assert b"".join(score.data for score in scores).decode(errors="replace") == outcome.texts[0]
    assert all(score.top[0][0] == score.token and len(score.top) == 3 for score in scores)
    assert all(score.logprob == score.top[0][2] <= 0 for score in scores)


def test_a_stop_string_has_no_scores() -> None:
    script = [ByteCoder().word(" owl"), 98, ByteCoder().word("bc"), 99]
    sampling = SamplingParams(temperature=0, max_tokens=30)
    model = ScriptModel(script, prompt=9)
    (outcome,) = run(engine(model), Request(tokens=prompt(3), sampling=sampling, scores=0, stop=("bc",)))
    assert [score.token for score in outcome.scores[0]] == script[:2]


def test_given_tokens_are_scored_as_if_they_had_been_written() -> None:
    sampling = SamplingParams(temperature=0, max_tokens=12)
    (free,) = run(engine(), Request(tokens=prompt(3), sampling=sampling, scores=1))
    forced = Request(tokens=prompt(3)[:1], forced=(*prompt(3)[1:], *free.tokens), scores=1)
    (given,) = run(
        engine(),
        Request(
            tokens=forced.tokens, forced=forced.forced, scores=1, sampling=SamplingParams(max_tokens=len(forced.forced))
        ),
    )
    assert given.tokens == forced.forced
    assert [s.logprob for s in given.scores[0][-12:]] == pytest.approx([s.logprob for s in free.scores[0]], rel=1e-5)
