"""Speculative decoding gives bit-identical replies in fewer steps."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.engine.serving.guess_cost import GuessCost
from bot.engine.types import Guidance, Request, SamplingParams
from tests.engine.toys import ByteCoder, ScriptModel, ToyModel, engine, run

CODER = ByteCoder()
LIST = CODER.encode("- an owl, 1.\n- an owl, 2.\n- an owl, 3.\n- an owl, 4.\n- an owl, 5.\n- an owl, 6.\n")


class Plain(ToyModel):
    """A model without speculative decoding."""

    def __init__(self) -> None:
        super().__init__()
        self.reads_ahead = False


def parrot(model: ToyModel) -> ToyModel:
    """A model whose logits depend on few tokens, so that it repeats itself."""
    model.table = model.table[:7].repeat(143, axis=0)[:997]
    return model


SAMPLING = st.builds(
    SamplingParams,
    temperature=st.sampled_from([0.0, 0.3, 1.0]),
    top_p=st.sampled_from([0.3, 1.0]),
    presence_penalty=st.sampled_from([0.0, 0.3]),
    repetition_penalty=st.sampled_from([1.0, 1.1]),
    dry_multiplier=st.sampled_from([0.0, 0.4]),
    mirostat_mode=st.sampled_from([0, 2]),
    newline_schedule=st.booleans(),
    min_tokens=st.integers(0, 5),
    max_tokens=st.integers(1, 60),
    seed=st.integers(0, 5),
)
REQUEST = st.builds(
    Request,
    tokens=st.lists(st.integers(65, 70), min_size=1, max_size=30).map(tuple),
    history=st.lists(st.integers(65, 70), max_size=30).map(tuple),
    sampling=SAMPLING,
    stop=st.sampled_from([(), ("a",), ("bc", "zz")]),
    n=st.integers(1, 2),
    scores=st.sampled_from([None, 2]),
    guidance=st.sampled_from([None, None, Guidance(tokens=(66, 67), factor=1.5)]),
)


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fix the cost of a token, which is normally measured."""
    monkeypatch.setattr(GuessCost, "cost", lambda cost, rows: 0.1)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(REQUEST, min_size=1, max_size=3))
def test_the_replies_are_the_same_to_the_bit(requests: list[Request]) -> None:
    with_guesses, without = (run(engine(parrot(model), rows=12), *requests) for model in (ToyModel(), Plain()))
    assert [outcome.everything() for outcome in with_guesses] == [outcome.everything() for outcome in without]


def steps(model: ToyModel, max_tokens: int) -> tuple[int, str]:
    request = Request(tokens=(65, 66), sampling=SamplingParams(temperature=0.0, max_tokens=max_tokens))
    (outcome,) = run(engine(model), request)
    return model.steps, outcome.text


def test_a_list_takes_far_fewer_steps() -> None:
    guessed, plain = ScriptModel(LIST, 2), ScriptModel(LIST, 2)
    plain.reads_ahead = False
    few, text = steps(guessed, len(LIST))
    many, expected = steps(plain, len(LIST))
    assert text == expected == CODER.decode(LIST)
    assert few * 1.6 < many


def test_many_rows_are_not_guessed_ahead() -> None:
    model = ScriptModel(LIST, 2)
    lengths: list[int] = []
    model.on_step = lambda own: lengths.extend(own if len(own) == 5 else ())
    request = Request(tokens=(65, 66), sampling=SamplingParams(temperature=0.0, max_tokens=len(LIST)))
    run(engine(model, rows=8), *[request] * 5)
    assert len(lengths) > 100
    assert max(lengths) == 1
