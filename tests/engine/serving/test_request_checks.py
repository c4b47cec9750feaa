"""Invalid requests are refused with the parameter's name and range, before anything is computed."""

import math
from dataclasses import replace
from typing import Any

import pytest

from bot.engine.serving.request_checks import check_request, check_sampling
from bot.engine.types import Guidance, Request, SamplingParams
from bot.errors import InvalidOption

FINE = Request(tokens=(1, 2))


def refused(**changes: Any) -> str:
    with pytest.raises(InvalidOption) as raised:
        check_request(replace(FINE, **changes), 100, 8)
    return str(raised.value)


def sampling(**changes: Any) -> SamplingParams:
    return SamplingParams(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"temperature": -0.1}, {"temperature": math.nan}, {"top_p": 1.5}, {"top_k": -1}, {"mirostat_mode": 1},
        {"max_tokens": -1}, {"min_p": 2.0}, {"temperature": True}, {"penalty_decay": math.inf},
    ],
)  # fmt: skip
def test_a_parameter_outside_its_range_is_named(changes: dict[str, Any]) -> None:
    (name,) = changes
    with pytest.raises(InvalidOption, match=name):
        check_sampling(sampling(**changes))


def test_neutral_parameters_are_fine() -> None:
    check_sampling(SamplingParams())
    check_request(FINE, 100, 8)
    check_sampling(sampling(logit_bias=((3, -math.inf),)))


@pytest.mark.parametrize("tokens", [(100,), (-1,), (5, 2**40)])
def test_tokens_of_another_vocabulary_are_refused_wherever_they_stand(tokens: tuple[int, ...]) -> None:
    for changes in (
        {"tokens": tokens}, {"forced": tokens}, {"history": tokens}, {"guidance": Guidance(tokens=tokens, factor=1)},
        {"sampling": sampling(banned_tokens=tokens)},
        {"sampling": sampling(logit_bias=tuple((token, 1.0) for token in tokens))},
    ):  # fmt: skip
        assert "not in the vocabulary of 100" in refused(**changes)


def test_what_would_take_more_than_there_is() -> None:
    assert "empty" in refused(tokens=())
    assert "between 1 and 8" in refused(n=9)
    assert "between 1 and 4" in refused(n=5, guidance=Guidance(tokens=(1,), factor=2.0)), "guidance takes two rows"
    assert "between 1 and 8" in refused(n=0)
    assert "at most 32 texts" in refused(sampling=sampling(dry_sequence_breakers=("x",) * 33))
    assert "stop texts" in refused(stop=("x",) * 129)
    assert "stop texts" in refused(stop=("x" * 1001,))
    assert "at most 20" in refused(scores=21)
    assert "must be a number" in refused(sampling=sampling(logit_bias=((1, math.nan),)))
    assert "must be a number" in refused(guidance=Guidance(tokens=(1,), factor=math.nan))
