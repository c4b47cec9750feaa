"""Chat completion responses."""

from collections.abc import AsyncGenerator

from bot.engine.types import Chunk
from bot.platforms.api.api_context import Piece
from bot.platforms.api.api_events import encode_event
from bot.platforms.api.chat_answer import ChatAnswer


async def pieces(*chunks: Chunk) -> AsyncGenerator[Piece]:
    for chunk in chunks:
        yield Piece(chunk, 10, 4)


async def test_whole_and_in_pieces_are_the_same_text() -> None:
    chunks = [Chunk(text=" an "), Chunk(text="owl  "), Chunk(text="", finish_reason="length", tokens=(1, 2, 3))]
    whole = await ChatAnswer("m", "f", thinking=False).whole(pieces(*chunks))
    assert "'content': 'an owl'" in str(whole["choices"])
    assert "'finish_reason': 'length'" in str(whole["choices"])
    assert "'prompt_tokens': 10, 'completion_tokens': 3, 'total_tokens': 13" in str(whole["usage"])
    answer = ChatAnswer("m", "f", thinking=False)
    events = [event async for event in answer.events(pieces(*chunks), usage=False)]
    assert (
        b"".join(event if isinstance(event, bytes) else encode_event(event) for event in events).count(b'"content":')
        == 3
    )
