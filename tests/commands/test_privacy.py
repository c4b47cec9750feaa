"""People are told what is kept, and their own messages are deleted on request."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest

from bot.commands.privacy import means_person
from tests.commands.talking import ANN, BOB, Talk, talking
from tests.store.test_forgetting import everything
from tests.waiting import until


async def kept(talk: Talk) -> str:
    """Return the whole content of the database."""
    return await everything(talk.conversations.core.store)


async def test_what_is_kept_is_told_where_nothing_was_said_yet(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        reply = await talk("+privacy")
        assert reply.private
        assert all(word in reply.text for word in ("is kept", "How long", "Where", "+forget me everywhere"))
        assert await talk.conversations.find("test", "c") is None, "asking begins no conversation"


async def test_how_long_is_what_the_owner_says(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        services = talk.dispatcher.services
        services.settings = replace(services.settings, keep_days=30.0)
        assert "30 days" in (await talk("+privacy")).text


async def test_ones_own_words_are_sent_and_in_public_no_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with talking(tmp_path) as talk:
        assert "Nothing you wrote" in (await talk("+privacy export", author=ANN, channel="d")).text
        for guild, channel in (("g", "a"), ("g", "b"), (None, "d")):
            for who in (ANN, BOB):
                await talk(f"{who.name} wrote in {channel}", author=who, guild=guild, channel=channel)
        public = await talk("+privacy export", author=ANN, guild="g", channel="a")
        assert public.private
        (file,) = public.files
        found = json.loads(file.data)
        assert [turn["words"] for turn in found["turns"]] == ["Ann wrote in a"]
        assert found["turns"][0]["answer"]
        private = await talk("+privacy export", author=ANN, channel="d")
        words = [turn["words"] for turn in json.loads(private.files[0].data)["turns"]]
        assert words == ["Ann wrote in a", "Ann wrote in b", "Ann wrote in d"]
        monkeypatch.setattr("bot.commands.privacy.MAX_EXPORTED", 2)
        private = await talk("+privacy export", author=ANN, channel="d")
        words = [turn["words"] for turn in json.loads(private.files[0].data)["turns"]]
        assert words == ["Ann wrote in b", "Ann wrote in d"], "a file is bounded"
        await talk("+forget me everywhere yes", author=ANN, channel="d")
        assert "Nothing you wrote" in (await talk("+privacy export", author=ANN, channel="d")).text


async def test_here_and_everywhere(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        for guild, channel in (("g", "a"), ("g", "b"), ("h", "c"), (None, "d")):
            for who in (ANN, BOB):
                await talk(f"{who.name} wrote in {channel}", author=who, guild=guild, channel=channel)
        await talk("+set temperature 0.7", author=ANN, guild="g", channel="a")
        question = await talk.say("+forget me", author=ANN, guild="g", channel="a")
        assert "in this server" in question
        assert "`+forget me yes`" in question
        assert "Ann wrote in a" in await kept(talk), "nothing goes before it is confirmed"
        await talk("+forget me yes", author=ANN, guild="g", channel="a")
        found = await kept(talk)
        assert [name for name in "abcd" if f"Ann wrote in {name}" in found] == ["c", "d"]
        assert "user:test:g:1" not in found
        assert "in this conversation" in await talk.say("+forget me", author=ANN, channel="d")
        assert "`+forget me everywhere yes`" in await talk.say("+forget ME everywhere", author=ANN, channel="d")
        assert "Ann wrote in d" in await kept(talk)
        assert "are deleted" in await talk.say("+forget me everywhere yes", author=ANN, channel="d")
        found = await kept(talk)
        assert "Ann wrote" not in found
        assert [name for name in "abcd" if f"Bob wrote in {name}" in found] == list("abcd")
        await talk("go on", author=BOB, guild="g", channel="a")
        assert "Ann" not in talk.read(), "nor does any state remember her"
        assert "Bob wrote in a" in talk.read()


async def test_a_reply_that_is_being_written_brings_nothing_back(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk("Ann wrote this", author=ANN, guild="g")
        talk.engine.held = True
        talk.sink.frames.clear()
        running = asyncio.create_task(talk("and Bob that", author=BOB, guild="g"))
        await until(lambda: bool(talk.sink.frames))
        forgetting = asyncio.create_task(talk("+forget me yes", author=ANN, guild="g"))
        channel = (await talk.conversation()).channel
        await until(lambda: bool(channel.lock._waiters))
        assert "Ann wrote this" in await kept(talk)
        talk.engine.held = False
        await talk("+stop", author=BOB, guild="g")
        await asyncio.gather(running, forgetting)
        assert "Ann wrote this" not in await kept(talk)
        await talk("go on", author=BOB, guild="g")
        assert "Ann wrote this" not in talk.read()
        assert "and Bob that" in talk.read()


async def test_a_save_of_that_name_is_refused(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk("hello")
        for name in ("me", "Me everywhere"):
            assert "Choose another name" in await talk.say(f"+save {name}")
        assert "is deleted" in (await talk.say("+save me and you"), await talk.say("+forget me and you"))[1]


@pytest.mark.parametrize(
    ("name", "meant"),
    [("me", True), ("ME yes", True), ("me everywhere yes", True), ("me yes everywhere", True), ("meadow", False),
     ("me too", False), ("everywhere me", False), ("", False)],
)  # fmt: skip
def test_what_means_the_person(name: str, meant: bool) -> None:
    assert means_person(name) is meant
