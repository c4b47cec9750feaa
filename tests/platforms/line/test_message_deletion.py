import asyncio
from collections.abc import Sequence
from pathlib import Path

from bot.platforms.line.line import REMEMBERED
from bot.platforms.line.message_deletion import MessageDeletion, TurnMessage, TurnMessages
from tests.fakes import FakeEngine
from tests.platforms.line.tiny_platform import Bot, Server, TinyHistory, running
from tests.waiting import until


async def inputs(bot: Bot) -> list[str]:
    channel = await bot.store.channels.find("tiny", "1")
    assert channel is not None
    assert channel.head is not None
    return [node.input for node in await bot.store.nodes.path(channel.head) if node.kind == "chat"]


async def test_the_last_thing_said_is_taken_back_and_nothing_else(tmp_path: Path) -> None:
    server = Server()
    async with running(tmp_path, server, FakeEngine()) as bot:
        deletion = MessageDeletion(bot.line, bot.store.messages)
        first = await bot.say("one")
        await until(server.answers)
        second = await bot.say("two")
        await until(lambda: len(server.answers()) == 2 and not bot.line._items)
        for number in ("nobody's", next(iter(server.posted)), first.id):
            await deletion.handle(first.origin, number)
        assert await inputs(bot) == ["one", "two"]
        await deletion.handle(second.origin, second.id)
        assert await inputs(bot) == ["one"]


async def test_of_several_messages_the_others_are_answered_anew(tmp_path: Path) -> None:
    server, engine = Server(), FakeEngine()
    engine.held = True
    async with running(tmp_path, server, engine) as bot:
        deletion = MessageDeletion(bot.line, bot.store.messages)
        await bot.say("one")
        await until(lambda: engine.requests)
        later = [await bot.say(text) for text in ("two", "three")]
        engine.held = False
        await until(lambda: len(server.answers()) == 2 and not bot.line._items)
        assert await inputs(bot) == ["one", "two\nthree"]
        await deletion.handle(later[0].origin, later[0].id)
        await until(lambda: len(server.answers()) == 3 and not bot.line._items)
        assert await inputs(bot) == ["one", "three"]


class SlowMessages:
    """A slow table of messages."""

    def __init__(self, messages: TurnMessages) -> None:
        self._messages = messages
        self.asked, self.answering = asyncio.Event(), asyncio.Event()

    async def get(self, platform: str, channel: str, message_id: str) -> TurnMessage | None:
        self.asked.set()
        await self.answering.wait()
        return await self._messages.get(platform, channel, message_id)

    async def of_node(self, node: int) -> Sequence[TurnMessage]:
        return await self._messages.of_node(node)


async def test_what_is_said_after_it_was_taken_back_does_not_follow_on_it(tmp_path: Path) -> None:
    server = Server()
    async with running(tmp_path, server, FakeEngine()) as bot:
        messages = SlowMessages(bot.store.messages)
        first = await bot.say("my password is owl")
        await until(lambda: server.answers() and not bot.line._items)
        taking_back = asyncio.create_task(MessageDeletion(bot.line, messages).handle(first.origin, first.id))
        await messages.asked.wait()
        await bot.say("last")
        await asyncio.sleep(0.1)
        assert len(server.answers()) == 1
        messages.answering.set()
        await taking_back
        await until(lambda: len(server.answers()) == 2 and not bot.line._items)
        assert await inputs(bot) == ["last"]


async def test_what_was_taken_back_before_it_was_read_is_not_answered(tmp_path: Path) -> None:
    server, engine = Server(), FakeEngine()
    engine.held = True
    async with running(tmp_path, server, engine) as bot:
        taken = await bot.say("taken in, not answered")
        await until(lambda: engine.requests)
    missed = server.say("missed")
    async with running(tmp_path, server, FakeEngine(), recovers=False) as bot:
        deletion = MessageDeletion(bot.line, bot.store.messages)
        for incoming in (taken, missed):
            await deletion.handle(incoming.origin, incoming.id)
        await bot.recovery.run(TinyHistory(server))
        await bot.say("last")
        await until(lambda: server.answers() and not bot.line._items)
        assert await inputs(bot) == ["last"]
        assert not await bot.store.inbox.open("tiny")


async def test_only_so_many_deletions_are_remembered(tmp_path: Path) -> None:
    async with running(tmp_path, Server(), FakeEngine()) as bot:
        for number in range(REMEMBERED + 10):
            bot.line.mark_deleted("1", str(number))
        assert len(bot.line._deleted) == REMEMBERED
