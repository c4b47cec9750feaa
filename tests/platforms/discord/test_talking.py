"""Talking on Discord, with the real discord.py and an in-process Discord."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import discord
import pytest
import simcord

from bot.app import open_dispatcher
from bot.config.schema import Config, DiscordSection
from bot.platforms.discord.account import make_account
from bot.platforms.discord.roost_client import RoostClient
from tests.conversations import open_conversations
from tests.fakes import FakeEngine
from tests.waiting import PATIENCE, until

SETTLE: Any = simcord.Env._settle_internal


async def settle_patiently(env: simcord.Env, *, timeout: float | None = None, **how: Any) -> None:
    """Wait without simcord's limit of five seconds for a bot to start."""
    await SETTLE(env, timeout=PATIENCE if timeout is not None else None, **how)


@asynccontextmanager
async def server(folder: Path, engine: FakeEngine | None = None, **settings: Any) -> AsyncIterator[Any]:
    """A running bot in a server with one channel: (env, channel, member, engine)."""
    config = Config(discord=DiscordSection(edit_interval_s=0.2, shard_count=1, **settings))
    engine = engine or FakeEngine()
    async with (
        open_conversations(folder, engine) as conversations,
        open_dispatcher(config, conversations) as dispatcher,
    ):
        account = make_account(config.discord, dispatcher, dispatcher.services.registry, dispatcher.services.core.store)
        client: Any = RoostClient(account)
        client.conversations = conversations
        account.link.attach(client)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(simcord.Env, "_settle_internal", settle_patiently)
            async with simcord.run(client, settle_timeout=PATIENCE) as env:
                guild = env.create_guild()
                channel = guild.create_text_channel("general")
                alice = guild.add_member(env.create_user("alice"))
                yield env, channel, alice, engine


def me(env: Any) -> str:
    return f"<@{env.bot.user.id}>"


def from_bot(channel: Any, env: Any) -> list[discord.Message]:
    return [
        message
        for message in sorted(channel.history(), key=lambda each: each.id)
        if message.author.id == env.bot.user.id
    ]


async def test_a_mention_is_answered_and_other_talk_is_not(tmp_path: Path) -> None:
    async with server(tmp_path) as (env, channel, alice, _):
        await alice.send(channel, "hello everybody")
        assert from_bot(channel, env) == []
        await alice.send(channel, f"{me(env)} hello")
        answers = from_bot(channel, env)
        assert len(answers) == 1
        assert answers[0].content.strip()
        assert answers[0].components


async def test_a_reply_to_an_old_answer_goes_on_from_there(tmp_path: Path) -> None:
    async with server(tmp_path) as (env, channel, alice, _engine):
        await alice.send(channel, f"{me(env)} one")
        first = from_bot(channel, env)[0]
        await alice.send(channel, f"{me(env)} two")
        await alice.send(channel, "three", reply_to=first)
        conversations = env.bot.conversations
        nodes = {
            node.input: node for node in await (await conversations.open("discord", str(channel.id))).channel.tree()
        }
        assert nodes["three"].parent == nodes["one"].id
        assert nodes["two"].parent == nodes["one"].id


async def test_a_button_works_after_a_restart(tmp_path: Path) -> None:
    async with server(tmp_path) as (env, channel, alice, _):
        await alice.send(channel, f"{me(env)} hello")
        await env.restart_bot()
        answer = from_bot(channel, env)[0]
        await alice.click(answer, custom_id=find(answer, "roost:alternate:"))
        answer = from_bot(channel, env)[0]
        assert any("2/2" in str(child.label) for row in answer.components for child in children(row))


def children(row: Any) -> list[Any]:
    return list(row.children)


def find(message: discord.Message, prefix: str) -> str:
    ids = [child.custom_id for row in message.components for child in children(row)]
    return next(str(each) for each in ids if each and each.startswith(prefix))


async def test_slash_commands_are_told_once_and_work(tmp_path: Path) -> None:
    async with server(tmp_path) as (env, channel, alice, _):
        await alice.send(channel, f"{me(env)} hello")
        result = await alice.slash(channel, "reset")
        assert result.response.content
        told = [request for request in env.http_requests if request.method == "PUT" and "commands" in request.path]
        await env.restart_bot()
        again = [request for request in env.http_requests if request.method == "PUT" and "commands" in request.path]
        assert len(told) == 1
        assert len(again) == 1


