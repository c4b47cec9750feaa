"""Log-probabilities as clients read them."""

import math
from collections.abc import Sequence

from bot.engine.types import TokenScore
from bot.platforms.api.api_events import Event

LEAST = -9999.0  # what OpenAI writes for what is all but impossible; JSON has no infinity


def chat_scores(scores: Sequence[TokenScore]) -> Event:
    """The ``logprobs`` of a chat's choice. Half characters are in ``bytes``."""
    return {"content": response_scores(scores), "refusal": None}


def text_scores(scores: Sequence[TokenScore], start: int) -> tuple[Event, int]:
    """The ``logprobs`` of a text's choice whose tokens begin at character ``start``, and where they end."""
    offsets, at = [], start
    for score in scores:
        offsets.append(at)
        at += len(_text(score.data))
    fields: Event = {
        "tokens": [_text(score.data) for score in scores],
        "token_logprobs": [_value(score.logprob) for score in scores],
        "top_logprobs": [
            {_text(data): _value(value) for _, data, value in score.top} if score.top else None for score in scores
        ],
        "text_offset": offsets,
    }
    return fields, at


def native_scores(scores: Sequence[TokenScore]) -> list[Event]:
    """llama.cpp's ``completion_probabilities``."""
    return [
        {
            "id": score.token, **_entry(score.data, score.logprob),
            "top_logprobs": [{"id": token, **_entry(data, value)} for token, data, value in score.top],
        }
        for score in scores
    ]  # fmt: skip


def _entry(data: bytes, logprob: float) -> dict[str, object]:
    return {"token": _text(data), "logprob": _value(logprob), "bytes": list(data)}


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def _value(logprob: float) -> float | None:
    """None for a first token, before which nothing was read."""
    return None if math.isnan(logprob) else max(logprob, LEAST)


def response_scores(scores: Sequence[TokenScore]) -> list[Event]:
    """The ``logprobs`` of a response's text."""
    return [
        {
            **_entry(score.data, score.logprob),
            "top_logprobs": [_entry(data, value) for _, data, value in score.top],
        }
        for score in scores
    ]
