"""ChatRWKV's newline schedule."""

import numpy as np
import torch

from bot.engine.sampling.adjuster import RowStart
from bot.engine.sampling.computed import logits_of
from bot.engine.sampling.newline_schedule import NewlineSchedule, newline_bias
from bot.engine.sampling.sampler import Sampler
from bot.engine.sampling.token_masks import Vocabulary
from bot.engine.types import SamplingParams
from tests.engine.toys import ByteCoder

CODER = ByteCoder()
VOCABULARY = Vocabulary(CODER, CODER.vocab_size)
A, LINE = (CODER.encode(text)[0] for text in "a\n")


def test_newlines_are_led_by_the_length_of_the_reply() -> None:
    positions = np.array([0, 1, 20, 40, 41, 100, 150, 151, 154, 162, 163, 1000])
    expected = [-np.inf, -3.9, -2.0, 0.0, 0.0, 0.0, 0.0, 0.25, 1.0, 3.0, 3.0, 3.0]
    np.testing.assert_allclose(newline_bias(positions), expected, rtol=1e-6)


def test_newline_schedule_in_the_sampler() -> None:
    sampler = Sampler(2, VOCABULARY, [NewlineSchedule(2, VOCABULARY)])
    sampler.admit(0, RowStart(params=SamplingParams(temperature=0, newline_schedule=True)), 1)
    sampler.admit(1, RowStart(params=SamplingParams(temperature=0)), 1)
    tokens = []
    for _ in range(200):
        logits = torch.zeros(2, CODER.vocab_size)
        logits[:, LINE], logits[:, A] = 1.0, 2.5
        tokens.append(sampler.sample(logits_of(logits), [0, 1]).tokens.tolist())
    first = [token for token, _ in tokens].index(LINE)
    assert 150 < first < 160
    assert all(other == A for _, other in tokens)
