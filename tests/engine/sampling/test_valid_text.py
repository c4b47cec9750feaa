"""Whatever is drawn, the text is valid UTF-8, and every character can still be written."""

import numpy as np
import pytest
import torch

from bot.engine.sampling.adjuster import RowStart
from bot.engine.sampling.computed import logits_of
from bot.engine.sampling.sampler import Sampler
from bot.engine.sampling.token_masks import END_OF_TEXT, Vocabulary
from bot.engine.sampling.valid_text import ValidText
from bot.engine.types import SamplingParams
from tests.engine.toys import ByteCoder

CODER = ByteCoder()
VOCABULARY = Vocabulary(CODER, CODER.vocab_size)
ROW = np.array([0])


def allowed(adjuster: ValidText) -> set[int]:
    logits = torch.zeros(1, CODER.vocab_size)
    adjuster.apply(logits_of(logits), ROW)
    return set(torch.isfinite(logits[0]).nonzero().flatten().tolist())


@pytest.mark.parametrize("text", ["plain", "é", "\u07ff\u0800\ud7ff\ue000\uffff", "🦉\U00010000\U0010ffff", "a世界b"])
def test_every_character_can_be_written(text: str) -> None:
    adjuster = ValidText(1, VOCABULARY)
    adjuster.admit(0, RowStart())
    for token in CODER.encode(text):
        assert token in allowed(adjuster)
        adjuster.commit(ROW, np.array([token]))
    assert END_OF_TEXT in allowed(adjuster)


@pytest.mark.parametrize(
    "begun", [b"\xc3", b"\xe4", b"\xe4\xb8", b"\xe0", b"\xed", b"\xf0", b"\xf0\x9f", b"\xf4", b"\xf1"]
)
def test_only_bytes_that_can_follow(begun: bytes) -> None:
    adjuster = ValidText(1, VOCABULARY)
    adjuster.admit(0, RowStart())
    for byte in begun:
        adjuster.commit(ROW, np.array([byte + 1]))
    following = {token for token in range(1, 257) if _can_go_on(begun + bytes([token - 1]))}
    assert allowed(adjuster) == following  # neither the end of the text, nor a word


def _can_go_on(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return True


def test_random_replies_are_valid() -> None:
    sampler = Sampler(64, VOCABULARY, [ValidText(64, VOCABULARY)])
    slots = range(64)
    for slot in slots:
        sampler.admit(slot, RowStart(params=SamplingParams(temperature=5.0)), slot)
    written = [b""] * 64
    generator = torch.Generator().manual_seed(1)
    for _ in range(200):
        draw = sampler.sample(logits_of(torch.randn(64, CODER.vocab_size, generator=generator)), slots)
        assert not draw.failed.any()
        written = [text + CODER.table[token] for text, token in zip(written, draw.tokens.tolist(), strict=True)]
    for text in written:
        assert _can_go_on(text)
        assert "\ufffd" not in text.decode(errors="ignore")


def test_a_vocabulary_without_some_bytes_leads_into_no_dead_end() -> None:
    class Lame:
        vocab_size = 4

        def decode_bytes(self, tokens: tuple[int, ...]) -> bytes:
            return {0: b"", 1: b"a", 2: b"\xe4", 3: b"\xc3"}[tokens[0]]

    adjuster = ValidText(1, Vocabulary(Lame(), 4))  # type: ignore[arg-type]  # all that a vocabulary needs
    adjuster.admit(0, RowStart())
    logits = torch.zeros(1, 4)
    adjuster.apply(logits_of(logits), ROW)
    assert torch.isfinite(logits[0]).tolist() == [True, True, False, False]
