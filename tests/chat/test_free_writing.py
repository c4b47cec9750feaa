"""Free writing beside the conversation."""

from dataclasses import replace

import pytest

from bot.chat.conversation import Conversation
from bot.chat.turn import TurnOptions
from bot.errors import NotFound
from tests.chat.channel import engine as engine
from tests.chat.channel import house as house
from tests.chat.channel import say
from tests.chat.channel import talk as talk
from tests.fakes import FakeEngine
from tests.house import PROMPT, SEED, last


async def test_free_writing_stands_beside_the_talk(talk: Conversation, engine: FakeEngine) -> None:
    await say(talk, "one")
    head = talk.channel.head
    first = await last(
        talk.writing.complete("Once the owl", options=replace(SEED, sampling={"seed": 1, "max_tokens": 5}))
    )
    assert first.node is not None
    assert first.text == engine.decode(first.tokens)
    assert engine.requests[-1].state is None
    more = await last(talk.writing.more(options=TurnOptions(sampling={"seed": 1, "max_tokens": 5})))
    request = engine.requests[-1]
    path = engine.decode([*engine.tokens_of(request.state), *request.tokens])
    assert path == "Once the owl" + first.text
    again = await last(talk.writing.again(options=TurnOptions(sampling={"seed": 1, "max_tokens": 5})))
    assert again.text != more.text
    assert talk.channel.head == head
    assert all(node.kind != "draft" for node in await talk.channel.tree())
    with pytest.raises(NotFound):
        await talk.channel.go(first.node.id)
    await last(talk.writing.complete("\n\nQ: why", options=SEED, from_prompt=True))
    request = engine.requests[-1]
    assert engine.decode([*engine.tokens_of(request.state), *request.tokens]) == PROMPT.start() + "\n\nQ: why"
