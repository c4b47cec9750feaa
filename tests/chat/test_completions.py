"""Completions outside the turn tree."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.chat.completions import Completion, Completions
from bot.engine.types import SamplingParams
from bot.errors import Busy, InvalidOption
from tests.conversations import open_conversations
from tests.fakes import FakeEngine


@pytest.fixture
async def completions(tmp_path: Path) -> AsyncIterator[Completions]:
    async with open_conversations(tmp_path, FakeEngine()) as conversations:
        yield Completions(conversations.core)


def engine_of(completions: Completions) -> FakeEngine:
    engine = completions.core.engine
    assert isinstance(engine, FakeEngine)
    return engine


async def write(completions: Completions, text: str, caller: str = "ann") -> tuple[str, int]:
    """Return the text written, and the number of cached tokens."""
    wanted = Completion(text=text, sampling=SamplingParams(max_tokens=5), caller=caller)
    async with completions.running(wanted) as run:
        written = "".join([chunk.text async for chunk in run.chunks()])
        return written, run.cached_tokens


async def test_what_was_written_is_not_read_again(completions: Completions) -> None:
    text = "The owl"
    for turn in range(3):
        written, cached = await write(completions, text)
        assert bool(cached) == bool(turn)
        request = engine_of(completions).requests[-1]
        path = (*engine_of(completions).tokens_of(request.state), *request.tokens)
        assert engine_of(completions).coder.decode(path) == text
        text += written + " and the moon"


async def test_penalties_look_back_at_what_was_read_before(completions: Completions) -> None:
    written, _ = await write(completions, "The owl")
    wanted = Completion(text=f"The owl{written} and", sampling=SamplingParams(repetition_penalty=1.2), caller="ann")
    async with completions.running(wanted) as run:
        assert [chunk async for chunk in run.chunks()]
    request = engine_of(completions).requests[-1]
    assert engine_of(completions).coder.decode((*request.history, *request.tokens)) == wanted.text


async def test_characters_that_are_cut_by_tokens_come_whole(completions: Completions) -> None:
    engine_of(completions).enqueue("é鸟", "x")
    written, _ = await write(completions, "ü")
    await write(completions, f"ü{written}é more")
    request = engine_of(completions).requests[-1]
    path = (*engine_of(completions).tokens_of(request.state), *request.tokens)
    assert engine_of(completions).coder.decode(path) == f"ü{written}é more"


async def test_usage_is_counted_even_of_what_was_left(completions: Completions) -> None:
    wanted = Completion(text="The owl", sampling=SamplingParams(), caller="ann")
    async with completions.running(wanted) as run:
        chunks = run.chunks()
        await anext(chunks)
        await chunks.aclose()
    await completions.core.close([], 5)
    assert await completions.tokens_today("api:ann") >= len(run.tokens) + 1


async def test_nothing_runs_when_nothing_is_asked_or_all_is_closing(completions: Completions) -> None:
    with pytest.raises(InvalidOption, match="nothing to read"):
        await write(completions, "")
    with pytest.raises(InvalidOption, match="vocabulary"):
        completions.check_tokens([1, 10**9])
    await completions.core.close([], 5)
    with pytest.raises(Busy):
        await write(completions, "The owl")
