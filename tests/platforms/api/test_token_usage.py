"""Usage."""

from bot.engine.types import Chunk
from bot.platforms.api.serving import Piece
from bot.platforms.api.token_usage import TokenUsage


def test_candidates_share_one_prompt() -> None:
    usage = TokenUsage()
    for index in range(3):
        usage.add(Piece(Chunk(text="", index=index, finish_reason="stop", tokens=(1, 2)), 10, 4))
    assert (usage.read, usage.cached, usage.written) == (10, 4, 6)
