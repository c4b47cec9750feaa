"""Services shared by all conversations."""

import asyncio
from pathlib import Path

import pytest

from bot.chat.conversations import Conversations
from bot.errors import Busy, NotFound
from bot.store.database_errors import FULL, StoreError
from tests.chat.channel import conversations as conversations
from tests.chat.channel import engine as engine


async def test_nobody_is_admitted_beyond_the_limit_or_while_it_closes(conversations: Conversations) -> None:
    core = conversations.core
    core.admit(core.settings.max_waiting - 1)
    with pytest.raises(Busy):
        core.admit(core.settings.max_waiting)
    await core.close([], 1)
    with pytest.raises(Busy, match="shutting down"):
        core.admit(0)


async def test_a_full_disk_admits_nobody(conversations: Conversations, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise StoreError(FULL)

    monkeypatch.setattr(conversations.core.store, "check_disk_space", full)
    with pytest.raises(StoreError):
        conversations.core.admit(0)


async def test_a_default_prompt_is_kept_and_must_exist(conversations: Conversations, tmp_path: Path) -> None:
    core = conversations.core
    with pytest.raises(NotFound):
        await core.set_default_prompt("no-such")
    name = core.prompts.names()[0]
    await core.set_default_prompt(name)
    assert core.default_prompt == name


async def test_work_that_it_began_ends_before_it_closes(conversations: Conversations) -> None:
    done: list[str] = []

    async def work() -> None:
        await asyncio.sleep(0.01)
        done.append("committed")

    conversations.core.spawn(work())
    await conversations.core.close([], 30)
    assert done == ["committed"]
