"""Members' actions over the wire: edits, deletions, files, presses, isolation between servers."""

from pathlib import Path
from typing import Any

import pytest

from tests.platforms.discord.wire import Wired, connected, running, until
from tests.wire_discord.server import WireDiscord, wire_discord


def labels(message: dict[str, Any]) -> list[str]:
    return [str(button.get("label")) for row in message["components"] for button in row["components"]]


def finished(message: dict[str, Any]) -> bool:
    return len(labels(message)) > 1


async def answered(wire: WireDiscord, count: int = 1) -> dict[str, Any]:
    await until(lambda: len(wire.answers()) == count and finished(wire.answers()[-1]))
    return wire.answers()[-1]


async def inputs(wired: Wired) -> list[str]:
    channel = wired.wire.channel
    conversation = await wired.conversations.open("discord", channel.id, channel.guild)
    return [node.input for node in await conversation.channel.history(10) if node.kind == "chat"]


async def test_an_edit_asks_again_and_a_deletion_takes_back(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        said = await wire.say("one")
        await answered(wire)
        await wire.change(said, f"<@{wire.world.bot.id}> two")
        await answered(wire, 2)
        assert await inputs(wired) == ["two"]
        last = await wire.say("three")
        await answered(wire, 3)
        await wire.delete(last)
        engine_reads = wired.engine.tokens_read
        await wire.say("four")
        await answered(wire, 4)
        assert await inputs(wired) == ["two", "four"]
        assert wired.engine.tokens_read - engine_reads < 40, "nothing was read again"


async def test_attached_texts_are_read_and_others_are_named(tmp_path: Path) -> None:
    async with connected(tmp_path, max_attachment_kb=1) as wired:
        wire = wired.wire
        await wire.say("read this", files={"note.txt": b"the owl sat in a tree"})
        await answered(wire)
        assert "the owl sat in a tree" in wired.engine.coder.decode(wired.engine.requests[-1].tokens)
        await wire.say("", files={"cat_1.png": b"png"})
        await until(lambda: len(wire.answers()) == 2)
        assert "only read text files" in wire.answers()[1]["content"]
        await wire.say("and this?", files={"long.txt": b"x" * 2000})
        await until(lambda: len(wire.answers()) == 4 and finished(wire.answers()[-1]))
        assert "at most 1 kB" in wire.answers()[2]["content"]


async def test_a_press_on_what_is_gone_explains_itself(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        await wire.say("hello")
        message = await answered(wire)
        text = message["content"]
        message["components"][0]["components"][0]["custom_id"] = "roost:alternate::99999"
        pressed = await wire.press(message)
        await until(lambda: pressed.texts)
        assert pressed.messages[-1]["flags"] & 64, "only who pressed sees it"
        assert message["content"] == text, "the reply stands as it was"


@pytest.mark.parametrize("kind", ["press", "slash", "menu"])
async def test_who_is_blocked_is_told_so_alone(tmp_path: Path, kind: str) -> None:
    async with wire_discord() as (wire, address):
        mallory = wire.world.person("mallory")
        async with running(tmp_path, wire, address, block_users=[int(mallory.id)]):
            await until(lambda: wire.world.commands)
            await wire.say("hello", author=mallory)
            await wire.say("hello")
            message = await answered(wire)
            if kind == "press":
                pressed = await wire.press(message, author=mallory)
            elif kind == "slash":
                pressed = await wire.slash("undo", author=mallory)
            else:
                pressed = await wire.menu("Another answer", message, author=mallory)
            await until(lambda: pressed.messages)
            assert pressed.ephemeral
            assert "not on the list" in pressed.texts[-1]
            assert len(wire.answers()) == 1


async def test_servers_know_nothing_of_each_other(tmp_path: Path) -> None:
    async with wire_discord() as (wire, address):
        (there,) = wire.world.guild("elsewhere")
        async with running(tmp_path, wire, address):
            await until(lambda: wire.world.commands)
            await wire.say("hello")
            await answered(wire)
            pressed = await wire.slash("save", name="treasure")
            await until(lambda: pressed.texts)
            assert await wire.complete("load", "name", "tre") == ["treasure"]
            assert await wire.complete("load", "name", "tre", there) == []
            listed = await wire.slash("saves", there)
            await until(lambda: listed.texts)
            assert "treasure" not in listed.texts[-1]
            taken = await wire.slash("load", there, name="treasure")
            await until(lambda: taken.texts)
            assert "hello" not in taken.texts[-1]
            assert not wire.refusals


async def test_an_answer_that_outlives_its_token_comes_as_a_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        await until(lambda: wire.world.commands)
        wire.tokens.answer_within = 0.2  # instead of fifteen minutes
        monkeypatch.setattr("bot.platforms.discord.interaction_delivery.TOKEN_SECONDS", 0.0)
        wired.engine.delay = 0.1
        pressed = await wire.slash("gen", text="the owl")
        await until(lambda: wire.answers()[-1]["content"])
        assert not pressed.texts, "it came as a message of its own"


@pytest.mark.parametrize(
    "text",
    [
        "@everyone @here <@&1> <@2>",
        "\u200b\u200d\u202e\u2066",
        "```" * 300,
        "<@1>" * 400,
        "👩‍👩‍👧‍👦" * 150,
        "+" * 1500,
        "/" + "x" * 1900,
        "-temp=nan -top_p=1e999",
        "**" + "\\" * 1900,
    ],
)
async def test_whatever_is_said_the_channel_goes_on(tmp_path: Path, text: str) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        wired.engine.enqueue(" the owl", " sat")
        await wire.say(text)
        await until(lambda: wire.answers())
        await wire.say("still there?")
        await until(lambda: len(wire.answers()) >= 2 and finished(wire.answers()[-1]))
        assert not wire.refusals
