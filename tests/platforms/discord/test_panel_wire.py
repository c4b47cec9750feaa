"""The panel of a scene over the wire: candidates, buttons, the form and the menu, several people, a restart."""

import asyncio
from pathlib import Path
from typing import Any

from tests.platforms.discord.wire import Wired, connected, running, until
from tests.wire_discord.server import WireDiscord, wire_discord

SCENE = "+scene import Ann: Hello.\n\nBen: Hm."


def panels(wire: WireDiscord) -> list[dict[str, Any]]:
    return [message for message in wire.answers() if custom_ids(message, "roost-panel")]


def custom_ids(message: dict[str, Any], prefix: str = "") -> list[str]:
    return [part["custom_id"] for row in message["components"] for part in row["components"]
            if part["custom_id"].startswith(prefix)]  # fmt: skip


def button(message: dict[str, Any], command: str, argument: str = "") -> str:
    return next(each for each in custom_ids(message) if each.startswith(f"roost-panel:{command}:{argument}:"))


def spoken(wire: WireDiscord) -> list[tuple[str, str]]:
    """Return the lines posted under their characters' names."""
    return [(message["author"]["username"], message["content"]) for message in wire.answers()
            if message.get("webhook_id")]  # fmt: skip


async def shown(wire: WireDiscord, count: int) -> dict[str, Any]:
    """Wait until that many lines are there and a single panel is the last message."""
    await until(lambda: len(spoken(wire)) == count and wire.answers()[-1] in panels(wire) and len(panels(wire)) == 1)
    return panels(wire)[0]


async def drawn(wired: Wired) -> dict[str, Any]:
    """Start a scene whose last line has three candidates."""
    wire = wired.wire
    await wire.say(SCENE)
    await shown(wire, 1)
    await wire.say("+candidates 3")
    await until(lambda: "3 lines" in wire.answers()[-1]["content"])
    wired.engine.enqueue(" One.", " Two.", " Three.")
    await wire.say("+speak Ann")
    panel = await shown(wire, 2)
    assert spoken(wire)[-1] == ("Ann", "One.")
    assert "▶ **1.** One.\n**2.** Two.\n**3.** Three." in panel["content"]
    return panel


async def test_candidates_are_picked_changed_and_accepted_in_place(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire, engine = wired.wire, wired.engine
        panel = await drawn(wired)
        messages = len(wire.answers())
        await wire.press_id(panel, button(panel, "pick", "2"))
        await until(lambda: spoken(wire)[-1] == ("Ann", "Two.") and "▶ **2.** Two." in panel["content"])
        engine.enqueue(" Four.", " Five.", " Six.")
        await wire.press_id(panel, button(panel, "alternate"))
        await until(lambda: "▶ **4.** Four.\n**5.** Five." in panel["content"])
        assert spoken(wire)[-1] == ("Ann", "Four.")
        asked = await wire.press_id(panel, button(panel, "edit"))
        assert asked.answer["components"][0]["components"][0]["value"] == "Four."
        await wire.submit(panel, asked, "Four, or five.")
        await until(lambda: spoken(wire)[-1] == ("Ann", "Four, or five."))
        await until(lambda: "▶ **7.** Four, or five." in panel["content"])
        await wire.press_id(panel, button(panel, "accept"))
        await until(lambda: not any(":accept:" in each for each in custom_ids(panel)))
        assert "is accepted" in panel["content"]
        assert len(wire.answers()) == messages
        assert not wire.refusals


async def test_the_next_speaker_comes_from_a_menu_and_the_panel_moves_below(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire, engine = wired.wire, wired.engine
        panel = await drawn(wired)
        menu = next(part for row in panel["components"] for part in row["components"] if part["type"] == 3)
        assert [option["value"] for option in menu["options"]] == ["Ben", "Narrator", "Passer-by", "Ann"]
        engine.enqueue(" Yes.", " No.", " Never.")
        await wire.press_id(panel, menu["custom_id"], values=["Ben"])
        newer = await shown(wire, 3)
        assert spoken(wire)[-1] == ("Ben", "Yes.")
        assert newer["id"] != panel["id"]
        await wire.press_id(newer, button(newer, "drop"))
        await until(lambda: len(spoken(wire)) == 2)
        await until(lambda: "One line is pending" in newer["content"] and "▶ **1.** One." in newer["content"])
        assert "Dropped" in newer["content"]
        await wire.press_id(newer, button(newer, "pick", "3"))
        await until(lambda: spoken(wire)[-1] == ("Ann", "Three."))
        assert not wire.refusals


async def test_the_first_press_wins_and_the_others_are_told(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire = wired.wire
        panel = await drawn(wired)
        tom, zoe = wire.world.person("tom"), wire.world.person("zoe")
        two, three, accept = button(panel, "pick", "2"), button(panel, "pick", "3"), button(panel, "accept")
        mine, toms = await asyncio.gather(wire.press_id(panel, two), wire.press_id(panel, three, author=tom))
        await until(lambda: mine.texts or toms.texts)
        late, number, words = (toms, 2, "Two.") if toms.texts else (mine, 3, "Three.")
        await until(lambda: spoken(wire)[-1] == ("Ann", words) and f"▶ **{number}.** {words}" in panel["content"])
        stale = await wire.press_id(panel, accept, author=zoe)
        await until(lambda: stale.texts)
        for press in (late, stale):
            assert "faster" in press.texts[0]
            assert press.messages[0]["flags"] & 64
        assert not (mine.texts and toms.texts), "one of them won"
        fresh = button(panel, "pick", "1")
        await wire.press_id(panel, button(panel, "accept"))
        await until(lambda: "is accepted" in panel["content"])
        late = await wire.press_id(panel, fresh, author=tom)
        await until(lambda: late.texts)
        assert "faster" in late.texts[0]
        assert spoken(wire)[-1] == ("Ann", words)


async def test_a_panel_works_after_a_restart(tmp_path: Path) -> None:
    async with wire_discord() as (wire, address):
        async with running(tmp_path, wire, address) as wired:
            panel = await drawn(wired)
        async with running(tmp_path, wire, address) as wired:
            await wire.press_id(panel, button(panel, "pick", "3"))
            await until(lambda: spoken(wire)[-1] == ("Ann", "Three.") and "▶ **3.** Three." in panel["content"])
            wired.engine.enqueue(" Later.", " So.", " Well.")
            await wire.press_id(panel, button(panel, "speak"), values=["Ben"])
            assert await shown(wire, 3) is not panel
            assert spoken(wire)[-1] == ("Ben", "Later.")
        assert not wire.refusals


async def test_slash_commands_speak_under_the_characters_name(tmp_path: Path) -> None:
    async with connected(tmp_path) as wired:
        wire, engine = wired.wire, wired.engine
        await wire.say(SCENE)
        await shown(wire, 1)
        engine.enqueue(" Slashed.")
        await wire.slash("speak", name="Ann")
        await shown(wire, 2)
        assert spoken(wire)[-1] == ("Ann", "Slashed.")
        assert not [message for message in wire.answers() if message["flags"] & 128]
        assert not wire.refusals
