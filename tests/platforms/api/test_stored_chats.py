"""Stored chat completions, with OpenAI's own client."""

from typing import Any

import openai
import pytest

from tests.platforms.api.conftest import Api

MESSAGES: list[Any] = [{"role": "system", "content": "be kind"}, {"role": "user", "content": "who?"}]


async def test_kept_described_listed_and_deleted(api: Api) -> None:
    chats = api.client.chat.completions
    made = [
        await chats.create(model=model, messages=MESSAGES, store=True, metadata={"place": str(place)})
        for place, model in enumerate(["m", "m", "other"])
    ]
    found = await chats.retrieve(made[0].id)
    assert (found.id, found.choices) == (made[0].id, made[0].choices)
    assert [chat.id async for chat in chats.list(limit=1)] == [chat.id for chat in made]
    assert [chat.id async for chat in chats.list(order="desc", model="m")] == [made[1].id, made[0].id]
    assert [chat.id async for chat in chats.list(metadata={"place": "1"})] == [made[1].id]
    changed = await chats.update(made[1].id, metadata={"place": "home"})
    assert changed.metadata == {"place": "home"}
    assert [chat.id async for chat in chats.list(metadata={"place": "1"})] == []
    messages = [message async for message in chats.messages.list(made[0].id, limit=1)]
    assert [message.content for message in messages] == ["be kind", "who?"]
    await chats.delete(made[0].id)
    for gone in (chats.retrieve, chats.delete):
        with pytest.raises(openai.NotFoundError):
            await gone(made[0].id)


async def test_a_streamed_chat_is_kept_too_and_others_are_not(api: Api) -> None:
    chats = api.client.chat.completions
    stream = await chats.create(model="m", messages=MESSAGES, store=True, stream=True)
    text, name = "", ""
    async for chunk in stream:
        text, name = text + (chunk.choices[0].delta.content or ""), chunk.id
    assert (await chats.retrieve(name)).choices[0].message.content == text
    other = await chats.create(model="m", messages=MESSAGES)
    with pytest.raises(openai.NotFoundError):
        await chats.retrieve(other.id)


async def test_an_endless_filter_is_refused(api: Api) -> None:
    many = {f"metadata[{place}]": "x" for place in range(17)}
    assert (await api.http.get("/v1/chat/completions", params=many)).status_code == 400
