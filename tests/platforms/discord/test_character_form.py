"""`/character edit tock greeting` opens a form with the current greeting and saves the edited text."""

import json
from pathlib import Path

import pytest

from tests.platforms.discord.talking import idle
from tests.platforms.discord.wire import connected, until
from tests.wire_discord.server import WireDiscord
from tests.wire_discord.world import Channel

CARD = {"name": "Tock", "description": "A clock.", "first_mes": "Tick."}


async def imported(wire: WireDiscord) -> Channel:
    await until(lambda: wire.world.commands)
    place = wire.world.private(wire.alice)
    data = json.dumps({"spec": "chara_card_v2", "spec_version": "2.0", "data": CARD}).encode()
    pressed = await wire.slash("character", place, what="import", file=("tock.json", data))
    await until(lambda: pressed.messages and "can be played" in pressed.messages[-1]["content"])
    return place


async def test_a_field_is_changed_in_a_form(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        place = await imported(wire)
        form = await wire.slash("character", place, what="edit tock greeting")
        assert form.acknowledged == 9
        (row,) = form.answer["components"]
        assert (row["components"][0]["label"], row["components"][0]["value"]) == ("greeting", "Tick.")
        done = await wire.submit(None, form, "Tack,\n\n{{user}}.")
        await until(lambda: done.messages and "Changed" in done.messages[-1]["content"])
        await idle(wired)
        card = await wired.conversations.core.characters.card("tock", f"user:discord:{wire.alice.id}")
        assert card.data["first_mes"] == "Tack,\n\n{{user}}."


async def test_whoever_may_not_change_it_gets_no_form(tmp_path: Path) -> None:
    (tmp_path / "cast").mkdir()
    (tmp_path / "cast" / "mira.toml").write_text('name = "Mira"\ngreeting = "Come in."\n')
    async with connected(tmp_path) as wired:
        await until(lambda: wired.wire.world.commands)
        told = await wired.wire.slash("character", what="edit mira greeting")
        assert told.acknowledged == 5
        await until(lambda: told.messages and "administrators" in told.messages[-1]["content"])


@pytest.mark.parametrize(
    ("what", "answer"), [("edit tock greeting Tock!", "Changed"), ("edit tock", "Write it like this")]
)
async def test_what_is_whole_or_names_no_field_needs_no_form(tmp_path: Path, what: str, answer: str) -> None:
    async with connected(tmp_path) as wired:
        place = await imported(wired.wire)
        told = await wired.wire.slash("character", place, what=what)
        assert told.acknowledged == 5
        await until(lambda: told.messages and answer in told.messages[-1]["content"])
