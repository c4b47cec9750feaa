"""What all conversations share."""

import asyncio
from pathlib import Path

import pytest

from bot.chat.conversations import Conversations
from bot.errors import Busy, NotFound
from bot.store.trouble import FULL, StoreError
from tests.chat.channel import engine as engine
from tests.chat.channel import house as house


async def test_nobody_is_admitted_beyond_the_limit_or_while_it_closes(house: Conversations) -> None:
    core = house.core
    core.admit(core.settings.max_waiting - 1)
    with pytest.raises(Busy):
        core.admit(core.settings.max_waiting)
    await core.close([], 1)
    with pytest.raises(Busy, match="shutting down"):
        core.admit(0)


async def test_a_full_disk_admits_nobody(house: Conversations, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise StoreError(FULL)

    monkeypatch.setattr(house.core.store, "check_room", full)
    with pytest.raises(StoreError):
        house.core.admit(0)


async def test_a_default_prompt_is_kept_and_must_exist(house: Conversations, tmp_path: Path) -> None:
    core = house.core
    with pytest.raises(NotFound):
        await core.set_default_prompt("no-such")
    name = core.prompts.names()[0]
    await core.set_default_prompt(name)
    assert core.default_prompt == name


async def test_work_that_it_began_ends_before_it_closes(house: Conversations) -> None:
    done: list[str] = []

    async def work() -> None:
        await asyncio.sleep(0.01)
        done.append("committed")

    house.core.spawn(work())
    await house.core.close([], 30)
    assert done == ["committed"]
