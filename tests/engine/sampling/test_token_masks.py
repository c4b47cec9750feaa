"""Token masks."""

import sys

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.engine.sampling.token_masks import Vocabulary, union
from bot.engine.text.world_tokenizer import WorldTokenizer
from tests.engine.toys import ByteCoder

CODER = ByteCoder()
VOCABULARY = Vocabulary(CODER, CODER.vocab_size + 10)  # a model may have more rows than the tokenizer has tokens


def texts(mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> set[bytes]:
    return {CODER.table[token] for token in np.flatnonzero(mask)}


def test_masks_by_text() -> None:
    assert texts(VOCABULARY.numbers) == {bytes([byte]) for byte in b"0123456789 \t"}
    assert texts(VOCABULARY.newlines) == {b"\n", b"\n\n"}
    assert texts(VOCABULARY.marks) == {bytes([byte]) for byte in b",:;?!"}


def found(ids: NDArray[np.int32]) -> set[bytes]:
    assert (np.diff(ids) > 0).all()
    return {CODER.table[token] for token in ids}


def test_tokens_that_contain_a_text() -> None:
    assert found(union([VOCABULARY.containing("!"), VOCABULARY.containing("b")])) == {
        b"!", b"b", b"ab", b"bc", b"!\n", "é!".encode(),
    }  # fmt: skip
    assert found(VOCABULARY.containing("")) == set()
    assert found(union([])) == set()
    assert found(VOCABULARY.containing("User:")) == {b"User:"}
    assert found(VOCABULARY.containing("x" * 1000)) == set()
    assert found(VOCABULARY.containing("bU")) == set()  # no match across two tokens


def test_tokens_that_begin_a_stop_string() -> None:
    assert found(union([VOCABULARY.beginning("\nU"), VOCABULARY.beginning("bc")])) == {
        b"\n", b"\n\n", b"!\n", b"b", b"ab", b"bc",
    }  # fmt: skip


@pytest.fixture(scope="module")
def world() -> Vocabulary:
    return Vocabulary(WorldTokenizer(), 65536)


STOPS = ["\n\nUser:", "e", "ee" * 500, "用户：", " " * 1000, "\n\n", "the", "</s>"]


@pytest.mark.parametrize("stop", STOPS, ids=lambda stop: repr(stop[:10]))
def test_the_world_vocabularys_stops_are_those_of_the_definition(world: Vocabulary, stop: str) -> None:
    whole = stop.encode()
    heads = tuple(whole[:end] for end in range(1, len(whole) + 1))
    expected = [token for token, text in enumerate(world.texts) if text.endswith(heads) or whole in text]
    assert world.beginning(stop).tolist() == expected


def test_a_new_stop_does_not_look_at_every_token(world: Vocabulary) -> None:
    """Python's work for a stop string must not grow with the vocabulary.

    Calls are counted, not time, because the machine may be busy.
    """
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    sys.setprofile(count)
    try:
        for number in range(16):
            world.beginning(f"\n\nSpeaker number {number}:")
    finally:
        sys.setprofile(None)
    assert calls < 16 * 400


def test_ids_beyond_the_tokenizer_have_no_text() -> None:
    assert VOCABULARY.bytes_of(CODER.vocab_size + 5) == b""
    assert VOCABULARY.bytes_of(CODER.encode("a")[0]) == b"a"
