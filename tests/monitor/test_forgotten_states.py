"""What could not be deleted is tried again, by one process for all."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.monitor import forgotten_states as module
from bot.monitor.forgotten_states import delete_forgotten
from tests.waiting import until


class Fake:
    """States whose first deletion fails, in a process that is chosen from the second time on."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.tries = 0

    @asynccontextmanager
    async def sole_worker(self, work: str) -> AsyncIterator[bool]:
        self.asked.append(work)
        yield len(self.asked) > 1

    async def forget_deleted(self) -> None:
        self.tries += 1
        if self.tries == 1:
            raise OSError("no storage")


async def test_it_is_tried_again(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(module, "EVERY_SECONDS", 0.0)
    fake = Fake()
    deleting = asyncio.create_task(delete_forgotten(fake, fake))
    await until(lambda: fake.tries >= 3)
    deleting.cancel()
    await asyncio.wait([deleting])
    assert len(fake.asked) == fake.tries + 1, "not in the first round, in which another process was chosen"
    assert "no storage" in caplog.text
