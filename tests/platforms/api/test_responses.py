"""Responses, with OpenAI's own client: created, streamed, continued, branched."""

from typing import Any

import openai
import pytest

from bot.engine.types import Request
from tests.platforms.api.conftest import Api


def read(api: Api, request: Request | None = None) -> str:
    """Return the full text from which the last request's reply was sampled."""
    request = request or api.engine.requests[-1]
    return api.engine.coder.decode([*api.engine.tokens_of(request.state), *request.tokens])


async def test_a_response_is_gone_on_from_and_reads_only_what_is_new(api: Api) -> None:
    api.engine.enqueue(" An owl.", " A moon.")
    first = await api.client.responses.create(model="m", input="who sat there?", instructions="be kind")
    assert (first.status, first.output_text, first.instructions) == ("completed", "An owl.", "be kind")
    second = await api.client.responses.create(
        model="m", input="and then?", instructions="be kind", previous_response_id=first.id
    )
    assert second.output_text == "A moon."
    assert read(api) == (
        "System: be kind\n\nUser: who sat there?\n\nAssistant: An owl.\n\nUser: and then?\n\nAssistant:"
    )
    assert second.usage is not None
    assert first.usage is not None
    assert second.usage.input_tokens_details.cached_tokens == first.usage.total_tokens - 1
    new = api.engine.coder.encode("\n\nUser: and then?\n\nAssistant:")
    assert len(api.engine.requests[-1].tokens) == 1 + len(new)
    assert second.usage.input_tokens == first.usage.total_tokens + len(new)


async def test_any_response_can_be_branched_from(api: Api) -> None:
    api.engine.enqueue(" An owl.", " A moon.", " A river.")
    first = await api.client.responses.create(model="m", input="who?")
    one, other = [
        await api.client.responses.create(model="m", input=text, previous_response_id=first.id) for text in ("a", "b")
    ]
    assert read(api) == "User: who?\n\nAssistant: An owl.\n\nUser: b\n\nAssistant:"
    assert one.previous_response_id == other.previous_response_id == first.id


async def test_other_instructions_are_read_before_what_was_said(api: Api) -> None:
    api.engine.enqueue(" An owl.", " A moon.", " A river.")
    first = await api.client.responses.create(model="m", input="who?", instructions="be kind")
    second = await api.client.responses.create(model="m", input="why?", previous_response_id=first.id)
    assert read(api) == "User: who?\n\nAssistant: An owl.\n\nUser: why?\n\nAssistant:"
    await api.client.responses.create(model="m", input="how?", previous_response_id=second.id, instructions="be brief")
    assert read(api) == (
        "System: be brief\n\nUser: who?\n\nAssistant: An owl.\n\nUser: why?\n\nAssistant: A moon."
        "\n\nUser: how?\n\nAssistant:"
    )


async def test_nothing_is_kept_unless_it_is_to_be(api: Api) -> None:
    first = await api.client.responses.create(model="m", input="who?", instructions="secret", store=False)
    with pytest.raises(openai.NotFoundError):
        await api.client.responses.retrieve(first.id)
    with pytest.raises(openai.NotFoundError):
        await api.client.responses.create(model="m", input="why?", previous_response_id=first.id)
    again = await api.client.responses.create(model="m", input="who?", instructions="secret", store=False)
    assert again.usage is not None
    assert again.usage.input_tokens_details.cached_tokens == 0
    assert len(api.completions.texts) == 0
    nodes = await api.conversations.core.store.nodes.of_channel((await api.completions.channels.of("local")).id)
    assert [node.input for node in nodes] == [""]


async def test_the_stream_tells_the_same_as_the_whole(api: Api) -> None:
    api.engine.enqueue(" An owl sat.")
    stream = await api.client.responses.create(model="m", input="who?", stream=True)
    events = [event async for event in stream]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    names = [event.type for event in events]
    assert names[:4] == [
        "response.created", "response.in_progress", "response.output_item.added", "response.content_part.added",
    ]  # fmt: skip
    assert names[-4:] == [
        "response.output_text.done", "response.content_part.done", "response.output_item.done", "response.completed",
    ]  # fmt: skip
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert len(deltas) > 1
    last = events[-1]
    assert last.type == "response.completed"
    assert last.response.output_text == "".join(deltas) == "An owl sat."
    kept = await api.client.responses.retrieve(last.response.id)
    assert kept == last.response


async def test_a_reply_that_fails_in_the_middle_ends_the_stream_as_failed(api: Api) -> None:
    api.engine.enqueue_error(RuntimeError("the model broke"))
    stream = await api.client.responses.create(model="m", input="who?", stream=True)
    events = [event async for event in stream]
    assert events[-1].type == "response.failed"
    assert events[-1].response.error is not None
    with pytest.raises(openai.NotFoundError):
        await api.client.responses.retrieve(events[-1].response.id)


async def test_a_response_that_runs_is_cancelled_by_its_id(api: Api) -> None:
    api.engine.held = True
    stream = await api.client.responses.create(model="m", input="who?", stream=True)
    events: list[Any] = []
    async for event in stream:
        events.append(event)
        if event.type == "response.output_text.delta" and len(events) < 6:
            await api.client.responses.cancel(events[0].response.id)
    assert events[-1].type == "response.completed"


async def test_what_would_be_read_is_counted(api: Api) -> None:
    first = await api.client.responses.create(model="m", input="who?")
    assert first.usage is not None
    count = await api.client.responses.input_tokens.count(model="m", input="who?")
    assert count.input_tokens == first.usage.input_tokens
    more = await api.client.responses.input_tokens.count(model="m", input="a", previous_response_id=first.id)
    assert more.input_tokens > first.usage.total_tokens


@pytest.mark.parametrize(
    ("wrong", "param"),
    [
        ({"background": True}, "background"), ({"conversation": "c"}, "conversation"),
        ({"prompt": {"id": "p"}}, "prompt"), ({"tools": [{"type": "web_search"}]}, "tools[0].type"),
        ({"input": [{"type": "computer_call"}]}, "input[0].type"),
        ({"input": [{"role": "user", "content": [{"type": "input_image"}]}]}, "input[0].content"),
        ({"max_output_tokens": 0}, "max_output_tokens"), ({"metadata": {"a": "b" * 513}}, "metadata.a"),
        ({"tools": [{"type": "function", "name": "a b"}]}, "tools[0]"),
    ],
)  # fmt: skip
async def test_what_is_not_done_is_refused_by_name(api: Api, wrong: dict[str, object], param: str) -> None:
    answer = await api.post("/v1/responses", {"model": "m", "input": "hello"} | wrong)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["param"] == param


async def test_a_key_does_not_reach_what_another_has_kept(api: Api) -> None:
    mine, other = [{"Authorization": f"Bearer {await api.keys.add(name)}"} for name in ("mine", "other")]
    name = (await api.http.post("/v1/responses", json={"input": "who?"}, headers=mine)).json()["id"]
    assert (await api.http.get(f"/v1/responses/{name}", headers=mine)).status_code == 200
    assert (await api.http.get(f"/v1/responses/{name}", headers=other)).status_code == 404
    assert (await api.http.delete(f"/v1/responses/{name}", headers=other)).status_code == 404
    follow = {"input": "why?", "previous_response_id": name}
    assert (await api.http.post("/v1/responses", json=follow, headers=other)).status_code == 404
    assert (await api.http.get(f"/v1/responses/{name}/input_items", headers=other)).status_code == 404
