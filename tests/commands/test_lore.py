"""A channel's lorebook."""

import json
from pathlib import Path

from tests.commands.talking import ANN, file, talking

WORLD = {"entries": {"0": {"uid": 0, "key": ["fox"], "content": "The fox is sly.", "order": 5}}}


async def test_entries_come_and_go(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        assert "no lore" in await talk.say("+lore")
        assert "lamp, light" in await talk.say("+lore add lamp, light: The lamp is red.")
        world = file("w.json", json.dumps(WORLD).encode())
        assert "One entry imported" in await talk.say("+lore import", attachments=world)
        assert await talk.say("+lore list") == "1. lamp, light: The lamp is red.\n2. fox: The fox is sly."
        await talk("+lore edit 1 The lamp is green.")
        await talk("+lore remove 2")
        (shown,) = (await talk("+lore export")).files
        (entry,) = json.loads(shown.data)["data"]["entries"]
        assert (entry["keys"], entry["content"]) == (["lamp", "light"], "The lamp is green.")
        assert "no entry 7" in await talk.say("+lore remove 7")
        assert "like this" in await talk.say("+lore add no colon")
        assert "Nothing has been answered" in await talk.say("+lore why")
        assert "only administrators" in await talk.say("+lore add a: b", author=ANN, guild="g", is_group=True)
        assert "no lorebook" in await talk.say("+lore use ../secret")


async def test_a_plain_talk_reads_it_and_forgets_it(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk("+lore add lamp: The lamp is red.")
        await talk("the lamp?")
        assert "The lamp is red." in talk.read(-2)
        assert "Read: " in await talk.say("+lore why")
        await talk("and now?")
        assert "lamp is red" not in talk.read()
        assert "No entry" in await talk.say("+lore why")