async def test_prompt_is_for_administrators(tmp_path: Path) -> None:
    async with server(tmp_path) as (env, channel, _, _engine):
        tree = {command.name: command for command in env.bot.tree.get_commands()}
        assert tree["prompt"].default_permissions == discord.Permissions(manage_guild=True)
        assert {"reset", "gen", "prompt", "help"} <= set(tree)
        assert channel is not None


async def test_nobody_is_pinged(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with server(tmp_path, engine) as (env, channel, alice, _):
        engine.enqueue(" @everyone <@&1> hear me")
        await alice.send(channel, f"{me(env)} say it")
        answer = from_bot(channel, env)[-1]
        assert not answer.mention_everyone
        assert not answer.role_mentions


async def test_a_bot_is_not_answered(tmp_path: Path) -> None:
    async with server(tmp_path) as (env, channel, _, _engine):
        other = env.create_user("robot", bot=True)
        member = env.guild.add_member(other)
        await member.send(channel, f"{me(env)} hello")
        assert from_bot(channel, env) == []


@pytest.mark.parametrize("text", ["+foo", "hello -temp=99"])
async def test_mistakes_are_explained(tmp_path: Path, text: str) -> None:
    async with server(tmp_path) as (env, channel, alice, _):
        await alice.send(channel, f"{me(env)} {text}")
        assert len(from_bot(channel, env)) == 1


async def test_a_talk_channel_answers_everything(tmp_path: Path) -> None:
    async with server(tmp_path) as (env, channel, alice, _):
        await env.bot.account.store.values.set("talk", f"discord:{channel.id}", True)
        await alice.send(channel, "hello everybody")
        assert len(from_bot(channel, env)) == 1


async def test_every_mention_of_the_bot_is_removed(tmp_path: Path) -> None:
    async with server(tmp_path) as (env, channel, alice, _):
        await alice.send(channel, f"{me(env)} {me(env)}  {me(env)}{me(env)} hello {me(env)}")
        assert len(from_bot(channel, env)) == 1
        head = (await env.bot.conversations.open("discord", str(channel.id))).channel.head
        assert head.input == "hello"


async def test_a_name_with_backslashes_stops_nothing(tmp_path: Path) -> None:
    async with server(tmp_path) as (env, channel, alice, _):
        odd = env.guild.add_member(env.create_user("\\1 ¯\\_(ツ)_/¯"))
        await alice.send(channel, f"{me(env)} do you know <@{odd.id}>?")
        assert len(from_bot(channel, env)) == 1
        conversations = env.bot.conversations
        head = (await conversations.open("discord", str(channel.id))).channel.head
        assert "¯\\_(ツ)_/¯" in head.input


async def test_a_message_that_could_not_be_answered_is_tried_again_and_silences_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.platforms.line.line.FIRST_PAUSE", 0.05)
    async with server(tmp_path) as (env, channel, alice, _):
        line, failed = env.bot.account.line, list[str]()
        deliver = line._sender.delivery

        def fail_once(heard: Any, shown: Any = ()) -> Any:
            if not failed:
                failed.append(heard.id)
                raise ValueError("unreadable")
            return deliver(heard, shown)

        monkeypatch.setattr(line._sender, "delivery", fail_once)
        await alice.send(channel, f"{me(env)} one")
        await alice.send(channel, f"{me(env)} two")
        await until(lambda: len(from_bot(channel, env)) == 2)
        assert failed


async def test_an_answer_on_its_way_arrives_when_the_connection_dies(tmp_path: Path) -> None:
    async with server(tmp_path) as (env, channel, _, _engine):
        arrived: list[str] = []

        async def answer() -> None:
            await asyncio.sleep(0.2)
            arrived.append("answer")

        env.bot._tasks.spawn(answer())
        await env.bot.close()
        assert arrived == ["answer"]
        assert channel is not None


async def test_no_view_is_kept(tmp_path: Path) -> None:
    async with server(tmp_path) as (env, channel, alice, _):
        for number in range(3):
            await alice.send(channel, f"{me(env)} {number}")
        assert len(from_bot(channel, env)) == 3
        assert env.bot.persistent_views == []
