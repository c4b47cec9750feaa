"""Continuing from an earlier turn, over the wire: threads, context menus, replies after a restart."""

from pathlib import Path
from typing import Any

from tests.platforms.discord.wire import Wired, connected, running, until
from tests.wire_discord.server import WireDiscord, wire_discord
from tests.wire_discord.world import Channel


async def answered(wire: WireDiscord, count: int, channel: Channel | None = None) -> dict[str, Any]:
    await until(
        lambda: len(wire.answers(channel)) == count and "roost:undo" in str(wire.answers(channel)[-1]["components"])
    )
    return wire.answers(channel)[-1]


async def inputs(wired: Wired, channel: Channel) -> list[str]:
    conversation = await wired.conversations.open("discord", channel.id, channel.guild)
    return [node.input for node in await conversation.channel.history(10) if node.kind == "chat"]


async def thread_of(wire: WireDiscord, message: dict[str, Any]) -> Channel:
    """Start a thread from a message."""
    thread = Channel(message["id"], "a thread", wire.channel.guild, parent=wire.channel.id)
    wire.world.channels[thread.id] = thread
    await wire.gateway.tell("THREAD_CREATE", thread.told(wire.world.bot.id), thread.guild)
    return thread


async def test_a_thread_goes_on_from_its_message_and_both_branches_live(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        await wire.say("one")
        first = await answered(wire, 1)
        await wire.say("two")
        await answered(wire, 2)
        thread = await thread_of(wire, first)
        await wire.say("in the thread", channel=thread)
        await answered(wire, 1, thread)
        await wire.say("three")
        await answered(wire, 3)
        await wire.say("on and on", channel=thread)
        await answered(wire, 2, thread)
        assert await inputs(wired, wire.channel) == ["one", "two", "three"]
        assert await inputs(wired, thread) == ["one", "in the thread", "on and on"]
        assert not wire.refusals


async def test_a_reply_branches_after_a_restart(tmp_path: Path) -> None:
    async with wire_discord() as (wire, address):
        async with running(tmp_path, wire, address):
            await wire.say("one")
            first = await answered(wire, 1)
            await wire.say("two")
            await answered(wire, 2)
        async with running(tmp_path, wire, address) as wired:
            await wire.say("another two", answers=first["id"], mention=False)
            await answered(wire, 3)
            assert await inputs(wired, wire.channel) == ["one", "another two"]


async def test_the_menu_of_a_message(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        await until(lambda: wire.world.commands)
        said = await wire.say("one")
        first = await answered(wire, 1)
        await wire.say("two")
        await answered(wire, 2)
        shown = await wire.menu("Show the branch", first)
        await until(lambda: "".join(shown.texts))
        assert shown.ephemeral
        assert "one" in shown.texts[-1]
        assert "two" not in shown.texts[-1], "the branch ends at the message"
        went = await wire.menu("Continue from here", first)
        await until(lambda: "".join(went.texts))
        await wire.say("three")
        await answered(wire, 3)
        assert await inputs(wired, wire.channel) == ["one", "three"]
        again = await wire.menu("Another answer", first)
        await until(lambda: "".join(again.texts))
        nothing = await wire.menu("Show the branch", said | {"id": "1"})
        await until(lambda: "".join(nothing.texts))
        assert "not a turn" in nothing.texts[-1]
        assert not wire.refusals
