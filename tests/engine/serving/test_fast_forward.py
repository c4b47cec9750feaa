"""Forced text is read in one pass; text, scores, seeds and states stay the same."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.engine.serving.fast_forward import MAX_SCORED
from bot.engine.serving.pool import Pool
from bot.engine.serving.prefill_budget import PrefillBudget
from bot.engine.serving.sequence import Row
from bot.engine.state import RowState
from bot.engine.types import Grammar, Guidance, Request, SamplingParams
from tests.engine.toys import ByteCoder, Outcome, ToyModel, engine, run

SCHEMA = Grammar("json", json.dumps({
    "type": "object", "required": ["a_long_name_of_a_property", "another_long_name"], "additionalProperties": False,
    "properties": {
        "a_long_name_of_a_property": {"type": "integer", "maximum": 9999}, "another_long_name": {"enum": ["owl", "ö"]}
    },
}))  # fmt: skip
GRAMMARS = [SCHEMA, Grammar("regex", "(ab|cd)owl owl{3}!"), Grammar("regex", "[a-c]{3}xyz ab[a-c]+"), None]


SAMPLING = st.builds(
    SamplingParams,
    temperature=st.sampled_from([0.0, 1.0, 3.0]),
    top_p=st.sampled_from([0.3, 1.0]),
    presence_penalty=st.sampled_from([0.0, 0.5]),
    repetition_penalty=st.sampled_from([1.0, 1.2]),
    dry_multiplier=st.sampled_from([0.0, 0.4]),
    mirostat_mode=st.sampled_from([0, 2]),
    newline_schedule=st.booleans(),
    min_tokens=st.integers(0, 60),
    max_tokens=st.integers(1, 90),
    seed=st.integers(0, 5),
)
REQUEST = st.builds(
    Request,
    tokens=st.lists(st.integers(65, 70), min_size=1, max_size=40).map(tuple),
    sampling=SAMPLING,
    stop=st.sampled_from([(), ("long_na",), ("wl!", "zz")]),
    grammar=st.sampled_from(GRAMMARS),
    forced=st.lists(st.integers(0, 120), max_size=20).map(tuple),
    n=st.integers(1, 2),
    scores=st.sampled_from([None, 2]),
    guidance=st.sampled_from([None, None, Guidance(tokens=(66, 67), factor=1.5)]),
)


@settings(max_examples=25, deadline=None)
@given(st.lists(REQUEST, min_size=1, max_size=3))
def test_the_replies_are_the_same_to_the_bit(requests: list[Request]) -> None:
    at_once, one_by_one = (run(engine(rows=18, forced_at_once=at_once), *requests) for at_once in (True, False))
    assert [outcome.everything() for outcome in at_once] == [outcome.everything() for outcome in one_by_one]


def steps(request: Request, *, at_once: bool = True) -> tuple[int, Outcome]:
    model = ToyModel()
    (outcome,) = run(engine(model, forced_at_once=at_once, guess_ahead=False), request)
    assert outcome.error is None
    return model.steps, outcome


def test_long_names_of_a_schema_cost_no_steps() -> None:
    request = Request(tokens=(65,), grammar=SCHEMA, sampling=SamplingParams(max_tokens=200, seed=1))
    few, outcome = steps(request)
    many, _ = steps(request, at_once=False)
    assert set(json.loads(outcome.text)) == {"a_long_name_of_a_property", "another_long_name"}
    assert many - few > len("a_long_name_of_a_property") + len("another_long_name")
    assert few < 12
    stats = outcome.last[0].stats
    assert stats is not None
    assert stats.tokens_written == len(outcome.tokens) > 50


def test_a_text_is_scored_in_few_steps() -> None:
    text = tuple(ByteCoder().encode("An owl and an owl and another one. " * 8))
    request = Request(tokens=(65,), forced=text, scores=3, sampling=SamplingParams(max_tokens=len(text)))
    few, outcome = steps(request)
    many, expected = steps(request, at_once=False)
    assert outcome.scores == expected.scores
    assert tuple(score.token for score in outcome.scores[0]) == text
    assert many >= len(text)
    assert few <= 6


def test_a_long_forced_text_does_not_hold_up_the_others() -> None:
    """A step reads no more of it than of a prompt."""
    model = ToyModel()
    most: list[int] = []
    model.on_step = lambda lengths: most.append(sum(lengths))
    long = Request(tokens=(65,), grammar=Grammar("regex", "a{3000}"), sampling=SamplingParams(max_tokens=4000))
    other = Request(tokens=(66,), sampling=SamplingParams(max_tokens=20))
    outcomes = run(engine(model, prefill_chunk=64, guess_ahead=False), long, other)
    assert outcomes[0].text == "a" * 3000
    assert len(outcomes[1].tokens) == 20
    assert max(most) <= 64 + 2


def test_a_few_are_written_one_by_one_where_a_longer_pass_costs_much() -> None:
    model = ToyModel()
    model.reads_ahead = False
    lengths: set[int] = set()
    model.on_step = lambda own: lengths.update(own)
    request = Request(tokens=(65,), grammar=Grammar("regex", "[ab]xy[ab]uvwxy"), sampling=SamplingParams(max_tokens=99))
    run(engine(model), request)
    assert lengths & {2, 3, 4, 5, 6} == {6}


def test_a_forced_end_that_fails_does_not_end_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    def without_memory(_: Pool, __: Row) -> RowState:
        raise MemoryError

    serving = engine()
    job = serving.submit(Request(tokens=(65,), grammar=Grammar("regex", "owl")))
    monkeypatch.setattr(Pool, "take", without_memory)
    results = []
    while not job.closed:
        results += [event.result for event in serving.step() if event.job is job]
    assert isinstance(results[-1], Exception)
    monkeypatch.undo()
    assert [*run(serving, Request(tokens=(65,), grammar=Grammar("regex", "owl")))[0].texts.values()] == ["owl"]


def test_logits_are_not_kept_for_a_long_forced_text_beside_scored_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    model, sizes = ToyModel(), list[int]()
    forward = model.forward

    def counted(tokens: Sequence[int], *rest: Any, full_output: bool = False) -> Any:
        if full_output:
            sizes.append(len(tokens))
        return forward(tokens, *rest, full_output=full_output)

    monkeypatch.setattr(model, "forward", counted)
    monkeypatch.setattr(PrefillBudget, "budget", lambda *_: 1000)
    long = Request(tokens=(65,), grammar=Grammar("regex", "owl" * 200), sampling=SamplingParams(max_tokens=900))
    text = tuple(range(65, 105))
    scored = Request(tokens=(66,), forced=text, scores=1, sampling=SamplingParams(max_tokens=len(text)))
    written, given = run(engine(model), long, scored)
    assert written.texts[0] == "owl" * 200
    assert given.last[0].tokens == text
    assert not sizes or max(sizes) <= 2 * MAX_SCORED + 2
