"""Access and rate limits, checked before any work is done."""

import asyncio
from pathlib import Path

import pytest

from bot.events import Author, Deleted, Edited, Reply
from tests.commands.talking import ANN, RecordingSink, Talk, talking
from tests.fakes import FakeEngine
from tests.waiting import until


async def channels(talk: Talk) -> int:
    return len(await talk.conversations.core.store.channels.all())


async def test_refused_messages_make_no_channel(tmp_path: Path) -> None:
    async with talking(tmp_path, config={"limits": {"address_per_minute": 2}}) as talk:
        for number in range(300):
            author = Author(str(number), "Stranger")
            await talk.dispatcher.handle(
                talk.message("hello", author=author, channel=str(number), address="192.0.2.1"), talk.sink
            )
        assert await channels(talk) == 2
        await talk("+block user 7")
        before = len(talk.sink.replies)
        blocked = talk.message("hi", author=Author("7", "X"), channel="new")
        await talk.dispatcher.handle(blocked, talk.sink)
        assert len(talk.sink.replies) == before, "nobody answers their words"
        assert "not on the list" in await talk.say("+undo", author=Author("7", "X"), channel="new")
        assert await channels(talk) == 2


@pytest.mark.parametrize("command", ["help", "about", "status", "model", "stop", "limit", "block", "allow"])
async def test_what_needs_no_conversation_makes_none(tmp_path: Path, command: str) -> None:
    async with talking(tmp_path) as talk:
        assert not talk.dispatcher.services.registry.require(command).needs_conversation
        await talk(f"+{command}")
        assert await talk.dispatcher.complete(talk.origin(channel="typed"), "load", "name", "x") == []
        assert await channels(talk) == 0


async def test_at_once_and_by_tokens(tmp_path: Path) -> None:
    engine = FakeEngine()
    engine.held = True
    config = {"limits": {"user_at_once": 1, "channel_tokens_per_day": 1}}
    async with talking(tmp_path, engine=engine, config=config) as talk:
        sink = RecordingSink()
        first = asyncio.create_task(talk.dispatcher.handle(talk.message("hello", author=ANN), sink))
        await until(lambda: sink.frames)
        assert "at once" in await talk.say("and", author=ANN, channel="other")
        assert "Nothing is being written" in await talk.say("+stop", author=ANN, channel="other")
        engine.held = False
        await first
        assert "today's 1 tokens" in await talk.say("again", author=ANN)
        assert (await talk("again", author=ANN, channel="other")).kind == "turn"


async def test_candidates_count_as_messages(tmp_path: Path) -> None:
    async with talking(tmp_path, config={"limits": {"user_per_minute": 8}}) as talk:
        assert (await talk("hello -n=8", author=ANN)).kind == "turn"
        assert "Slow down" in await talk.say("hello", author=ANN)


async def test_edits_and_deletions_of_the_shut_out_do_nothing(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk("hello", author=ANN, id="m1")
        head = (await talk.conversation()).channel.head.id
        await talk("+block user 1")
        replies: list[Reply] = talk.sink.replies[:]
        for event in (
            Edited(origin=talk.origin(author=ANN), id="m1", text="goodbye"),
            Deleted(origin=talk.origin(author=ANN), id="m1"),
        ):
            await talk.dispatcher.handle(event, talk.sink)
        assert (await talk.conversation()).channel.head.id == head
        assert talk.sink.replies == replies
