"""States by the text they have read."""

from bot.chat.text_states import MAX_TEXTS, TextStates
from bot.engine.types import StateHandle


def state(nbytes: int = 10) -> StateHandle:
    return StateHandle(object(), nbytes)


def test_the_longest_beginning_is_found() -> None:
    texts = TextStates(1000)
    short, long = state(), state()
    texts.keep("ann", b"one", 1, short)
    texts.keep("ann", b"one two", 2, long)
    texts.keep("ann", b"one four", 2, state())
    found = texts.find("ann", b"one two three")
    assert found is not None
    assert (found.state, found.size, found.tokens) == (long, 7, 2)
    assert texts.find("ann", b"one two") == texts.find("ann", b"one x")  # something is left to read
    assert texts.find("ann", b"two") is None


def test_nobody_finds_anothers() -> None:
    texts = TextStates(1000)
    texts.keep("ann", b"one", 1, state())
    assert texts.find("bob", b"one two") is None


def test_memory_is_a_bound_and_the_longest_unused_goes_first() -> None:
    texts = TextStates(25)
    texts.keep("ann", b"a", 1, state())
    texts.keep("ann", b"b", 1, state())
    assert texts.find("ann", b"a!") is not None
    texts.keep("ann", b"c", 1, state())
    assert texts.nbytes == 20
    assert texts.find("ann", b"b!") is None
    assert texts.find("ann", b"a!") is not None
    texts.keep("ann", b"d", 1, state(26))
    assert texts.nbytes == 20


def test_the_count_is_a_bound_too() -> None:
    texts = TextStates(1000)
    for number in range(MAX_TEXTS + 5):
        texts.keep("ann", str(number).encode(), 1, state(0))
    assert len(texts) == MAX_TEXTS


def test_another_model_shares_none() -> None:
    texts = TextStates(1000)
    texts.follow("one")
    texts.keep("ann", b"a", 1, state())
    texts.follow("one")
    assert len(texts) == 1
    texts.follow("two")
    assert (len(texts), texts.nbytes, texts.find("ann", b"ab")) == (0, 0, None)
