"""The many names of sampling parameters."""

import pytest

from bot.engine.types import SamplingParams
from bot.platforms.api.api_errors import ApiError
from bot.platforms.api.sampling_fields import MAX_BIASES, read_sampling


def read(**given: object) -> SamplingParams:
    return read_sampling(given, {}, most=4096, default=16)


@pytest.mark.parametrize(
    ("given", "name", "value"),
    [
        ({"temperature": 0}, "temperature", 0.0),
        ({"repeat_penalty": 1.2}, "repetition_penalty", 1.2),
        ({"rep_pen": 1.2}, "repetition_penalty", 1.2),
        ({"rep_pen": 1.2, "rep_pen_range": 0}, "repetition_penalty", 1.0),  # Kobold: off
        ({"repeat_last_n": -1}, "repetition_penalty_range", 0),  # llama.cpp: all
        ({"repetition_penalty_range": 0}, "repetition_penalty_range", 0),
        ({"typical": 0.9}, "typical_p", 0.9),
        ({"mirostat": 2}, "mirostat_mode", 2),
        ({"mirostat": 1}, "mirostat_mode", 2),
        ({"top_k": -1}, "top_k", 0),
        ({"top_n_sigma": -1}, "top_n_sigma", 0.0),
        ({"seed": -1}, "seed", None),
        ({"seed": -9007199254740991}, "seed", None),
        ({"sampler_seed": 7}, "seed", 7),
        ({"penalty_decay": 0.996}, "penalty_decay", 0.996),
        ({"custom_token_bans": "1,2"}, "banned_tokens", (1, 2)),
        ({"ignore_eos": True}, "banned_tokens", (0,)),
        ({"logit_bias": {"5": -100}}, "logit_bias", ((5, -100.0),)),
        ({"logit_bias": [[5, 1.5], [6, False]]}, "banned_tokens", (6,)),
        ({"dry_sequence_breakers": '["a", "b"]'}, "dry_sequence_breakers", ("a", "b")),
        ({"max_tokens": 5, "max_completion_tokens": 6}, "max_tokens", 6),
        ({"n_predict": -1}, "max_tokens", 4096),
        ({"max_length": 99999}, "max_tokens", 4096),
        ({}, "max_tokens", 16),
        ({"temperature": None, "anything": {}}, "temperature", 1.0),
        ({"rep_pen_range": 100_000}, "repetition_penalty_range", 100_000),
    ],
)
def test_each_name_means_what_its_program_means(given: dict[str, object], name: str, value: object) -> None:
    assert getattr(read(**given), name) == value


@pytest.mark.parametrize(
    "given",
    [
        {"temperature": True}, {"top_p": 1.5}, {"top_p": float("nan")}, {"top_k": 1.5}, {"logit_bias": 3},
        {"logit_bias": {str(token): 1 for token in range(MAX_BIASES + 1)}}, {"logit_bias": {"1": None}},
        {"max_tokens": 1.5}, {"mirostat_mode": 3}, {"seed": "x"}, {"banned_tokens": list(range(10_000))},
    ],
)  # fmt: skip
def test_nonsense_is_named(given: dict[str, object]) -> None:
    with pytest.raises(ApiError) as caught:
        read(**given)
    assert caught.value.param in given


def test_the_owners_values_lie_under_the_requests() -> None:
    found = read_sampling({"top_p": 0.2}, {"top_p": 0.5, "temperature": 0.7}, most=10, default=16)
    assert (found.top_p, found.temperature, found.max_tokens) == (0.2, 0.7, 10)
