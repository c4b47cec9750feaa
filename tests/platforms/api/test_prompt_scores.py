"""Scoring texts, on an exact toy model."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.engine.serving.loader import assemble
from bot.engine.serving.worker import EngineWorker
from tests.engine.toys import ByteCoder, ToyModel, settings
from tests.platforms.api.conftest import Api, open_api


@pytest.fixture
async def toy(tmp_path: Path) -> AsyncIterator[Api]:
    engine = EngineWorker(lambda: assemble(ToyModel(), ByteCoder(), settings()), rows=4, queue_limit=8)
    await engine.start()
    async with open_api(tmp_path, engine) as running:
        yield running
    await engine.close()


async def test_a_text_is_scored_token_by_token(toy: Api) -> None:
    made = await toy.client.completions.create(model="m", prompt="an owl", echo=True, logprobs=2, max_tokens=0)
    (choice,) = made.choices
    assert (choice.text, choice.finish_reason) == ("an owl", "length")
    assert choice.logprobs is not None
    assert choice.logprobs.tokens == list("an owl")
    assert choice.logprobs.text_offset == list(range(6))
    values = list[object](choice.logprobs.token_logprobs or [])  # the client's types do not cover the first token
    assert values[0] is None
    assert all(isinstance(value, float) and value < 0 for value in values[1:])
    assert choice.logprobs.top_logprobs is not None
    assert len(choice.logprobs.top_logprobs[1]) == 2
    assert made.usage is not None
    assert (made.usage.prompt_tokens, made.usage.completion_tokens) == (6, 0)


async def test_what_is_written_after_it_is_scored_too(toy: Api) -> None:
    made = await toy.client.completions.create(
        model="m", prompt="an owl", echo=True, logprobs=0, max_tokens=4, temperature=0, n=2
    )
    assert [len(choice.logprobs.tokens or []) for choice in made.choices if choice.logprobs] == [10, 10]
    plain = await toy.client.completions.create(model="m", prompt="an owl", max_tokens=4, temperature=0)
    assert made.choices[0].text == "an owl" + plain.choices[0].text
    stream = await toy.client.completions.create(
        model="m", prompt="an owl", echo=True, logprobs=0, max_tokens=4, temperature=0, stream=True
    )
    assert "".join([chunk.choices[0].text async for chunk in stream]) == made.choices[0].text


async def test_the_best_of_several_is_the_likeliest(toy: Api) -> None:
    several = await toy.client.completions.create(model="m", prompt="an owl", n=4, logprobs=0, max_tokens=5, seed=1)
    best = await toy.client.completions.create(model="m", prompt="an owl", best_of=4, max_tokens=5, seed=1)
    worth = {choice.text: sum(choice.logprobs.token_logprobs or []) for choice in several.choices if choice.logprobs}
    assert best.choices[0].text == max(worth, key=lambda text: worth[text])
    assert best.choices[0].logprobs is None


async def test_chats_have_scores(toy: Api) -> None:
    made = await toy.client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": "hello"}], logprobs=True, top_logprobs=3, max_tokens=6,
        extra_body={"min_tokens": 6},
    )  # fmt: skip
    assert made.choices[0].logprobs is not None
    content = made.choices[0].logprobs.content
    assert content is not None
    assert len(content) == 6
    assert all(len(entry.top_logprobs) == 3 for entry in content)
    stream = await toy.client.chat.completions.create(
        model="m", messages=[{"role": "user", "content": "hello"}], logprobs=True, max_tokens=6, stream=True,
        extra_body={"min_tokens": 6},
    )  # fmt: skip
    found = [chunk.choices[0].logprobs async for chunk in stream]
    assert sum(len(each.content or []) for each in found if each) == 6


async def test_scoring_has_a_bound(toy: Api) -> None:
    answer = await toy.post("/v1/completions", {"prompt": "x" * 5000, "echo": True, "logprobs": 1, "max_tokens": 0})
    assert answer.json()["error"]["code"] == "context_length_exceeded"
