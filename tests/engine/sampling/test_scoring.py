"""Log-probabilities."""

import pytest
import torch

from bot.engine.sampling.computed import logits_of
from bot.engine.sampling.scoring import Scoring
from bot.engine.sampling.token_masks import Vocabulary
from tests.engine.toys import ByteCoder

VOCABULARY = Vocabulary(ByteCoder(), ByteCoder.vocab_size)


def test_scores_are_the_models_own_even_after_the_logits_were_changed() -> None:
    logits = torch.randn(3, VOCABULARY.size, generator=torch.Generator().manual_seed(1))
    logs = torch.log_softmax(logits, dim=-1)
    scoring = Scoring(logits_of(logits), [None, 2, 0])
    logits.fill_(-torch.inf)
    assert scoring.of(0, 5, VOCABULARY) is None
    found = scoring.of(1, 98, VOCABULARY)
    assert found is not None
    assert found.logprob == pytest.approx(float(logs[1, 98]))
    assert found.data == b"a"
    assert [value for _, _, value in found.top] == pytest.approx(sorted(logs[1].tolist(), reverse=True)[:2])
    last = scoring.of(2, 98, VOCABULARY)
    assert last is not None
    assert last.top == ()
