"""Missing permissions, over the wire: a workaround, or a single message to the administrator."""

from pathlib import Path

from tests.platforms.discord.wire import connected, running, until
from tests.wire_discord.server import wire_discord

LONG = " the owl sat in a tree" * 60


async def test_where_it_may_not_write_the_administrator_hears_of_it_once(tmp_path: Path) -> None:
    async with (
        wire_discord() as (wire, address),
        running(tmp_path, wire, address, admin_ids=[int(wire.alice.id)]),
    ):
        private = wire.world.private(wire.alice)
        wire.channel.denied.add("send_messages")
        for _ in range(3):
            await wire.say("hello")
        await until(lambda: wire.answers(private))
        await wire.say("are you there?", channel=private)
        await until(lambda: len(wire.answers(private)) == 2)
        told = wire.answers(private)[0]["content"]
        assert "#general (home)" in told
        assert "Send Messages" in told
        wire.channel.denied.clear()
        await wire.say("and now?")
        await until(wire.answers)  # on a slow machine, an answer to a "hello" too
        assert len(wire.answers(private)) == 2, "told once"


async def test_without_files_a_long_reply_comes_as_messages(tmp_path: Path) -> None:
    async with connected(tmp_path, file_after_chars=500) as wired:
        wire = wired.wire
        wired.engine.enqueue(LONG, LONG)
        await wire.say("tell me everything")
        await until(lambda: wire.answers() and wire.answers()[0]["attachments"])
        wire.channel.denied.add("attach_files")
        await wire.say("once more")
        await until(lambda: len(wire.answers()) == 2 and wire.answers()[1]["content"].split() == LONG.split())
        assert not wire.answers()[1]["attachments"]


async def test_without_history_it_answers_without_a_reference(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        wire.channel.denied.add("read_message_history")
        await wire.say("hello")
        await until(lambda: wire.answers())
        assert "message_reference" not in wire.answers()[0]
