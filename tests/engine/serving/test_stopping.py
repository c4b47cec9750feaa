"""Stop strings across token boundaries, complete characters, and the tokens and state of exactly the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.serving.stopping import ReplyText, StopStrings, tokens_of_text
from bot.engine.types import FinishReason, Request, SamplingParams
from tests.engine.toys import ByteCoder, Outcome, ScriptModel, ToyModel, engine, run

CODER = ByteCoder()
TABLE = CODER.table


def spell(*pieces: str) -> list[int]:
    """Return the tokens of the pieces: one token per known word, else one per byte."""
    tokens: list[int] = []
    for piece in pieces:
        tokens += [CODER.word(piece)] if piece in CODER.words else CODER.encode(piece)
    return tokens


def written(script: list[int], *stop: str, max_tokens: int = 100, min_tokens: int = 0) -> tuple[Outcome, ScriptModel]:
    """Run a model that writes ``script``; check that text, tokens and state agree."""
    model = ScriptModel(script, 3)
    sampling = SamplingParams(temperature=0, max_tokens=max_tokens, min_tokens=min_tokens)
    request = Request(tokens=(10, 20, 30), stop=stop, sampling=sampling)
    outcome = run(engine(model), request)[0]
    last = outcome.last[0]
    assert CODER.decode(last.tokens) == outcome.text
    assert last.state is not None
    path = (*request.tokens, *last.tokens)[:-1]
    tensors = last.state._state.tensors  # type: ignore[attr-defined]  # only the engine knows what it holds
    assert int(tensors["hash"][0, 0]) == ToyModel().hash_of(path)
    assert int(tensors["count"][0, 0]) == len(path)
    return outcome, model


def reason(outcome: Outcome) -> FinishReason | None:
    return outcome.last[0].finish_reason


@pytest.mark.parametrize(
    ("script", "stops", "text"),
    [
        (spell("Hello!", "\n\n", "User:", " x"), ("\n\nUser:",), "Hello!"),
        (spell("Hello!", "\n", "\n", "Us", "er", ":", " x"), ("\n\nUser:",), "Hello!"),
        (spell("Hello", "!\n", "\n", "User:", " x"), ("\n\nUser:",), "Hello!"),  # cut inside a token
        (spell("Hello", "!\n", "x", "\n\n", "User:"), ("\n\nUser:",), "Hello!\nx"),
        (spell("abcabd", "zz"), ("abd",), "abc"),  # a false start
        (spell("aaab", "zz"), ("aab",), "a"),
        (spell("x", "ab", "c", "y"), ("bc",), "xa"),
        (spell("one", "two"), ("two", "ne"), "o"),  # the first in the text wins
        (spell("\n\n", "User:"), ("\n\nUser:", "\n\n"), ""),  # nothing was written at all
        (spell("User:"), ("User:",), ""),
        (spell("é!", "\n\n"), ("\n",), "é!"),
        (spell("日本", "語。", "\n\n", "x"), ("。",), "日本語"),
        (spell("a" * 50 + "!\n", "\n", "x"), ("\n\n",), "a" * 50 + "!"),  # beyond a snapshot
        (spell("a" * 40, "!\n", *["\n\n"] * 30, "x"), ("\n" * 61,), "a" * 40 + "!"),  # held back for a very long time
    ],
)
def test_stop_strings(script: list[int], stops: tuple[str, ...], text: str) -> None:
    outcome, _ = written(script, *stops)
    assert outcome.text == text
    assert reason(outcome) == "stop"


def test_the_state_is_replayed_for_a_few_tokens_only() -> None:
    _, model = written(spell("a" * 500, "\n\n", "User:"), "\n\nUser:")
    assert model.read <= 3 + 502 + 20


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ([*spell("Hi!", "\n"), 0], "Hi!\n"),  # what may become a stop string belongs to a text that ends by itself
        ([*spell("Hi"), 0], "Hi"),
        ([0], ""),
    ],
)
def test_end_of_text(script: list[int], text: str) -> None:
    outcome, _ = written(script, "\n\n")
    assert outcome.text == text
    assert reason(outcome) == "eos"


@pytest.mark.parametrize("half", [spell("日")[:1], spell("日")[:2], [0x81], [0xFF + 1]])
def test_a_reply_is_valid_utf8_whatever_the_model_prefers(half: list[int]) -> None:
    outcome, _ = written([*spell("Hi "), *half, 0, *spell("x", "\n", "\n")], "\n\n", max_tokens=9)
    assert outcome.text.startswith("Hi ")
    assert "\ufffd" not in outcome.text


@pytest.mark.parametrize(
    ("script", "limit", "text"),
    [
        (spell("Hello, world"), 5, "Hello"),
        (spell("日本語"), 4, "日"),
        (spell("日本語"), 1, ""),
        (spell("Hi", "\n", "x"), 3, "Hi"),  # no stop string is begun
    ],
)
def test_length(script: list[int], limit: int, text: str) -> None:
    outcome, _ = written(script, "\n\n", max_tokens=limit)
    assert outcome.text == text
    assert reason(outcome) == "length"


def test_neither_a_stop_nor_the_end_before_the_minimum() -> None:
    outcome, _ = written([*spell("ab"), 0, *spell("cdefgh")], "c", min_tokens=4, max_tokens=6)
    assert len(outcome.tokens) >= 4
    assert "c" not in outcome.text


TEXTS = st.text(alphabet="ab\nUser: é日🦉", max_size=30)


@given(st.lists(st.integers(1, ByteCoder.vocab_size - 1), max_size=30), st.lists(TEXTS.filter(bool), max_size=3))
def test_what_was_shown_never_holds_a_stop_string(tokens: list[int], stops: list[str]) -> None:
    text = ReplyText(StopStrings(stops))
    shown, stopped = "", False
    for count, token in enumerate(tokens, 1):
        piece, stopped = text.push(TABLE[token])
        shown += piece
        whole = CODER.decode_bytes(tokens[:count])
        assert shown == whole[: text.released].decode(errors="replace")
        assert not any(stop.encode() in whole[: text.released] for stop in stops)
        if stopped:
            break
    whole = CODER.decode_bytes(tokens)
    assert stopped == any(stop.encode() in whole for stop in stops)
    if not stopped and not stops:
        assert text.written - text.released < 4  # only an incomplete character


@given(TEXTS, st.data())
def test_cut_tokens_spell_the_text(content: str, data: st.DataObject) -> None:
    tokens: list[int] = []
    rest = content.encode()
    while rest:
        fitting = [token for token, piece in enumerate(TABLE) if piece and rest.startswith(piece)]
        tokens.append(data.draw(st.sampled_from(fitting)))
        rest = rest[len(TABLE[tokens[-1]]) :]
    size = len(content[: data.draw(st.integers(0, len(content)))].encode())
    kept = tokens_of_text(tokens, [TABLE[token] for token in tokens], size, CODER)
    assert CODER.decode_bytes(kept) == content.encode()[:size]
