"""The model's confidence in each token of an answer."""

import json
import math
from collections.abc import Sequence

from bot.commands.command import command
from bot.commands.context import Context
from bot.engine.types import TokenScore
from bot.errors import NotAllowed
from bot.events import File
from bot.i18n import N_

LEAST_SURE = 12  # tokens in the answer; the file has all of them
FILE = "probabilities.json"


@command(
    "probabilities",
    summary=N_("Show how likely the model found each token of its answer, and what it nearly wrote instead."),
    family="service",
    reply="private",
    needs_model=True,
    examples=("+probabilities",),
    details=N_("Reply to an old answer to look at that one. Lore and notes that were read for it alone are left out."),
)
async def probabilities(context: Context) -> None:
    """Shows the least certain tokens as text, and all of them in a file. The tree does not change."""
    if context.services.plugins.filters("after"):  # individual tokens cannot be filtered
        raise NotAllowed("Answers are filtered here, so their tokens are not shown.")
    scores = await context.conversation.token_scores(context.target, options=context.options)
    unsure = sorted(range(len(scores)), key=lambda place: scores[place].logprob)[:LEAST_SURE]
    lines = [_line(scores[place]) for place in sorted(unsure)]
    text = context.t("{count} tokens. The model was least sure of these:", count=len(scores))
    data = json.dumps([_values(score) for score in scores], ensure_ascii=False).encode()
    await context.say("\n".join([text, *lines]), private=True, files=(File(FILE, data, "application/json"),))


def _line(score: TokenScore) -> str:
    others = ", ".join(f"{_shown(data)} {_percent(logprob)}" for _, data, logprob in score.top[:3])
    return f"- {_shown(score.data)} **{_percent(score.logprob)}** ({others})"


def _shown(data: bytes) -> str:
    escaped = json.dumps(_text(data), ensure_ascii=False)[1:-1].replace(r"\\x", r"\x")
    return f"`{escaped.replace('`', chr(0x2CB))}`"


def _text(data: bytes) -> str:
    r"""Bytes that are only part of a character come out as ``\xe3``."""
    return data.decode("utf-8", "backslashreplace")


def _percent(logprob: float) -> str:
    return f"{100 * math.exp(logprob):.1f} %"


def _values(score: TokenScore) -> dict[str, object]:
    return {
        "text": _text(score.data),
        "probability": round(math.exp(score.logprob), 5),
        "top": _alternatives(score.top),
    }


def _alternatives(top: Sequence[tuple[int, bytes, float]]) -> list[list[object]]:
    return [[_text(data), round(math.exp(logprob), 5)] for _, data, logprob in top]
