"""The whole answering process, on a minimal platform."""

import asyncio
import itertools
from pathlib import Path

import pytest

from bot.events import Deleted, Edited
from bot.platforms.line.capabilities import Capabilities
from bot.platforms.line.incoming_event import IncomingEvent
from tests.fakes import FakeEngine
from tests.platforms.line.tiny_platform import EDITING, PLAIN, Bot, Server, running
from tests.store.commits import Commits
from tests.waiting import until

LONG = " the owl sat in a tree. the moon said hello to you." * 4


async def turns(bot: Bot) -> list[str]:
    channel = await bot.store.channels.find("tiny", "1")
    assert channel is not None
    assert channel.head is not None
    return [node.input for node in await bot.store.nodes.path(channel.head) if node.kind == "chat"]


@pytest.mark.parametrize("capabilities", [PLAIN, EDITING])
async def test_each_message_is_answered_once_and_in_order(tmp_path: Path, capabilities: Capabilities) -> None:
    server, engine = Server(), FakeEngine(delay=0.002)
    async with running(tmp_path, server, engine, capabilities) as bot:
        said = [await bot.say(f"hello {n}", author=f"person{n}") for n in range(8)]
        for incoming in said:
            await bot.hear(incoming)  # delivered twice
        await until(lambda: len(server.answers()) == 8)
    assert [answers for answers, _ in server.answers()] == [incoming.id for incoming in said]


async def test_what_somebody_says_meanwhile_is_answered_together(tmp_path: Path) -> None:
    server, engine = Server(), FakeEngine()
    engine.held = True
    async with running(tmp_path, server, engine) as bot:
        await bot.say("one")
        await until(lambda: engine.requests)
        later = [await bot.say(text) for text in ("two", "three", "four")]
        engine.held = False
        await until(lambda: len(server.answers()) == 2)
        assert server.answers()[1][0] == later[-1].id
        assert await turns(bot) == ["one", "two\nthree\nfour"]


async def test_only_so_many_are_answered_together(tmp_path: Path) -> None:
    server, engine = Server(), FakeEngine()
    engine.held = True
    async with running(tmp_path, server, engine, Capabilities(most_merged=2)) as bot:
        for text in ("one", "two", "three", "four"):
            await bot.say(text)
        engine.held = False
        await until(lambda: len(server.answers()) == 3)
        assert sorted(await turns(bot)) == ["four", "one", "two\nthree"]


async def test_frames_keep_the_pace_and_a_platform_without_edits_gets_none(tmp_path: Path) -> None:
    for capabilities, least in ((EDITING, 3), (PLAIN, 1)):
        server, engine = Server(), FakeEngine(delay=0.02)
        engine.enqueue(LONG)
        async with running(tmp_path / str(least), server, engine, capabilities) as bot:
            await bot.say("hello")
            await until(server.answers)
        (posted,) = server.posted.values()
        assert posted.text == LONG.strip()
        times = [at for at, _ in posted.frames]
        assert (len(times) >= 3) is (least == 3)
        assert all(later - earlier >= 0.049 for earlier, later in itertools.pairwise(times))


@pytest.mark.parametrize("capabilities", [PLAIN, EDITING])
@pytest.mark.parametrize("tokens", [0, 1, 12])
async def test_a_kill_loses_nothing_and_repeats_nothing(
    tmp_path: Path, capabilities: Capabilities, tokens: int
) -> None:
    server, engine = Server(), FakeEngine(delay=0.01)
    engine.enqueue(LONG, LONG)
    async with running(tmp_path, server, engine, capabilities) as bot:
        first = await bot.say("hello")
        second = await bot.say("and you?", author="bob")
        await until(lambda: engine.requests)
        for _ in range(tokens):
            await until(lambda: True)
        if tokens == 12:
            await until(lambda: server.posted)
    engine = FakeEngine()
    async with running(tmp_path, server, engine, capabilities):
        await until(lambda: len(server.answers()) == 2)
    assert [answers for answers, _ in server.answers()] == [first.id, second.id]
    assert len(server.posted) == 2, "nothing that was half written stays beside the answers"


