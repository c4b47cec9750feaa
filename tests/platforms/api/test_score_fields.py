"""Log-probabilities in the formats that clients expect."""

import json
import math

from bot.engine.types import TokenScore
from bot.platforms.api.score_fields import chat_scores, native_scores, text_scores

OWL = TokenScore(token=5, data=b" owl", logprob=-0.5, top=((5, b" owl", -0.5), (6, b"\xe9", -math.inf)))
FIRST = TokenScore(token=7, data="é".encode(), logprob=math.nan)


def test_bytes_hold_half_characters_and_nothing_is_infinite() -> None:
    found = json.loads(json.dumps(chat_scores([OWL]), allow_nan=False))["content"][0]
    assert (found["token"], found["logprob"], found["bytes"]) == (" owl", -0.5, [32, 111, 119, 108])
    assert found["top_logprobs"][1] == {"token": "\ufffd", "logprob": -9999.0, "bytes": [0xE9]}


def test_offsets_go_on_from_piece_to_piece() -> None:
    found, end = text_scores([FIRST, OWL], 10)
    assert (found["tokens"], found["text_offset"], end) == (["é", " owl"], [10, 11], 15)
    assert found["token_logprobs"] == [None, -0.5]
    json.dumps(found, allow_nan=False)


def test_llama_cpp_wants_the_ids() -> None:
    score = TokenScore(token=5, data=b"a", logprob=-1.0, top=((6, b"b", -0.5),))
    assert native_scores([score]) == [{
        "id": 5, "token": "a", "logprob": -1.0, "bytes": [97],
        "top_logprobs": [{"id": 6, "token": "b", "logprob": -0.5, "bytes": [98]}],
    }]  # fmt: skip
