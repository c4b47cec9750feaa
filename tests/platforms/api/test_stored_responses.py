"""Stored responses."""

import openai
import pytest

from tests.platforms.api.conftest import Api


async def test_retrieved_listed_and_deleted(api: Api) -> None:
    api.engine.enqueue(" An owl.")
    made = await api.client.responses.create(
        model="m", metadata={"a": "b"},
        input=[
            {"role": "user", "content": "one"},
            {"role": "assistant", "content": "two"},
            {"role": "user", "content": [{"type": "input_text", "text": "three"}]},
        ],
    )  # fmt: skip
    assert await api.client.responses.retrieve(made.id) == made
    items = [item async for item in api.client.responses.input_items.list(made.id, limit=2)]
    texts = [item.content[0].text for item in items if item.type == "message"]  # type: ignore[union-attr]
    assert texts == ["three", "two", "one"], "the second page was asked for, newest first"
    first = await api.client.responses.input_items.list(made.id, limit=2, order="asc")
    assert (first.has_more, len(first.data)) == (True, 2)
    await api.client.responses.delete(made.id)
    with pytest.raises(openai.NotFoundError):
        await api.client.responses.retrieve(made.id)


async def test_deleting_leaves_what_others_go_on_from(api: Api) -> None:
    api.engine.enqueue(" An owl.", " A moon.", " A river.")
    first = await api.client.responses.create(model="m", input="who?")
    second = await api.client.responses.create(model="m", input="why?", previous_response_id=first.id)
    await api.client.responses.delete(first.id)
    third = await api.client.responses.create(model="m", input="how?", previous_response_id=second.id)
    assert third.output_text == "A river."
    channel = (await api.completions.channels.of("local")).id
    assert len(await api.conversations.core.store.nodes.of_channel(channel)) == 5
    await api.client.responses.delete(third.id)
    await api.client.responses.delete(second.id)
    assert len(await api.conversations.core.store.nodes.of_channel(channel)) == 1, "only where the channel stands"


async def test_a_kept_response_is_streamed_again(api: Api) -> None:
    made = await api.client.responses.create(model="m", input="who?")
    events = [event async for event in await api.client.responses.retrieve(made.id, stream=True)]
    assert events[-1].type == "response.completed"
    assert events[-1].response == made
    rest = [event async for event in await api.client.responses.retrieve(made.id, stream=True, starting_after=2)]
    assert [event.sequence_number for event in rest] == [event.sequence_number for event in events][3:]


async def test_an_unknown_item_is_told_of(api: Api) -> None:
    made = await api.client.responses.create(model="m", input="who?")
    with pytest.raises(openai.BadRequestError):
        await api.client.responses.input_items.list(made.id, after="msg_0")
