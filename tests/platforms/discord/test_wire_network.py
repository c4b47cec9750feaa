"""Network failures: whatever is lost in transit, each message is answered once."""

import asyncio
import gc
import itertools
import time
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.app import open_dispatcher
from bot.config.schema import Config, DiscordSection
from bot.platforms.discord import discord_platform as platform_module
from bot.platforms.discord import identify_limiter
from bot.platforms.discord.discord_platform import DiscordPlatform
from bot.platforms.line.answer_sink import AnswerSink
from tests.conversations import open_conversations
from tests.fakes import FakeEngine
from tests.platforms.discord.wire import Wired, connected, running, until
from tests.wire_discord.server import TOKEN, WireDiscord, wire_discord

POST = ("POST", r"/channels/\d+/messages")
EDIT = ("PATCH", r"/channels/\d+/messages/\d+")
LONG = " the owl sat in a tree. the moon said hello to you." * 4


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reconnect immediately, so that an hour of attempts takes seconds."""
    monkeypatch.setattr(platform_module, "MAX_BACKOFF", 0.1)
    monkeypatch.setattr(platform_module, "FIRST_WAIT", 0.1)


def replies_to(wire: WireDiscord, message: str) -> list[str]:
    """Return the bot's replies to a message."""
    return [
        m["content"] for c in wire.world.channels.values() for m in wire.answers(c)
        if (m.get("message_reference") or {}).get("message_id") == message
    ]  # fmt: skip


async def answered(wired: Wired, message: str) -> None:
    """Whether the answer is complete, that is, has its buttons."""
    wire = wired.wire

    def whole() -> bool:
        found = [m for c in wire.world.channels.values() for m in wire.answers(c) if m["components"]]
        mine = [m for m in found if (m.get("message_reference") or {}).get("message_id") == message]
        return any(len(m["components"][0]["components"]) > 1 for m in mine)

    await until(whole)
    await asyncio.sleep(0.3)  # duplicates would arrive now
    assert len(replies_to(wire, message)) == 1


async def test_an_answer_waits_for_the_network(tmp_path: Path) -> None:
    engine = FakeEngine(delay=0.02)
    async with wire_discord() as (wire, address), running(tmp_path, wire, address, engine=engine) as wired:
        engine.enqueue(LONG)
        said = await wire.say("hello")
        await until(lambda: wire.answers())
        await wire.go_offline()
        await asyncio.sleep(3.0)
        wire.come_back()
        await answered(wired, said["id"])
        assert wire.answers()[0]["content"] == LONG.strip()


async def test_what_could_not_be_delivered_is_delivered_after_the_next_start(tmp_path: Path) -> None:
    async with wire_discord() as (wire, address):
        engine = FakeEngine(delay=0.02)
        async with running(tmp_path, wire, address, engine=engine) as wired:
            engine.enqueue(LONG)
            said = await wire.say("hello")
            await until(lambda: wire.answers())
            await wire.go_offline()
            conversation = await wired.conversations.open("discord", wire.channel.id)
            await until(lambda: conversation.channel.head.output)  # it is committed, but the response is lost
        wire.come_back()
        engine = FakeEngine()
        async with running(tmp_path, wire, address, engine=engine) as wired:
            await answered(wired, said["id"])
            assert wire.answers()[0]["content"] == LONG.strip()
            assert not engine.requests


async def test_a_turn_that_was_committed_and_never_shown_is_shown_after_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with wire_discord() as (wire, address):
        with monkeypatch.context() as patch:

            async def never(*_: object) -> tuple[str, ...]:
                await asyncio.sleep(60)
                return ()

            patch.setattr(AnswerSink, "send", never)
            engine = FakeEngine()
            async with running(tmp_path, wire, address, engine=engine) as wired:
                engine.enqueue(" the owl")
                said = await wire.say("hello")
                conversation = await wired.conversations.open("discord", wire.channel.id)
                await until(lambda: conversation.channel.head.output)
        async with running(tmp_path, wire, address, engine=FakeEngine()) as wired:
            await answered(wired, said["id"])
            assert replies_to(wire, said["id"]) == ["the owl"]


