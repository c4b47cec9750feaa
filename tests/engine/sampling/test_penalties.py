"""Penalties against plain Python that says the same with dictionaries."""

import numpy as np
import pytest
import torch

from bot.engine.sampling.penalties import Penalties, newline_bias
from bot.engine.sampling.sampler import Sampler
from bot.engine.sampling.token_masks import Vocabulary
from bot.engine.types import SamplingParams
from tests.engine.toys import ByteCoder

CODER = ByteCoder()
VOCABULARY = Vocabulary(CODER, CODER.vocab_size)
ZERO, NINE, SPACE = (CODER.encode(text)[0] for text in "09 ")
A, B, C, LINE = (CODER.encode(text)[0] for text in "abc\n")


def after(
    params: SamplingParams, written: list[int], context: tuple[int, ...] = (), value: float = 2.0
) -> torch.Tensor:
    """What becomes of logits that are all ``value`` after ``written``."""
    penalties = Penalties(3, VOCABULARY)
    penalties.admit(1, params, context)
    for token in written:
        penalties.commit(np.array([1]), np.array([token]))
    logits = torch.full((2, CODER.vocab_size), value)
    penalties.apply(logits, np.array([1]), np.array([1]))
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


def reference_dry(
    tokens: list[int], multiplier: float, base: float, allowed: int, breakers: set[int]
) -> dict[int, float]:
    """For each earlier place that ends like the text ends, its continuation is penalised by the length of the match."""
    penalties: dict[int, float] = {}
    if tokens[-1] in breakers:
        return penalties
    for end in range(len(tokens) - 1):
        length = 0
        while (
            length < 50
            and end - length >= 0
            and tokens[end - length] == tokens[len(tokens) - 1 - length]
            and tokens[end - length] not in breakers
        ):
            length += 1
        if length >= allowed:
            token = tokens[end + 1]
            penalties[token] = max(penalties.get(token, 0.0), multiplier * base ** (length - allowed))
    return penalties


@pytest.mark.parametrize("seed", range(5))
def test_dry(seed: int) -> None:
    generator = np.random.default_rng(seed)
    context = generator.choice([A, B, C, LINE], 60, p=[0.4, 0.3, 0.25, 0.05]).tolist()
    written = generator.choice([A, B, C], 30).tolist()
    params = SamplingParams(dry_multiplier=0.8, dry_base=1.5, dry_allowed_length=2, dry_sequence_breakers=("\n",))
    expected = torch.full((CODER.vocab_size,), 2.0)
    for token, penalty in reference_dry(context + written, 0.8, 1.5, 2, {LINE}).items():
        expected[token] -= penalty
    torch.testing.assert_close(after(params, written, tuple(context)), expected, atol=1e-4, rtol=1e-5)


def test_dry_and_repetition_together() -> None:
    params = SamplingParams(dry_multiplier=1.0, dry_base=2.0, repetition_penalty=2.0)
    logits = after(params, [A, B, C, A, B])
    assert logits[C] == 2.0 / 2.0 - 1.0
    assert logits[A] == 1.0


def test_rings_grow_without_losing_anything() -> None:
    params = SamplingParams(repetition_penalty=1.5, repetition_penalty_range=0)
    penalties = Penalties(2, VOCABULARY)
    penalties.admit(0, params, (7,))
    penalties.admit(1, SamplingParams(presence_penalty=1.0, repetition_penalty_range=20), ())
    for count in range(3000):
        penalties.commit(np.array([0, 1]), np.array([20 + count % 5, 100 + count % 30]))
    logits = torch.full((2, CODER.vocab_size), 3.0)
    penalties.apply(logits, np.array([0, 1]), np.array([0, 1]))
    assert (logits[0] != 3.0).nonzero().flatten().tolist() == [7, 20, 21, 22, 23, 24]
    assert (logits[1] != 3.0).sum() == 20


def test_memory_stays_flat_with_a_window() -> None:
    penalties = Penalties(4, VOCABULARY)
    penalties.admit(0, SamplingParams(presence_penalty=1.0, dry_multiplier=1.0), (1, 2, 3))
    for count in range(5000):
        penalties.commit(np.array([0]), np.array([1 + count % 200]))
    assert penalties._rings.nbytes == 4 * 1024 * 4


def test_newlines_are_led_by_the_length_of_the_reply() -> None:
    positions = np.array([0, 1, 20, 40, 41, 100, 150, 151, 154, 162, 163, 1000])
    expected = [-np.inf, -3.9, -2.0, 0.0, 0.0, 0.0, 0.0, 0.25, 1.0, 3.0, 3.0, 3.0]
    np.testing.assert_allclose(newline_bias(positions), expected, rtol=1e-6)


def test_newline_schedule_in_the_sampler() -> None:
    sampler = Sampler(2, VOCABULARY)
    sampler.admit(0, SamplingParams(temperature=0, newline_schedule=True), 1)
    sampler.admit(1, SamplingParams(temperature=0), 1)
    tokens = []
    for _ in range(200):
        logits = torch.zeros(2, CODER.vocab_size)
        logits[:, LINE], logits[:, A] = 1.0, 2.5
        tokens.append(sampler.sample(logits, [0, 1]).tokens.tolist())
    first = [token for token, _ in tokens].index(LINE)
    assert 150 < first < 160
    assert all(other == A for _, other in tokens)


def test_a_mark_is_not_written_twice_in_a_row() -> None:
    sampler = Sampler(2, VOCABULARY)
    sampler.admit(0, SamplingParams(temperature=0, no_repeat_punctuation=True), 1)
    sampler.admit(1, SamplingParams(temperature=0), 1)
    comma = CODER.encode(",")[0]
    tokens = []
    for _ in range(4):
        logits = torch.zeros(2, CODER.vocab_size)
        logits[:, comma], logits[:, A] = 3.0, 2.0
        tokens.append(sampler.sample(logits, [0, 1]).tokens.tolist())
    assert tokens == [[comma, comma], [A, comma], [comma, comma], [A, comma]]
