"""Scoring a reply in the tree."""

import pytest

from bot.chat.conversations import Conversations
from bot.chat.turn import TurnOptions
from bot.errors import NotFound
from tests.chat.channel import conversations as conversations
from tests.chat.channel import engine as engine
from tests.chat.channel import say
from tests.fakes import FakeEngine


async def test_the_tokens_of_a_reply_after_what_was_said_before(
    conversations: Conversations, engine: FakeEngine
) -> None:
    talk = await conversations.open("test", "a")
    engine.enqueue(" one", " two")
    await say(talk, "hello")
    first = talk.channel.head
    await say(talk, "more")
    head = talk.channel.head
    before = await conversations.core.store.nodes.count()
    scores = await talk.token_scores(first.id, options=TurnOptions(user="test:1"))
    assert [score.token for score in scores] == list(first.output_tokens)
    request = engine.requests[-1]
    assert request.forced == first.output_tokens
    read = (*engine.tokens_of(request.state), *request.tokens)
    assert read == (*talk.channel.beginning.input_tokens, *first.input_tokens)
    assert (talk.channel.head, await conversations.core.store.nodes.count()) == (head, before)


async def test_where_there_is_no_reply(conversations: Conversations, engine: FakeEngine) -> None:
    talk = await conversations.open("test", "a")
    with pytest.raises(NotFound):
        await talk.token_scores(None, options=TurnOptions())
    with pytest.raises(NotFound):
        await talk.token_scores(12345, options=TurnOptions())
