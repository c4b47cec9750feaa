"""Replies with a forced beginning."""

import pytest
import torch

from bot.engine.sampling.adjuster import RowStart
from bot.engine.sampling.adjusters import standard_adjusters
from bot.engine.sampling.computed import logits_of
from bot.engine.sampling.sampler import Sampler
from bot.engine.sampling.token_masks import Vocabulary
from bot.engine.types import SamplingParams
from tests.engine.toys import ByteCoder

CODER = ByteCoder()
VOCABULARY = Vocabulary(CODER, CODER.vocab_size)


@pytest.mark.parametrize("beginning", ["Once upon", "ab owl é!", "世界", "\n\nUser:"])
def test_the_reply_begins_so_and_goes_on_freely(beginning: str) -> None:
    sampler = Sampler(3, VOCABULARY, standard_adjusters(3, VOCABULARY))
    params = SamplingParams(min_tokens=1, banned_tokens=(CODER.word("ab"),))
    for slot in range(2):
        sampler.admit(slot, RowStart(params=params, stop=("\n\nUser",), beginning=beginning), slot)
    sampler.admit(2, RowStart(), 2)
    written = [b""] * 3
    generator = torch.Generator().manual_seed(3)
    for _ in range(40):
        draw = sampler.sample(logits_of(torch.randn(3, CODER.vocab_size, generator=generator)), [0, 1, 2])
        assert not draw.failed.any()
        written = [text + CODER.table[token] for text, token in zip(written, draw.tokens.tolist(), strict=True)]
    texts = [text.decode(errors="ignore") for text in written]
    assert texts[0].startswith(beginning)
    assert texts[1].startswith(beginning)
    assert not texts[2].startswith(beginning)
    assert texts[0] != texts[1]


def test_the_last_token_may_go_beyond() -> None:
    sampler = Sampler(1, VOCABULARY, standard_adjusters(1, VOCABULARY))
    sampler.admit(0, RowStart(params=SamplingParams(temperature=0), beginning="x U"), 0)
    written = []
    for _ in range(3):
        logits = torch.zeros(1, CODER.vocab_size)
        logits[0, CODER.word("User:")] = 9.0
        written += sampler.sample(logits_of(logits), [0]).tokens.tolist()
    assert CODER.decode(written) == "x User:"
