"""Text completions, with OpenAI's own client."""

import json

import pytest

from tests.platforms.api.conftest import Api


async def test_a_text_is_read_as_it_is(api: Api) -> None:
    api.engine.enqueue(" sat in a tree")
    made = await api.client.completions.create(model="m", prompt="The\n\nowl", stop=["zzz"], max_tokens=9)
    assert made.choices[0].text == " sat in a tree"
    assert made.choices[0].finish_reason == "stop"
    assert api.engine.coder.decode(api.engine.requests[-1].tokens) == "The\n\nowl"
    assert api.engine.requests[-1].stop == ("zzz",)
    assert made.usage is not None


async def test_several_prompts_have_their_own_choices(api: Api) -> None:
    made = await api.client.completions.create(model="m", prompt=["one", "two", "three"], n=2, max_tokens=3)
    assert [choice.index for choice in made.choices] == [0, 1, 2, 3, 4, 5]
    assert len(api.engine.requests) == 3


async def test_tokens_are_read_as_they_are(api: Api) -> None:
    tokens = api.engine.coder.encode("an owl")
    await api.client.completions.create(model="m", prompt=tokens, max_tokens=2)
    assert api.engine.requests[-1].tokens == tuple(tokens)
    await api.client.completions.create(model="m", prompt=[tokens, tokens], max_tokens=2)


async def test_echo_repeats_the_prompt(api: Api) -> None:
    api.engine.enqueue(" sat", " sat")
    made = await api.client.completions.create(model="m", prompt="An owl", echo=True)
    assert made.choices[0].text == "An owl sat"
    stream = await api.client.completions.create(model="m", prompt="An owl", echo=True, stream=True)
    assert "".join([chunk.choices[0].text async for chunk in stream]) == "An owl sat"


async def test_a_story_that_goes_on_reads_only_what_is_new(api: Api) -> None:
    api.engine.enqueue(" sat in a tree")
    await api.post("/v1/completions", {"prompt": "The owl"})
    answer = await api.post("/v1/completions", {"prompt": "The owl sat in a tree and"})
    assert answer.json()["usage"]["prompt_tokens_details"]["cached_tokens"] > 0


@pytest.mark.parametrize(
    "body",
    [
        {"prompt": ""}, {"prompt": []}, {"prompt": "a", "suffix": "b"}, {"prompt": ["a"] * 200}, {"prompt": [99999999]},
        {"prompt": {"a": 1}}, {"prompt": [[]]}, [], "text",
    ],
)  # fmt: skip
async def test_bad_prompts_are_refused(api: Api, body: object) -> None:
    assert (await api.post("/v1/completions", body)).status_code == 400


async def test_half_a_character_breaks_nothing(api: Api) -> None:
    for stream in (False, True):
        body = {"prompt": "a\ud800", "model": "\udfff", "echo": True, "stream": stream, "max_tokens": 2}
        answer = await api.http.post(
            "/v1/completions", content=json.dumps(body), headers={"content-type": "application/json"}
        )
        assert answer.status_code in (200, 400), answer.text


async def test_a_long_text_is_read(api: Api) -> None:
    made = await api.client.completions.create(model="m", prompt="an owl " * 5000, max_tokens=2)
    assert made.usage is not None
    assert made.usage.prompt_tokens > 10_000
