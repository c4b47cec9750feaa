"""Characters speak under their own names, over the wire."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.library.cards import pictures
from bot.library.prompts import ChatPrompt
from bot.platforms.discord.webhooks import hook_name
from tests.platforms.discord.wire import Wired, connected, running, until
from tests.wire_discord.server import wire_discord
from tests.wire_discord.world import Channel

ALICE = ChatPrompt(name="alice", user="Bob", bot="Alice", character=True, avatar="https://example.org/alice.png")


async def become_alice(wired: Wired, channel: Channel | None = None) -> None:
    place = channel or wired.wire.channel
    wired.conversations.core.prompts.add(ALICE)
    await (await wired.conversations.open("discord", place.id, place.guild)).switch_prompt("alice")


def finished(message: dict[str, Any]) -> bool:
    return len([button for row in message["components"] for button in row["components"]]) > 1


async def test_a_character_speaks_through_a_webhook(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        await become_alice(wired)
        await wire.say("hello")
        await until(lambda: wire.answers() and finished(wire.answers()[0]))
        (message,) = wire.answers()
        assert message["author"]["username"] == "Alice"
        assert message["webhook_id"]
        assert "**" not in message["content"]
        await wire.say("and now?")
        await until(lambda: len(wire.answers()) == 2 and finished(wire.answers()[1]))
        assert wire.count("POST", r"/channels/\d+/webhooks") == 1, "one webhook serves the channel"
        assert not wire.refusals


async def test_a_reply_to_a_character_goes_on_from_that_turn(tmp_path: Path) -> None:
    async with wire_discord() as (wire, address):
        async with running(tmp_path, wire, address) as wired:
            await become_alice(wired)
            await wire.say("one")
            await until(lambda: wire.answers() and finished(wire.answers()[0]))
            await wire.say("two")
            await until(lambda: len(wire.answers()) == 2 and finished(wire.answers()[1]))
        async with running(tmp_path, wire, address) as wired:
            wired.conversations.core.prompts.add(ALICE)
            first, second = wire.answers()
            await wire.say("another way", answers=first["id"], mention=False)
            await until(lambda: len(wire.answers()) == 3 and finished(wire.answers()[2]))
            conversation = await wired.conversations.open("discord", wire.channel.id, wire.channel.guild)
            path = [node.input for node in await conversation.channel.history(10) if node.kind == "chat"]
            assert path == ["one", "another way"]
            await wire.press(second)  # its buttons work after the restart
            await until(lambda: "2/2" in str(second["components"]))
            assert second["author"]["username"] == "Alice"
            assert len(wire.answers()) == 3
            assert not wire.refusals


async def test_without_the_permission_the_name_is_bold(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        wire.channel.denied.add("manage_webhooks")
        await become_alice(wired)
        await wire.say("hello")
        await until(lambda: wire.answers() and finished(wire.answers()[0]))
        await wire.say("and again")
        await until(lambda: len(wire.answers()) == 2 and finished(wire.answers()[1]))
        assert all(message["content"].startswith("**Alice**: ") for message in wire.answers())
        assert caplog.text.count("characters speak there by a bold name") == 1


async def test_a_webhook_that_was_deleted_is_made_anew(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        await become_alice(wired)
        await wire.say("hello")
        await until(lambda: wire.answers() and finished(wire.answers()[0]))
        wire.world.webhooks.clear()
        await wire.say("still there?")
        await until(lambda: len(wire.answers()) == 2 and finished(wire.answers()[1]))
        assert wire.answers()[1]["author"]["username"] == "Alice"


async def test_in_private_the_name_is_bold(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        place = wire.world.private(wire.alice)
        await become_alice(wired, place)
        await wire.say("hello", channel=place)
        await until(lambda: wire.answers(place) and finished(wire.answers(place)[0]))
        assert wire.answers(place)[0]["content"].startswith("**Alice**: ")


@pytest.mark.parametrize(
    ("name", "shown"),
    [("Alice", "Alice"), ("  Old   Tom ", "Old Tom"), ("x" * 90, "x" * 80), ("Discordia", None), ("everyone", None)],
)
def test_names_that_discord_does_not_take(name: str, shown: str | None) -> None:
    assert hook_name(name) == shown


async def test_a_character_says_nothing_twice_when_an_answer_is_lost(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        await become_alice(wired)
        wire.lose.append(("POST", r"/webhooks/\d+/[\w-]+"))
        await wire.say("hello")
        await until(lambda: wire.answers() and finished(wire.answers()[-1]))
        await asyncio.sleep(0.5)
        assert len([m for m in wire.answers() if m.get("webhook_id")]) == 1


async def test_the_webhook_gets_the_picture_of_who_speaks(tmp_path: Path) -> None:
    (tmp_path / "cast").mkdir()
    for name in ("mira", "tock"):
        (tmp_path / "cast" / f"{name}.toml").write_text(f'name = "{name.title()}"\ngreeting = "Hello."\n')
        (tmp_path / "cast" / f"{name}.png").write_bytes(pictures.blank(name))
    async with connected(tmp_path) as wired:
        wire, shown = wired.wire, []
        for text in ("+character mira", "hello", "+character tock", "hello"):
            await wire.say(text)
            shown.append(text)
            await until(lambda: len(wire.answers()) == len(shown) and bool(wire.answers()[-1]["content"]))
            await until(lambda: finished(wire.answers()[-1]) or shown[-1].startswith("+"))
        names = [message["author"]["username"] for message in wire.answers()]
        faces = [message["author"]["avatar"] for message in wire.answers()]
        assert names == ["Mira", "Mira", "Tock", "Tock"]
        assert faces[0] == faces[1] != faces[2] == faces[3]
        assert all(face.startswith("data:image/png") for face in faces)
        assert wire.count("PATCH", r"/webhooks/\d+/[\w-]+") == 2, "the picture is sent once, not with every line"
        assert not wire.refusals
