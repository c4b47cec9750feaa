"""The author's note is read but not remembered."""

from pathlib import Path

from bot.library.characters.character_folder import CharacterFolder
from tests.commands.talking import ANN, talking


async def test_the_note_is_read_and_leaves_no_trace(tmp_path: Path) -> None:
    (tmp_path / "mira.toml").write_text('name = "Mira"\ngreeting = "Hello."\n')
    async with talking(tmp_path, characters=CharacterFolder([tmp_path])) as talk:
        await talk("+character mira")
        assert "0 messages" in await talk.say("+note It is night. 0")
        assert "It is night. (0)" in await talk.say("+note")
        await talk("one")
        assert talk.read(-2).endswith("User: one\n\nIt is night.\n\nMira:")
        assert "note is removed" in await talk.say("+note off")
        await talk("two")
        assert "night" not in talk.read()
        assert "only administrators" in await talk.say("+note x", author=ANN, guild="g", is_group=True)
        assert "too long" in await talk.say(f"+note {'x' * 3000}")


async def test_a_plain_talk_reads_it_too(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk("+note {{user}} is tired. 0")
        await talk("one")
        assert talk.read(-2).endswith("User: one\n\nUser is tired.\n\nAssistant:")
        await talk("+note off")
        await talk("two")
        assert "tired" not in talk.read()
