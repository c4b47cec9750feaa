"""Keyed lore, the author's note and last instructions are read for one line only and leave no trace."""

from pathlib import Path

from bot.chat.cast import Role
from bot.chat.scene_stage import Encode
from bot.library.cards.bounded_json import JsonObject
from bot.library.characters.character_folder import CharacterFolder
from bot.library.characters.definition import DepthNote
from bot.library.lore.lore_entry import LoreEntry
from bot.library.lore.lore_layout import digest_of
from tests.chat.test_scene_play import BEN, SCENE, read_of, speak
from tests.conversations import SEED, open_conversations
from tests.fakes import FakeEngine

PIT = "The pit is deep."
CARD = """
{"spec": "chara_card_v2", "spec_version": "2.0", "data": {"name": "Ann", "description": "Ann digs.", "first_mes": "Hm.",
 "post_history_instructions": "Ann never laughs.", "character_book": {"entries": [
 {"keys": ["gold"], "content": "The gold is cursed.", "enabled": true, "insertion_order": 1, "extensions": {}}]}}}
"""


async def test_they_stand_in_the_fork_of_their_speaker_only(tmp_path: Path) -> None:
    engine = FakeEngine()
    (tmp_path / "cast").mkdir()
    (tmp_path / "cast" / "ann.json").write_text(CARD)
    async with open_conversations(tmp_path, engine, characters=CharacterFolder([tmp_path / "cast"])) as conversations:
        talk = await conversations.open("console", "c")
        await talk.scene.begin(SCENE, [Role(name="Ann", text="Ann digs.", character="ann"), BEN])
        await speak(talk, "Ann")
        assert "cursed" not in read_of(engine)
        assert read_of(engine).endswith("Ann never laughs.\n\nAnn:")
        await talk.scene.line("Ben", "I smell gold.", options=SEED)
        await speak(talk, "Ben")
        assert "cursed" not in read_of(engine), "it is Ann's lore"
        assert "laughs" not in read_of(engine)
        await speak(talk, "Ann")
        assert "The gold is cursed." in read_of(engine)
        await conversations.core.lore.set_note("console:c", DepthNote("It is late.", 0))
        await speak(talk, "Ben")
        assert read_of(engine).endswith("It is late.\n\nBen:")
        await conversations.core.lore.set_note("console:c", None)
        stage = await talk.scene.stage()
        for name in ("Ann", "Ben"):
            view = engine.coder.decode([token for piece in stage.view(name, encoder(engine)) for token in piece])
            assert not {"cursed", "laughs", "late"} & set(view.replace(".", "").split())
        await speak(talk, "Ben")
        assert "late" not in read_of(engine)


async def test_a_card_is_called_as_it_is_in_the_scene(tmp_path: Path) -> None:
    engine = FakeEngine()
    (tmp_path / "cast").mkdir()
    late = CARD.replace("Ann never laughs.", "{{char}} never looks at {{user}}.")
    (tmp_path / "cast" / "ann.json").write_text(late)
    async with open_conversations(tmp_path, engine, characters=CharacterFolder([tmp_path / "cast"])) as conversations:
        talk = await conversations.open("console", "c")
        zoe = Role(name="Zoe", player=True)
        await talk.scene.begin(SCENE, [Role(name="The Digger", text="A digger.", character="ann"), BEN, zoe])
        await speak(talk, "The Digger")
        assert read_of(engine).endswith("The Digger never looks at Zoe.\n\nThe Digger:")


async def test_the_channels_constant_lore_is_read_for_whoever_speaks(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with open_conversations(tmp_path, engine) as conversations:
        talk = await conversations.open("console", "c")
        ann = Role(name="Ann", text="Ann digs. The pit is deep.", lore=(digest_of(LoreEntry(id="1", content=PIT)),))
        await talk.scene.begin(SCENE, [ann, BEN])
        entries: list[JsonObject] = [{"keys": [], "content": text, "constant": True} for text in ("It rains.", PIT)]
        await conversations.core.lore.set_entries("console:c", lambda _: entries)
        await speak(talk, "Ann")
        assert "It rains.\n\n" in read_of(engine)
        assert read_of(engine).count(PIT) == 1, "Ann's beginning holds it"
        await conversations.core.lore.set_entries("console:c", lambda _: [])
        await speak(talk, "Ann")
        assert "rains" not in read_of(engine)


def encoder(engine: FakeEngine) -> Encode:
    return lambda text: tuple(engine.coder.encode(text))
