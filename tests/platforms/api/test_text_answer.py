"""Text completion responses."""

from collections.abc import AsyncGenerator

from bot.engine.types import Chunk
from bot.platforms.api.api_context import Piece
from bot.platforms.api.text_answer import Shape, TextAnswer


async def pieces() -> AsyncGenerator[Piece]:
    for place in (1, 0):
        yield Piece(Chunk(text=f" {place}"), 10, 4, place)
        yield Piece(Chunk(text="", finish_reason="length", tokens=(1,)), 10, 4, place)


async def test_choices_are_in_the_order_of_the_prompts() -> None:
    whole = await TextAnswer("m", "f", Shape(echoes=("a", "b"))).whole(pieces())
    assert str(whole["choices"]).count("'text': ") == 2
    assert str(whole["choices"]).index("a 0") < str(whole["choices"]).index("b 1")
    assert "'prompt_tokens': 20, 'completion_tokens': 2" in str(whole["usage"])
    assert "'cached_tokens': 8" in str(whole["usage"])
