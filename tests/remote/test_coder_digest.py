"""Two tokenizers have the same digest only if they are identical."""

from bot.remote.coder_digest import coder_digest
from tests.fakes import WORDS, FakeTokens


def test_the_same_words_in_another_order_are_another_tokenizer() -> None:
    assert coder_digest(FakeTokens()) == coder_digest(FakeTokens())
    others = {coder_digest(FakeTokens(words)) for words in (WORDS, WORDS[:-1], (*WORDS[1:], WORDS[0]))}
    assert len(others) == 3
