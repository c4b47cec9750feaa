"""Chunks and errors survive a round trip."""

import json
from pathlib import Path

import pytest

from bot.engine.types import Chunk, EngineError, StateHandle, Stats, TokenScore
from bot.errors import Busy, InvalidOption, UserError
from bot.remote.reply_events import ReplicaLost, StateMissing, Unavailable, chunk_payload, error_payload, read_event

SCORE = TokenScore(token=3, data=b"\xe9", logprob=-0.5, top=((3, b"\xe9", -0.5), (4, b"a", float("-inf"))))


@pytest.mark.parametrize(
    "chunk",
    [
        Chunk(text=""),
        Chunk(text="鸟\n\n\ud7ff", index=3, scores=(SCORE,)),
        Chunk(text="x", finish_reason="stop", tokens=(1, 2), stats=Stats(tokens_read=1, queue_seconds=0.25, seed=7)),
    ],
)
def test_a_piece_travels(chunk: Chunk) -> None:
    data = json.dumps(chunk_payload(chunk, None)).encode()
    assert read_event(data).chunk(None) == chunk


def test_a_state_travels_by_its_name() -> None:
    ending = Chunk(text="", finish_reason="length", state=StateHandle("secret", 99))
    form = chunk_payload(ending, "reply_1")
    assert "secret" not in repr(form)
    piece = read_event(json.dumps(form).encode())
    assert piece.state is not None
    assert (piece.state.name, piece.state.nbytes) == ("reply_1", 99)


@pytest.mark.parametrize("error", [Busy("{n} wait", n=3), InvalidOption("no"), UserError("{path}", path=Path("a/b"))])
def test_what_people_are_told_travels_with_its_values(error: UserError) -> None:
    with pytest.raises(type(error)) as caught:
        read_event(json.dumps(error_payload(error)).encode())
    assert str(caught.value) == str(error)
    assert caught.value.message == error.message


def test_accidents_are_told_without_their_text() -> None:
    with pytest.raises(EngineError, match=r"^the engine has failed$"):
        read_event(json.dumps(error_payload(OSError("/root/secret"))).encode())
    with pytest.raises(StateMissing) as caught:
        read_event(json.dumps(error_payload(StateMissing("d1"))).encode())
    assert caught.value.name == "d1"


def test_a_replica_that_does_not_serve_is_as_good_as_lost() -> None:
    with pytest.raises(ReplicaLost, match=r"^it is closing$"):
        read_event(json.dumps(error_payload(Unavailable("it is closing"))).encode())


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b'{"piece": {"index": "x"}}', b'{"piece": {"end": "perhaps"}}'])
def test_nonsense_is_a_lost_replica(data: bytes) -> None:
    with pytest.raises(ReplicaLost):
        read_event(data)
