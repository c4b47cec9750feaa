"""Responses of characters: lore and notes are read for one reply, and leave no trace in the tree."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.library.characters.character_folder import CharacterFolder
from tests.platforms.api.conftest import Api, open_api
from tests.platforms.api.test_responses import read

OWL = """
name = "Owl"
description = "An owl in a tree."
greetings = ["Hoo. The moon is up."]
after_history = "Answer in one word."
note = { text = "It is night.", depth = 4 }

[[lore]]
keys = ["river"]
content = "The river is deep."

[[lore]]
keys = ["moon"]
content = "The moon is a lamp."

[[lore]]
keys = ["fox"]
sticky = 9
content = "The fox is red."
"""
SAID = ["hello", "where is the river?", "and the fox?", "why?", "what did you say about the moon?", "thanks"]


@pytest.fixture
async def owl(tmp_path: Path) -> AsyncIterator[Api]:
    folder = tmp_path / "characters"
    folder.mkdir()
    (folder / "owl.toml").write_text(OWL)
    async with open_api(tmp_path, characters=CharacterFolder([folder])) as running:
        yield running


async def respond(api: Api, text: Any, previous: Any = None, **more: Any) -> Any:
    """Return the response of the owl, which always says the same."""
    api.engine.enqueue(" Hoo.")
    name = None if previous is None else previous.id
    return await api.client.responses.create(model="roost/owl", input=text, previous_response_id=name, **more)


async def chat_text(api: Api, said: list[str]) -> str:
    """Return what the model reads for the same chat at /v1/chat/completions."""
    chat: list[dict[str, str]] = []
    for text in said:
        chat += [{"role": "user", "content": text}, {"role": "assistant", "content": "Hoo."}]
    api.engine.enqueue(" Hoo.")
    answer = await api.post("/v1/chat/completions", {"model": "roost/owl", "messages": chat[:-1]})
    assert answer.status_code == 200, answer.text
    return read(api)


def drawn(api: Api) -> str:
    """Return what the last reply was drawn from: reading the plain turn afterwards writes nothing."""
    return read(api, next(each for each in reversed(api.engine.requests) if each.sampling.max_tokens))


async def test_a_response_reads_the_same_as_a_chat(owl: Api) -> None:
    previous = None
    for count in range(1, len(SAID) + 1):
        previous = await respond(owl, SAID[count - 1], previous)
        found = drawn(owl)
        assert found == await chat_text(owl, SAID[:count])
        assert found.endswith("\n\nAnswer in one word.\n\nOwl:")
    assert "It is night." in found
    assert "lamp" not in found, "what an earlier reply alone has read is gone"


async def test_lore_leaves_no_trace_and_the_next_response_reads_only_what_is_new(owl: Api) -> None:
    first = await respond(owl, "where is the river?")
    assert "The river is deep." in drawn(owl)
    plain = "An owl in a tree.\n\nOwl: Hoo. The moon is up.\n\nUser: where is the river?\n\nOwl: Hoo."
    second = await respond(owl, "thanks", first)
    assert "It is night." in drawn(owl)
    assert plain + "\n\nUser: thanks" in drawn(owl).replace("\n\nIt is night.", "")
    read_last = read(owl)  # the plain turn, read after the reply
    assert read_last == plain + "\n\nUser: thanks\n\nOwl: Hoo."
    tokens = len(owl.engine.coder.encode("An owl in a tree.\n\nOwl: Hoo. The moon is up."))
    assert second.usage.input_tokens_details.cached_tokens >= tokens - 1


async def test_a_branch_has_its_own_lore(owl: Api) -> None:
    first = await respond(owl, "hello")
    await respond(owl, "the fox!", first)
    assert "The fox is red." in drawn(owl)
    await respond(owl, "the river!", first)
    assert "The fox is red." not in drawn(owl)
    assert "The river is deep." in drawn(owl)


async def test_other_instructions_keep_the_lore_of_what_was_said(owl: Api) -> None:
    first = await respond(owl, "the fox!")
    second = await respond(owl, "hello", first)
    await respond(owl, "why?", second, instructions="be kind")
    found = drawn(owl)
    assert "The fox is red." in found
    assert found == (await chat_text(owl, ["the fox!", "hello", "why?"])).replace(
        "Hoo. The moon is up.", "Hoo. The moon is up.\n\nSystem: be kind"
    )


async def test_several_messages_at_once_are_scanned_as_well(owl: Api) -> None:
    items = [{"role": "user", "content": "a fox"}, {"role": "assistant", "content": "Hoo."},
             {"role": "user", "content": "and?"}]  # fmt: skip
    await respond(owl, items)
    assert drawn(owl) == await chat_text(owl, ["a fox", "and?"])
    assert "The fox is red." in drawn(owl)


async def test_a_response_that_is_not_stored_reads_lore_too(owl: Api) -> None:
    await respond(owl, "the river", store=False)
    assert "The river is deep." in read(owl)
    assert len(owl.engine.requests) == 1, "nothing is read for later"


async def test_lore_is_counted(owl: Api) -> None:
    first = await respond(owl, "hello")
    for said, previous in (("hello", None), ("the river", first)):
        name = None if previous is None else previous.id
        count = await owl.client.responses.input_tokens.count(
            model="roost/owl", input=said, previous_response_id=name
        )  # fmt: skip
        assert count.input_tokens == (await respond(owl, said, previous)).usage.input_tokens


async def test_a_chat_with_notes_reads_only_what_is_new(owl: Api) -> None:
    """What is inserted for one reply is not in the next call's text: the state before it is kept as well."""
    said = [f"number {number}, and a few more words to read" for number in range(6)]
    await chat_text(owl, said[:5])
    new = len(owl.engine.requests)
    whole = await chat_text(owl, said)
    read_now = owl.engine.requests[new:]
    assert [request.service for request in read_now] == ["api", "api"]
    tokens = owl.engine.coder.encode
    assert sum(len(request.tokens) for request in read_now) < len(tokens(whole)) - len(tokens(f"{said[0]}{said[1]}"))
    assert read(owl) == whole


async def test_penalties_look_back_at_what_was_read_first(owl: Api) -> None:
    body = {"model": "roost/owl", "messages": [{"role": "user", "content": "hello"}], "repetition_penalty": 1.2}
    for _ in range(2):
        await owl.post("/v1/chat/completions", body)
        request = owl.engine.requests[-1]
        context = owl.engine.coder.decode([*request.history, *request.tokens])
        assert context == read(owl)


async def test_a_long_chat_is_read_to_the_same_end(owl: Api) -> None:
    """Beyond the turns that lore depends on, nothing is lost, whether continued or carried under other instructions."""
    previous = None
    for number in range(40):
        previous = await respond(owl, f"number {number}", previous)
    await respond(owl, "last", previous)
    found = drawn(owl)
    assert [f"number {number}\n" in found for number in range(40)] == [True] * 40
    await respond(owl, "last", previous, instructions="be kind")
    found = drawn(owl)
    assert [found.count(f"User: number {number}\n") for number in range(40)] == [1] * 40
