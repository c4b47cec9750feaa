"""A platform's capabilities determine how answers are sent."""

import time
from pathlib import Path

import pytest

from bot.platforms.line.capabilities import Capabilities
from tests.fakes import FakeEngine
from tests.platforms.line.tiny_platform import Server, running
from tests.waiting import until

LONG = " the owl sat in a tree." * 50


@pytest.mark.parametrize(("age", "answers"), [(0, 1), (400, 0)])
async def test_where_it_may_not_push_an_answer_comes_in_time_or_never(tmp_path: Path, age: int, answers: int) -> None:
    server, capabilities = Server(), Capabilities(pushes=False, reply_window=300)
    async with running(tmp_path, server, FakeEngine(), capabilities) as bot:
        await bot.say("hello", at=time.time() - age)
        await until(lambda: not bot.line._items)
        assert len(server.answers()) == answers


async def test_a_long_reply_comes_in_pieces_of_the_platforms_length(tmp_path: Path) -> None:
    server, engine = Server(), FakeEngine()
    engine.enqueue(LONG)
    async with running(tmp_path, server, engine, Capabilities(message_limit=300, file_after=100)) as bot:
        await bot.say("hello")
        await until(lambda: not bot.line._items)
    texts = [text for _, text in server.answers()]
    assert len(texts) >= 4
    assert all(len(text) <= 300 for text in texts)
    assert " ".join(" ".join(texts).split()) == LONG.strip()


async def test_where_files_can_be_sent_a_long_reply_comes_as_one(tmp_path: Path) -> None:
    server, engine = Server(), FakeEngine()
    engine.enqueue(LONG)
    async with running(tmp_path, server, engine, Capabilities(files=True, file_after=100)) as bot:
        await bot.say("hello")
        await until(lambda: not bot.line._items)
    (posted,) = server.posted.values()
    assert posted.text.startswith("the owl")
    assert [file.data.decode() for file in posted.files] == [LONG.strip()]
