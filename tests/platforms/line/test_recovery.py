"""What an earlier process left behind is answered, delivered, or explained."""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pytest

from bot.i18n import translate
from bot.platforms.line.inbox_item import Entry, Inbox
from bot.platforms.line.recovery import CUT_OFF, TOO_LATE, PastMessage
from bot.platforms.line.sending import FrameSkipped, MessageGone
from tests.fakes import FakeEngine
from tests.platforms.line.tiny_platform import Server, TinyHistory, running
from tests.waiting import until


async def left_behind(folder: Path, server: Server, text: str, **how: float) -> str:
    """Return the id of an item accepted by a process that died at once."""
    async with running(folder, server, FakeEngine()) as bot:
        incoming = server.say(text, **how)  # type: ignore[arg-type]  # a time
        await bot.line.inbox.take("tiny", incoming.channel, incoming.id)
    return incoming.id


@pytest.mark.parametrize(("age", "explained"), [(0.0, False), (3600.0, True)])
async def test_what_is_old_is_not_answered_but_explained(tmp_path: Path, age: float, explained: bool) -> None:
    server = Server()
    await left_behind(tmp_path, server, "hello", at=time.time() - age)
    async with running(tmp_path, server, engine := FakeEngine()):
        await until(server.answers)
    assert (server.answers()[0][1] == translate(TOO_LATE, "en")) is explained
    assert bool(engine.requests) is not explained


async def test_a_command_that_may_have_been_done_is_not_done_again(tmp_path: Path) -> None:
    server = Server()
    await left_behind(tmp_path, server, "+undo")
    async with running(tmp_path, server, FakeEngine()):
        await until(server.answers)
    assert server.answers()[0][1] == translate(CUT_OFF, "en")


class Settling:
    """An inbox in which every item is recorded as answered right after its first read."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self.reads = 0

    async def open(self, platform: str) -> Sequence[Entry]:
        found = await self._inbox.open(platform)
        self.reads += 1
        for entry in found:
            await self._inbox.delivered(platform, entry.channel, [entry.message_id])
        return found

    async def take(
        self, platform: str, channel: str, message_id: str, guild: str | None = None, *, user: str = "",
        event: Mapping[str, object] | None = None,
    ) -> bool:  # fmt: skip
        return await self._inbox.take(platform, channel, message_id, guild, user=user, event=event)

    async def delivered(
        self, platform: str, channel: str, message_ids: Sequence[str], shown: Sequence[str] = (),
        node: int | None = None,
    ) -> None:  # fmt: skip
        await self._inbox.delivered(platform, channel, message_ids, shown, node)

    async def update(self, platform: str, channel: str, message_id: str, **columns: object) -> None:
        await self._inbox.update(platform, channel, message_id, **columns)

    async def forget(self, platform: str, before: datetime) -> int:
        return await self._inbox.forget(platform, before)


async def test_what_is_recorded_as_answered_while_it_is_looked_for_is_not_answered_again(tmp_path: Path) -> None:
    server = Server()
    await left_behind(tmp_path, server, "hello")
    async with running(tmp_path, server, FakeEngine(), recovers=False) as bot:
        inbox = bot.line.inbox = Settling(bot.store.inbox)
        await bot.recovery.run(TinyHistory(server))
        assert inbox.reads
        said = await bot.say("next")
        await until(lambda: server.answers() and not bot.line._items)
    assert [answers for answers, _ in server.answers()] == [said.id]


class Broken(TinyHistory):
    """A history that cannot be read."""

    def __init__(self, server: Server, error: Exception) -> None:
        super().__init__(server)
        self.error = error

    async def read(self, channel: str, entries: Sequence[Entry], since: datetime | None) -> Sequence[PastMessage]:
        raise self.error


@pytest.mark.parametrize(("error", "kept"), [(FrameSkipped("later"), True), (MessageGone("deleted"), False)])
async def test_what_cannot_be_read_now_waits_and_what_is_gone_does_not(
    tmp_path: Path, error: Exception, kept: bool
) -> None:
    server = Server()
    number = await left_behind(tmp_path, server, "hello", at=time.time())
    async with running(tmp_path, server, FakeEngine(), memory=Broken(server, error)) as bot:
        assert [entry.message_id for entry in await bot.line.inbox.open("tiny")] == ([number] if kept else [])
        before = await bot.store.values.get("tiny", "alive")
        await bot.recovery.stamp()
        moved = await bot.store.values.get("tiny", "alive") != before
        assert moved is not kept, "what was missed is looked for again"


async def test_a_part_that_could_be_read_does_not_hide_one_that_could_not(tmp_path: Path) -> None:
    server = Server()
    await left_behind(tmp_path, server, "hello")
    async with running(tmp_path, server, FakeEngine(), memory=Broken(server, FrameSkipped("later"))) as bot:
        await bot.recovery.run(TinyHistory(server), 1)
        assert bot.recovery.failed
        await bot.recovery.run(TinyHistory(server), 0)
        assert not bot.recovery.failed


async def test_a_record_that_fails_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: object) -> None:
        raise OSError("no database")

    async with running(tmp_path, Server(), FakeEngine()) as bot:
        with monkeypatch.context() as broken:
            broken.setattr(bot.store.values, "get", fail)
            await bot.recovery.stamp()
    assert "no database" in caplog.text
