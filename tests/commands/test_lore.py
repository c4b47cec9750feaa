"""A channel's lorebook."""

import json
from pathlib import Path
from typing import get_args

from bot.commands.lore import CAUSES
from bot.library.characters.character_folder import CharacterFolder
from bot.library.lore.lore_scan import Cause
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


def always(text: str) -> bytes:
    return json.dumps({"entries": {"0": {"uid": 0, "key": [], "constant": True, "content": text}}}).encode()


async def test_constant_lore_counts_from_the_next_reply(tmp_path: Path) -> None:
    (tmp_path / "mira.toml").write_text('name = "Mira"\ndescription = "A sailor."\ngreeting = "Ahoy."\n')
    async with talking(tmp_path, characters=CharacterFolder([tmp_path])) as talk:
        await talk("+character mira")
        await talk("hello")
        await talk("+lore import", attachments=file("w.json", always("It rains.")))
        await talk("and now?")
        assert "It rains.\n\nUser: and now?" in talk.read(-2)
        assert "It rains" not in talk.read(-1), "what is committed was read without it"
        await talk("+reset")
        await talk("well?")
        assert "A sailor.\nIt rains.\n\nMira: Ahoy." in talk.read()
        assert talk.read().count("It rains.") == 1
        assert "until `+reset`" in await talk.say("+lore edit 1 It snows.")
        await talk("look!")
        assert "It snows.\n\nUser: look!" in talk.read(-2)
        assert await talk.say("+lore remove 1") == "Removed."
        await talk("bye")
        assert "snows" not in talk.read()
        await talk("+refresh")
        await talk("bye")
        assert "It rains" not in talk.read()


def lore_of(uid: int, text: str, **fields: object) -> dict[str, object]:
    return {"uid": uid, "key": [text], "comment": text, "content": f"About the {text}.", "order": uid} | fields


async def test_why_tells_causes_and_reasons_in_words(tmp_path: Path) -> None:
    entries = [
        lore_of(1, "fox"),
        lore_of(2, "owl", probability=0, useProbability=True),
        lore_of(3, "bear", delay=50),
        lore_of(5, "wolf", content="@@activate_only_after 9\nAbout the wolf."),
    ]
    world = json.dumps({"entries": {str(number): each for number, each in enumerate(entries)}}).encode()
    (tmp_path / "mira.toml").write_text('name = "Mira"\ndescription = "A sailor."\n')
    async with talking(tmp_path, characters=CharacterFolder([tmp_path])) as talk:
        await talk("+character mira")
        await talk("+lore import", attachments=file("w.json", world))
        await talk("the fox, the owl, the bear and the wolf")
        told = await talk.say("+lore why")
        for expected in (
            "Read: fox (found: fox)", "owl (its probability was against it)",
            "bear (the chat is too short for it yet)", "wolf (its decorator `@@activate_only_after` was against it)",
        ):  # fmt: skip
            assert expected in told, told


def test_every_cause_has_its_words() -> None:
    assert set(CAUSES) == set(get_args(Cause))