async def test_whoever_waited_for_the_line_to_open_comes_before_who_finds_it_open(tmp_path: Path) -> None:
    server = Server()
    async with running(tmp_path, server, FakeEngine()) as bot:
        bot.line.open.clear()
        waiting = [asyncio.create_task(bot.say(text, author=text)) for text in ("one", "two", "three")]
        for _ in range(10):
            await asyncio.sleep(0)
        waiting.append(asyncio.create_task(bot.say("four", author="four")))
        bot.line.open.set()  # the fourth runs before the waiting ones are woken
        said = [incoming.id for incoming in await asyncio.gather(*waiting)]
        await until(lambda: len(server.answers()) == 4)
    assert [answers for answers, _ in server.answers()] == said


async def test_nobody_overtakes_an_answer_that_gets_through_late(tmp_path: Path) -> None:
    server = Server()
    async with running(tmp_path, server, FakeEngine(), PLAIN) as bot:
        first = server.say("one", author="ann")
        stuck = server.stuck[first.id] = asyncio.Event()
        await bot.hear(first)
        await until(lambda: bot.line._items[first.channel, first.id].finished)
        for number in ("x1", "x2"):  # the conversation among others
            await bot.line.receive(first.channel, number, nothing)
        second = await bot.say("two", author="bob")
        await until(lambda: bot.line._items[second.channel, second.id].finished)
        for _ in range(100):
            await asyncio.sleep(0)
        assert not server.answers()
        stuck.set()
        await until(lambda: len(server.answers()) == 2)
    assert [answers for answers, _ in server.answers()] == [first.id, second.id]


async def nothing() -> None:
    """Not addressed to the bot."""


async def test_what_was_said_while_nobody_listened_is_answered(tmp_path: Path) -> None:
    server = Server()
    async with running(tmp_path, server, FakeEngine()) as bot:
        await bot.say("one")
        await until(server.answers)
    missed = [server.say("two"), server.say("three", channel="2")]
    async with running(tmp_path, server, FakeEngine()):
        await until(lambda: len(server.answers()) == 3)
    assert {answers for answers, _ in server.answers()} == {"1", *(incoming.id for incoming in missed)}


async def test_an_answer_that_could_not_be_delivered_is_delivered_by_the_next_process(tmp_path: Path) -> None:
    server, engine = Server(), FakeEngine()
    engine.enqueue(" the owl")
    async with running(tmp_path, server, engine) as bot:
        server.offline = True
        await bot.say("hello")
        await bot.say("+help undo")
        await until(lambda: not bot.line._items)
    server.offline = False
    engine = FakeEngine()
    async with running(tmp_path, server, engine):
        await until(lambda: len(server.answers()) == 2)
    texts = [text for _, text in server.answers()]
    assert "the owl" in texts
    assert any("undo" in text for text in texts)
    assert not engine.requests, "nothing was written again"


async def test_what_is_edited_while_it_waits_is_answered_as_it_is_now(tmp_path: Path) -> None:
    server, engine = Server(), FakeEngine()
    engine.held = True
    async with running(tmp_path, server, engine) as bot:
        await bot.say("one")
        await until(lambda: engine.requests)
        waiting = await bot.say("tow")
        changed = server.say("two")
        new = IncomingEvent(id=waiting.id, event=changed.event, at=0)
        await bot.line.change(new, new)
        engine.held = False
        await until(lambda: len(server.answers()) == 2)
        assert await turns(bot) == ["one", "two"]


def edited(server: Server, old: IncomingEvent, text: str) -> tuple[IncomingEvent, IncomingEvent]:
    """Return the current message, and its edit event."""
    new = IncomingEvent(id=old.id, event=server.say(text).event, at=0)
    event = Edited(origin=old.origin, id=old.id, text=text, edit=f"e{old.id}")
    return new, IncomingEvent(id=f"e{old.id}", event=event, at=0, alone=True)


async def test_what_is_said_after_an_edit_follows_on_the_new_words(tmp_path: Path) -> None:
    server, engine = Server(), FakeEngine()
    engine.held = True
    async with running(tmp_path, server, engine, EDITING) as bot:
        first = await bot.say("tow")
        await until(lambda: bot.line.is_writing("1", first.id))
        changing = asyncio.create_task(bot.line.change(*edited(server, first, "two")))
        await asyncio.sleep(0)
        engine.held = False
        await bot.say("three", author="ben")
        await changing
        await until(lambda: len(server.answers()) == 2 and not bot.line._items)
        assert await turns(bot) == ["two", "three"]