async def test_what_was_said_during_a_restart_is_answered(tmp_path: Path) -> None:
    async with wire_discord() as (wire, address):
        private = wire.world.private(wire.alice)
        before = await wire.say("before the bot was ever here")
        async with running(tmp_path, wire, address) as wired:
            await answered(wired, (await wire.say("one"))["id"])
            await answered(wired, (await wire.say("in private", channel=private))["id"])
        missed = [await wire.say(text) for text in ("two", "three")]
        alone = await wire.say("missed in private", channel=private)
        await wire.say("not for the bot", mention=False)
        async with running(tmp_path, wire, address) as wired:
            for message in (*missed, alone):
                await answered(wired, message["id"])
            assert len(wire.answers()) == 3
            assert not replies_to(wire, before["id"])


async def test_history_that_cannot_be_read_at_once_is_read_after_the_next_connection(tmp_path: Path) -> None:
    async with wire_discord() as (wire, address):
        async with running(tmp_path, wire, address) as wired:
            await answered(wired, (await wire.say("one"))["id"])
        missed = await wire.say("two")
        async with running(tmp_path, wire, address) as wired:
            wire.lose += [("GET", r"/channels/\d+/messages")] * 2
            await until(lambda: not wire.lose)
            await asyncio.sleep(0.5)
            assert not replies_to(wire, missed["id"])
        async with running(tmp_path, wire, address) as wired:
            await answered(wired, missed["id"])


async def test_what_is_too_old_is_not_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with wire_discord() as (wire, address):
        async with running(tmp_path, wire, address) as wired:
            await answered(wired, (await wire.say("one"))["id"])
        with monkeypatch.context() as patch:
            patch.setattr("tests.wire_discord.world.time.time", lambda: NOW - 3600)
            wire.world.ids._last = 0
            old = await wire.say("an hour ago")
        async with running(tmp_path, wire, address) as wired:
            await answered(wired, (await wire.say("now"))["id"])
            assert not replies_to(wire, old["id"])


NOW = time.time()


