from pathlib import Path

from bot.platforms.line.withdrawal import Withdrawal
from tests.fakes import FakeEngine
from tests.platforms.line.tiny import Bot, Server, running
from tests.waiting import until


async def inputs(bot: Bot) -> list[str]:
    channel = await bot.store.channels.find("tiny", "1")
    assert channel is not None
    assert channel.head is not None
    return [node.input for node in await bot.store.nodes.path(channel.head) if node.kind == "chat"]


async def test_the_last_thing_said_is_taken_back_and_nothing_else(tmp_path: Path) -> None:
    server = Server()
    async with running(tmp_path, server, FakeEngine()) as bot:
        withdrawal = Withdrawal(bot.line, bot.store.messages)
        first = await bot.say("one")
        await until(server.answers)
        second = await bot.say("two")
        await until(lambda: len(server.answers()) == 2 and not bot.line._items)
        for number in ("nobody's", next(iter(server.posted)), first.id):
            await withdrawal.gone(first.origin, number)
        assert await inputs(bot) == ["one", "two"]
        await withdrawal.gone(second.origin, second.id)
        assert await inputs(bot) == ["one"]


async def test_of_several_messages_the_others_are_answered_anew(tmp_path: Path) -> None:
    server, engine = Server(), FakeEngine(delay=0.02)
    async with running(tmp_path, server, engine) as bot:
        withdrawal = Withdrawal(bot.line, bot.store.messages)
        await bot.say("one")
        await until(lambda: engine.requests)
        later = [await bot.say(text) for text in ("two", "three")]
        await until(lambda: len(server.answers()) == 2 and not bot.line._items)
        assert await inputs(bot) == ["one", "two\nthree"]
        await withdrawal.gone(later[0].origin, later[0].id)
        await until(lambda: len(server.answers()) == 3 and not bot.line._items)
        assert await inputs(bot) == ["one", "three"]
