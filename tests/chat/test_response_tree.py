"""Responses as turns: their number is bounded."""

from pathlib import Path

import pytest

from bot.chat.program_channels import ProgramChannels
from bot.chat.response_tree import ResponseTree
from bot.errors import NotFound
from bot.store.node import Node
from bot.store.store import Commit
from bot.store.stored_answers import StoredAnswer
from tests.conversations import open_conversations
from tests.fakes import FakeEngine


async def test_the_oldest_answers_go_first(tmp_path: Path) -> None:
    async with open_conversations(tmp_path, FakeEngine()) as conversations:
        tree = ResponseTree(conversations.core, ProgramChannels(conversations.core), most=4)
        for place in range(30):
            await tree.keep_chat("a", {"id": f"c{place}", "model": "m"}, [], {})
        await tree.find("a", "c29", "chat")
        with pytest.raises(NotFound):
            await tree.find("a", "c20", "chat")
        channel = (await ProgramChannels(conversations.core).of("a")).id
        assert len(await conversations.core.store.answers.oldest(channel, 0)) <= 2 * 4


async def test_states_of_a_deleted_answer_are_let_go(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with open_conversations(tmp_path, engine) as conversations:
        core, channels = conversations.core, ProgramChannels(conversations.core)
        channel = (await channels.of("a")).id
        root = Node(id=0, channel=0, parent=None, kind="root", input_tokens=(5,))
        said = Node(id=0, channel=0, parent=-1, kind="chat", input_tokens=(1, 2), output_tokens=(3,), user="api:a")
        kept = StoredAnswer(id="one", kind="response", body={}, input=[])
        made = await core.store.commit(channel, Commit(nodes=[root, said], user="api:a", kept=kept))
        state = await core.states.read((5, 1, 2, 3), None)
        assert state is not None
        await core.states.keep(made[-1].digest, state)
        assert await core.states.has(made[-1])
        await ResponseTree(core, channels, most=4).delete("a", "one", "response")
        assert not await core.states.has(made[-1])
