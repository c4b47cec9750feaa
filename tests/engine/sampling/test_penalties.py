"""Penalties, compared with a plain Python reference that uses dictionaries."""

import numpy as np
import pytest
import torch

from bot.engine.sampling.adjuster import RowStart
from bot.engine.sampling.computed import logits_of
from bot.engine.sampling.penalties import Penalties
from bot.engine.sampling.recent_tokens import MAX_TOKENS
from bot.engine.sampling.token_masks import Vocabulary
from bot.engine.types import SamplingParams
from tests.engine.toys import ByteCoder

CODER = ByteCoder()
VOCABULARY = Vocabulary(CODER, CODER.vocab_size)
ZERO, NINE, SPACE, A, B = (CODER.encode(text)[0] for text in "09 ab")


def after(
    params: SamplingParams, written: list[int], context: tuple[int, ...] = (), value: float = 2.0
) -> torch.Tensor:
    """Return the adjusted logits, all ``value`` before, after ``written``."""
    penalties = Penalties(3, VOCABULARY)
    penalties.admit(1, RowStart(params=params, context=context))
    for token in written:
        penalties.commit(np.array([1]), np.array([token]))
    logits = torch.full((2, CODER.vocab_size), value)
    penalties.apply(logits_of(logits[1:]), np.array([1]))
    assert (logits[0] == value).all()
    return logits[1]


def words(seed: int, length: int) -> list[int]:
    return [int(token) for token in np.random.default_rng(seed).integers(1, 60, length)]


@pytest.mark.parametrize("decay", [1.0, 0.9])
@pytest.mark.parametrize("exempt", [True, False])
def test_presence_and_frequency_are_chatrwkvs(decay: float, *, exempt: bool) -> None:
    params = SamplingParams(
        presence_penalty=0.4, frequency_penalty=0.3, penalty_decay=decay, penalty_exempt_numbers=exempt
    )
    written = words(1, 200)
    occurrence: dict[int, float] = {}
    for token in written:
        for known in occurrence:
            occurrence[known] *= decay
        if not (exempt and CODER.decode([token]) in "0123456789 \t"):
            occurrence[token] = 1 + occurrence.get(token, 0.0)
    expected = torch.full((CODER.vocab_size,), 2.0)
    for token, count in occurrence.items():
        expected[token] -= 0.4 + 0.3 * count
    torch.testing.assert_close(after(params, written, tuple(words(2, 50))), expected, atol=1e-4, rtol=0)


def test_digits_and_spaces_are_exempt() -> None:
    params = SamplingParams(presence_penalty=1.0, frequency_penalty=1.0)
    logits = after(params, [ZERO, NINE, SPACE, A])
    assert (logits != 2.0).nonzero().flatten().tolist() == [A]


@pytest.mark.parametrize("window", [1, 5, 300, 0])
@pytest.mark.parametrize("value", [2.0, -2.0])
def test_repetition_looks_at_the_last_tokens_of_prompt_and_reply(window: int, value: float) -> None:
    params = SamplingParams(repetition_penalty=1.25, repetition_penalty_range=window)
    context, written = words(3, 700), words(4, 20)
    seen = set((context + written)[-window:])
    expected = torch.full((CODER.vocab_size,), value)
    for token in seen:
        expected[token] = value / 1.25 if value > 0 else value * 1.25
    torch.testing.assert_close(after(params, written, tuple(context), value), expected)


def test_what_leaves_the_window_is_forgotten() -> None:
    params = SamplingParams(presence_penalty=1.0, repetition_penalty_range=10)
    logits = after(params, [A, *[B] * 10])
    assert logits[A] == 2.0
    assert logits[B] == 1.0


def test_only_what_is_asked_for_takes_memory() -> None:
    penalties = Penalties(4, VOCABULARY)
    start = RowStart(params=SamplingParams(repetition_penalty=1.1, repetition_penalty_range=0), context=(1, 2) * 50_000)
    penalties.admit(0, RowStart(params=SamplingParams(presence_penalty=1.0)))
    few = penalties.nbytes
    penalties.admit(1, start)
    assert penalties.nbytes == 4 * MAX_TOKENS * 4
    penalties.release(1)
    assert penalties.nbytes == few