async def test_an_invalid_session_loses_no_message(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        await answered(wired, (await wire.say("one"))["id"])
        wire.gateway.offline = True
        await wire.gateway.drop(resumable=False)
        said = await wire.say("two")
        wire.gateway.offline = False
        await answered(wired, said["id"])
        assert wire.gateway.identified == 2


async def test_errors_of_discord_are_waited_out(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        wire.fail += [(*POST, 503), (*POST, 500), (*EDIT, 502), ("POST", r"/channels/\d+/typing", 503)]
        await answered(wired, (await wire.say("hello"))["id"])


async def test_refusals_on_every_route_change_nothing(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        wire.rates.share = 0.3
        for text in ("one", "two", "three"):
            await answered(wired, (await wire.say(text))["id"])
        wire.rates.share = 0.0
        assert wire.rates.refused


async def test_an_answer_that_is_deleted_while_it_grows_comes_anew(tmp_path: Path) -> None:
    engine = FakeEngine(delay=0.02)
    async with wire_discord() as (wire, address), running(tmp_path, wire, address, engine=engine):
        engine.enqueue(LONG)
        await wire.say("hello")
        await until(lambda: wire.answers())
        await wire.delete(wire.answers()[0])
        await until(lambda: wire.answers() and wire.answers()[0]["content"] == LONG.strip())
        await asyncio.sleep(0.3)
        assert len(wire.answers()) == 1


async def test_a_channel_that_is_deleted_takes_nothing_else_along(tmp_path: Path) -> None:
    engine = FakeEngine(delay=0.02)
    async with wire_discord() as (wire, address):
        other = wire.world.channel("other", wire.channel.guild)
        async with running(tmp_path, wire, address, engine=engine) as wired:
            await wire.say("hello")
            await until(lambda: engine.requests)
            await wire.delete_channel(wire.channel)
            await answered(wired, (await wire.say("still there?", channel=other))["id"])
            store = wired.conversations.core.store

            def all_done() -> bool:
                return not wired.platform._account.line._items

            await until(all_done)
            assert await store.inbox.open("discord") == []


async def test_answers_come_in_the_order_of_what_was_said(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        people = [wire.world.person(f"person{number}") for number in range(6)]
        wire.fail += [(*POST, 500)]
        said = [await wire.say(f"I am {person.name}", author=person) for person in people]
        for message in said:
            await answered(wired, message["id"])
        assert [m["message_reference"]["message_id"] for m in wire.answers()] == [m["id"] for m in said]


async def test_edits_keep_the_pace_and_the_last_words_arrive(tmp_path: Path) -> None:
    engine = FakeEngine(delay=0.05)
    async with wire_discord() as (wire, address):  # noqa: SIM117  # the line would be too long
        async with running(tmp_path, wire, address, engine=engine, edit_interval_s=1.0) as wired:
            text = LONG * 8  # longer than anybody waits for: the rest comes at once when there are enough edits
            engine.enqueue(text, text)
            people = [wire.alice, wire.world.person("bob")]
            said = [await wire.say("hello", author=person) for person in people]
            times = wire.rates.edits.setdefault(wire.channel.id, [])
            await until(lambda: len(times) >= 4)
            engine.delay = 0.0
            for message in said:
                await answered(wired, message["id"])
            assert min(later - earlier for earlier, later in itertools.pairwise(times)) >= 0.98
            assert [m["content"] for m in wire.answers()] == [text.strip()] * 2
            assert not wire.rates.over


async def test_two_shards_share_the_servers(tmp_path: Path) -> None:
    async with wire_discord() as (wire, address):
        guilds = [wire.world.guild(f"guild{number}")[0] for number in range(8)]
        shards = {(int(channel.guild or "0") >> 22) % 2 for channel in guilds}
        assert shards == {0, 1}
        async with running(tmp_path, wire, address, shard_count=2) as wired:
            await until(lambda: wire.gateway.identified == 2)
            said = [await wire.say("hello", channel=channel) for channel in guilds]
            for message in said:
                await answered(wired, message["id"])
            await wire.gateway.drop()
            said = [await wire.say("again", channel=channel) for channel in guilds]
            for message in said:
                await answered(wired, message["id"])
            assert wire.gateway.identified == 2
            assert wire.gateway.resumed == 2


@pytest.mark.filterwarnings("error")
async def test_the_end_comes_at_once_when_discord_cannot_be_reached(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        await wired.wire.go_offline()
        for pause in (1.0, 0.0):
            await asyncio.sleep(pause)
            begun = time.monotonic()
            await wired.platform.close()
            assert time.monotonic() - begun < 30, "a request would be waited for twice as long"


@pytest.mark.filterwarnings("error")
async def test_the_end_comes_at_once_when_discord_was_never_reached(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with wire_discord() as (wire, address):
        wire.gateway.offline = True
        section = DiscordSection(token=SecretStr(TOKEN), api_base=f"http://{address}/api", shard_count=1)
        async with (
            open_conversations(tmp_path, FakeEngine()) as conversations,
            open_dispatcher(Config(discord=section), conversations) as dispatcher,
        ):
            platform = DiscordPlatform(
                section, dispatcher, dispatcher.services.registry, dispatcher.services.core.store
            )
            await platform.start()
            await until(lambda: "no connection" in str(platform.describe()))
            await platform.close()
        gc.collect()
        assert "Unclosed" not in caplog.text


def test_the_waiting_between_connections_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform_module, "MAX_BACKOFF", 20.0)
    backoff = platform_module.Backoff()
    assert max(backoff.delay() for _ in range(200)) <= 20.0


async def test_shards_are_shared_and_taken_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform_module, "BEAT", 0.05)
    monkeypatch.setattr(identify_limiter, "SPACING", 0.01)
    async with wire_discord() as (wire, address):
        guilds = [wire.world.guild(f"guild{number}")[0] for number in range(8)]
        sharing: dict[str, Any] = {"shard_count": 2, "claim_shards": True}

        async def ask(text: str, wired: Wired) -> None:
            person = wire.world.person(text)  # a person's messages are counted over both processes
            said = [await wire.say(text, channel=channel, author=person) for channel in guilds]
            for message in said:
                await answered(wired, message["id"])

        async with running(tmp_path, wire, address, **sharing) as first:
            await until(lambda: wire.gateway.identified == 2)
            await ask("hello", first)
            async with running(tmp_path, wire, address, **sharing) as second:
                held = [each.platform._account.leases for each in (first, second)]
                await until(lambda: all(each is not None and len(each.held) == 1 for each in held))
                await until(lambda: all(each.platform._client and each.platform._client.hears_all
                                        for each in (first, second)))  # fmt: skip
                await ask("and now?", second)
            await until(lambda: held[0] is not None and len(held[0].held) == 2)
            await ask("and alone?", first)
        assert not wire.refusals
