"""Punctuation marks that are not written twice in a row."""

import torch

from bot.engine.sampling.adjuster import RowStart
from bot.engine.sampling.computed import logits_of
from bot.engine.sampling.repeated_marks import RepeatedMarks
from bot.engine.sampling.sampler import Sampler
from bot.engine.sampling.token_masks import Vocabulary
from bot.engine.types import SamplingParams
from tests.engine.toys import ByteCoder

CODER = ByteCoder()
VOCABULARY = Vocabulary(CODER, CODER.vocab_size)
A = CODER.encode("a")[0]


def test_a_mark_is_not_written_twice_in_a_row() -> None:
    sampler = Sampler(2, VOCABULARY, [RepeatedMarks(2, VOCABULARY)])
    sampler.admit(0, RowStart(params=SamplingParams(temperature=0, no_repeat_punctuation=True)), 1)
    sampler.admit(1, RowStart(params=SamplingParams(temperature=0)), 1)
    comma = CODER.encode(",")[0]
    tokens = []
    for _ in range(4):
        logits = torch.zeros(2, CODER.vocab_size)
        logits[:, comma], logits[:, A] = 3.0, 2.0
        tokens.append(sampler.sample(logits_of(logits), [0, 1]).tokens.tolist())
    assert tokens == [[comma, comma], [A, comma], [comma, comma], [A, comma]]
