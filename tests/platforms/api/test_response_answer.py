"""Responses API answers."""

from collections.abc import AsyncGenerator, Mapping

from bot.engine.types import Chunk
from bot.platforms.api.api_context import Piece
from bot.platforms.api.reply_parts import ReplyParts
from bot.platforms.api.response_answer import ResponseAnswer, replayed_events

BEGUN = {"id": "resp_1", "status": "in_progress", "output": []}


async def pieces(*chunks: Chunk) -> AsyncGenerator[Piece]:
    for chunk in chunks:
        yield Piece(chunk, 10, 4)


async def test_it_is_kept_before_its_end_is_told() -> None:
    kept: list[Mapping[str, object]] = []

    async def keep(body: Mapping[str, object], text: str, last: Chunk) -> None:
        assert (text, last.tokens) == ("an owl", (1, 2))
        kept.append(body)

    chunks = [Chunk(text=" an "), Chunk(text="owl "), Chunk(text="", finish_reason="length", tokens=(1, 2))]
    answer = ResponseAnswer(BEGUN, ReplyParts(thinking=False), keep)
    names = []
    async for event in answer.events(pieces(*chunks)):
        names.append(event["type"])
        assert bool(kept) == (event["type"] == "response.incomplete")
    assert names[-1] == "response.incomplete"
    assert kept[0]["incomplete_details"] == {"reason": "max_output_tokens"}
    assert kept[0]["usage"] == {
        "input_tokens": 10, "output_tokens": 2, "total_tokens": 12,
        "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 0},
        "output_tokens_details": {"reasoning_tokens": 0},
    }  # fmt: skip


def test_what_is_told_again_ends_as_it_ended() -> None:
    names = [event["type"] for event in replayed_events({**BEGUN, "status": "incomplete", "output": [{"id": "a"}]}, -1)]
    assert names == [
        "response.created", "response.in_progress", "response.output_item.added", "response.output_item.done",
        "response.incomplete",
    ]  # fmt: skip
