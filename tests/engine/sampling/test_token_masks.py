"""Masks over the tokens."""

import numpy as np

from bot.engine.sampling.token_masks import Vocabulary
from tests.engine.toys import ByteCoder

CODER = ByteCoder()
VOCABULARY = Vocabulary(CODER, CODER.vocab_size + 10)  # a model may have more rows than the tokenizer has tokens


def texts(mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> set[bytes]:
    return {CODER.table[token] for token in np.flatnonzero(mask)}


def test_masks_by_text() -> None:
    assert texts(VOCABULARY.numbers) == {bytes([byte]) for byte in b"0123456789 \t"}
    assert texts(VOCABULARY.newlines) == {b"\n", b"\n\n"}
    assert texts(VOCABULARY.marks) == {bytes([byte]) for byte in b",:;?!"}
    assert texts(VOCABULARY.containing(("!", "b"))) == {b"!", b"b", b"ab", b"bc", b"!\n", "é!".encode()}
    assert not VOCABULARY.containing(()).any()


def test_tokens_that_begin_a_stop_string() -> None:
    found = {CODER.table[token] for token in VOCABULARY.beginning(("\nU", "bc"))}
    assert found == {b"\n", b"\n\n", b"!\n", b"b", b"ab", b"bc"}


def test_ids_beyond_the_tokenizer_have_no_text() -> None:
    assert VOCABULARY.bytes_of(CODER.vocab_size + 5) == b""
    assert VOCABULARY.bytes_of(CODER.encode("a")[0]) == b"a"