async def test_an_edit_that_comes_too_late_cuts_nothing(tmp_path: Path) -> None:
    server, engine = Server(), FakeEngine()
    engine.held = True
    engine.enqueue(LONG)
    async with running(tmp_path, server, engine, EDITING) as bot:
        first = await bot.say("tow")
        await until(lambda: bot.line.is_writing("1", first.id))
        await bot.say("three", author="ben")
        await bot.line.change(*edited(server, first, "two"))
        engine.held = False
        await until(lambda: len(server.answers()) >= 2 and not bot.line._items)
        assert await turns(bot) == ["tow", "three"]
        assert server.answers()[0][1] == LONG.strip()


async def test_what_is_deleted_while_it_waits_is_never_read(tmp_path: Path) -> None:
    server, engine = Server(), FakeEngine()
    engine.held = True
    async with running(tmp_path, server, engine) as bot:
        await bot.say("one")
        await until(lambda: engine.requests)
        secret = await bot.say("my password is owl")
        await bot.say("two")
        await bot.line.delete(Deleted(origin=secret.origin, id=secret.id))
        engine.held = False
        await until(lambda: len(server.answers()) == 2 and not bot.line._items)
        assert await turns(bot) == ["one", "two"]
        assert await bot.store.inbox.open("tiny") == []


async def test_a_deletion_ends_the_answer_that_is_being_written(tmp_path: Path) -> None:
    server, engine = Server(), FakeEngine()
    engine.enqueue(LONG)
    engine.held, engine.held_after = True, 12
    async with running(tmp_path, server, engine, EDITING) as bot:
        secret = await bot.say("my password is owl")
        await until(lambda: server.posted)
        deleting = asyncio.create_task(bot.line.delete(Deleted(origin=secret.origin, id=secret.id)))
        await until(lambda: bot.line._items["1", secret.id].withdrawn)
        engine.held = False
        await deleting
        assert not server.posted
        assert await turns(bot) == []
        assert await bot.store.inbox.open("tiny") == []


async def test_a_plain_message_costs_three_write_transactions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server, engine = Server(), FakeEngine()
    async with running(tmp_path, server, engine, EDITING) as bot:
        await bot.say("one")
        await until(lambda: server.answers() and not bot.line._items)
        commits = Commits(monkeypatch)
        await bot.say("two")
        await until(lambda: len(server.answers()) == 2 and not bot.line._items)
        assert 1 <= commits.count <= 3, "taken in, committed, delivered"


async def test_what_was_never_handled_is_not_marked_as_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bot.platforms.line.line.FIRST_PAUSE", 0.001)
    server = Server()

    def fail(*_: object) -> None:
        raise RuntimeError("no way")

    async with running(tmp_path, server, FakeEngine()) as bot:
        with monkeypatch.context() as patch:
            patch.setattr(server, "delivery", fail)
            first = await bot.say("hello")
            await until(lambda: not bot.line._items)
        assert [entry.message_id for entry in await bot.store.inbox.open("tiny")] == [first.id]
        assert "left open" in caplog.text
        second = await bot.say("and now?")  # it blocks nothing
        await until(server.answers)
        assert server.answers()[0][0] == second.id
    async with running(tmp_path, server, FakeEngine()):
        await until(lambda: len(server.answers()) == 2)


async def test_an_inbox_that_cannot_be_written_for_a_while_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.platforms.line.line.FIRST_PAUSE", 0.001)
    server, failures = Server(), list[str]()
    async with running(tmp_path, server, engine := FakeEngine(delay=0.01)) as bot:
        delivered = bot.store.inbox.delivered

        async def locked(*given: object) -> None:
            if len(failures) < 3:
                failures.append("locked")
                raise RuntimeError("database is locked")
            await delivered(*given)  # type: ignore[arg-type]  # as it came

        monkeypatch.setattr(bot.store.inbox, "delivered", locked)
        await bot.say("one")
        await until(lambda: engine.requests)
        await bot.say("two")  # waits for the first
        await until(lambda: len(server.answers()) == 2 and not bot.line._items)
        assert await bot.store.inbox.open("tiny") == []
        assert len(failures) == 3
