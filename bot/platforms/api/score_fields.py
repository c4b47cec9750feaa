"""Log-probabilities in the formats of the different endpoints."""

import math
from collections.abc import Sequence

from bot.engine.types import TokenScore
from bot.platforms.api.api_events import Event

MIN_LOGPROB = -9999.0  # OpenAI's value for practically impossible tokens; JSON has no infinity


def chat_scores(scores: Sequence[TokenScore]) -> Event:
    """Return the ``logprobs`` of a chat choice. Tokens that are partial characters are exact only in ``bytes``."""
    return {"content": response_scores(scores), "refusal": None}


def text_scores(scores: Sequence[TokenScore], start: int) -> tuple[Event, int]:
    """Return the ``logprobs`` of a text choice whose tokens start at character ``start``, and their end offset."""
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
    """Return llama.cpp's ``completion_probabilities``."""
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
    """Return the log-probability for JSON; None for a first token, which has none."""
    return None if math.isnan(logprob) else max(logprob, MIN_LOGPROB)


def response_scores(scores: Sequence[TokenScore]) -> list[Event]:
    """Return the ``logprobs`` of a response's text."""
    return [
        {
            **_entry(score.data, score.logprob),
            "top_logprobs": [_entry(data, value) for _, data, value in score.top],
        }
        for score in scores
    ]
