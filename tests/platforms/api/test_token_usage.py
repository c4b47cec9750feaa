"""Token usage in responses."""

from bot.engine.types import Chunk
from bot.platforms.api.api_context import Piece
from bot.platforms.api.token_usage import TokenUsage, reasoning_tokens
from tests.engine.toys import ByteCoder


def test_candidates_share_one_prompt() -> None:
    usage = TokenUsage()
    for index in range(3):
        usage.add(Piece(Chunk(text="", index=index, finish_reason="stop", tokens=(1, 2)), 10, 4))
    assert (usage.read, usage.cached, usage.written) == (10, 4, 6)


def test_reasoning_ends_with_the_token_that_ends_its_mark() -> None:
    coder = ByteCoder()
    reasoning, answer = coder.encode(">why</think"), coder.encode(">yes</think>")
    assert reasoning_tokens([*reasoning, *answer], coder) == len(reasoning) + 1
    assert reasoning_tokens(reasoning, coder) == len(reasoning), "no end: all of it"
    assert reasoning_tokens([], coder) == 0
    usage = TokenUsage(coder)
    for index in range(2):
        usage.add(Piece(Chunk(text="", index=index, finish_reason="stop", tokens=(*reasoning, *answer)), 10, 4))
    assert usage.reasoning == 2 * (len(reasoning) + 1)
    assert "'reasoning_tokens': 24" in str(usage.body()) + str(usage.response_body())
