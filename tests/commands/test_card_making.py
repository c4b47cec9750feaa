"""`+card` shows a card as the model reads it, also with changed fields."""

import json
from pathlib import Path

from bot.library.characters.character_folder import CharacterFolder
from tests.commands.talking import file, talking

MIRA = 'name = "Mira"\ndescription = "A sailor."\n[[lore]]\nkeys = ["lamp"]\ncontent = "The lamp is red."\n'


async def test_a_card_is_shown_and_nothing_is_made(tmp_path: Path) -> None:
    (tmp_path / "mira.toml").write_text(MIRA)
    async with talking(tmp_path, characters=CharacterFolder([tmp_path])) as talk:
        reply = await talk("+card mira said: the lamp?")
        assert "`mira`, Roost" in reply.text
        assert "A sailor." in reply.text
        assert "Read: " in reply.text
        assert reply.private
        facts = json.loads(reply.files[0].data)
        assert facts["text"] == "A sailor."
        assert facts["tokens"] > 0
        assert [item["text"] for item in facts["fired"]] == ["The lamp is red."]
        assert facts["data"]["description"] == "A sailor."
        changed = json.loads(
            (await talk("+card mira", attachments=file("c.json", b'{"description": "A cook."}'))).files[0].data
        )
        assert changed["text"] == "A cook."
        assert "data" not in changed
        assert "no such field" in await talk.say("+card mira", attachments=file("c.json", b'{"x": 1}'))
        assert "no character" in await talk.say("+card nobody")
        assert await talk.dispatcher.services.conversations.find("test", "c") is None
