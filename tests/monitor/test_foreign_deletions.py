"""What one process deletes is no longer read by another process's model."""

import asyncio
from pathlib import Path

import pytest

from bot.chat.turn import TurnOptions
from bot.monitor import foreign_deletions as module
from bot.monitor.foreign_deletions import follow_deletions
from tests.conversations import last, open_conversations
from tests.fakes import FakeEngine
from tests.waiting import until


async def test_another_process_forgets_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "EVERY_SECONDS", 0.01)
    engine = FakeEngine()
    async with open_conversations(tmp_path, engine) as here, open_conversations(tmp_path, FakeEngine()) as there:
        talk = await here.open("test", "a")
        await last(talk.chat("an old secret", author="Ann", options=TurnOptions(user="test:1")))
        assert talk.channel.head.input == "an old secret"
        following = asyncio.create_task(follow_deletions(here.core.store.deletions, here))
        await until(lambda: here.core.store.deletions._known is not None)
        await there.forget_user("test:1")
        await until(lambda: talk.channel.head.input == "")
        await last(talk.chat("go on", author="Bea", options=TurnOptions(user="test:2")))
        request = engine.requests[-1]
        assert "secret" not in engine.coder.decode([*engine.tokens_of(request.state), *request.tokens])
        following.cancel()
        await asyncio.wait([following])


async def test_a_failure_does_not_end_it(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(module, "EVERY_SECONDS", 0.0)
    reloaded = asyncio.Event()

    class Failing:
        asked = 0

        async def any_by_others(self) -> bool:
            self.asked += 1
            if self.asked == 1:
                raise OSError("no database")
            return True

        async def reload(self) -> None:
            reloaded.set()

    failing = Failing()
    following = asyncio.create_task(follow_deletions(failing, failing))
    await reloaded.wait()
    assert "no database" in caplog.text
    following.cancel()
    await asyncio.wait([following])
