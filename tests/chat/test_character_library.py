"""Characters by scope: a server's imports belong to it alone."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.chat import character_library
from bot.chat.character_library import SHARED, CharacterLibrary, typed_id
from bot.errors import InvalidOption, NotFound
from bot.library.cards import pictures
from bot.library.characters.character_folder import CharacterFolder
from bot.store.store import open_store

CARD = {"name": "Mira", "description": "A sailor.", "first_mes": "Come in.", "unknown": {"kept": [1, None]}}


def card(**fields: object) -> bytes:
    return json.dumps({"spec": "chara_card_v2", "spec_version": "2.0", "data": CARD | fields}).encode()


@pytest.fixture
async def library(tmp_path: Path) -> AsyncIterator[CharacterLibrary]:
    (tmp_path / "tock.toml").write_text('name = "Tock"\ngreeting = "Tick."\n')
    async with open_store("", tmp_path) as store:
        yield CharacterLibrary(CharacterFolder([tmp_path]), store.cards)


async def test_imports_are_their_places_own(library: CharacterLibrary) -> None:
    row, _ = await library.add([card()], "upload", "test:a", "test:1")
    assert row.name == "mira"
    assert (await library.get("MIRA", "test:a")).greetings == ("Come in.",)
    with pytest.raises(NotFound):
        await library.get("mira", "test:b")
    assert [item.id for item in await library.listed("test:b")] == ["tock"]
    await library.share("mira", "test:a")
    assert (await library.get("mira", "test:b")).name == "Mira"
    assert [item.shared for item in await library.listed("test:b")] == [True, False]
    with pytest.raises(NotFound, match="Did you mean"):
        await library.get("mirra", "test:b")


async def test_the_same_name_overwrites_nothing(library: CharacterLibrary) -> None:
    names = [(await library.add([card(name=name)], "x", "test:a", ""))[0].name for name in ("Mira", "Mira", "Tock")]
    assert names == ["mira", "mira-2", "tock-2"]


async def test_changed_and_given_back(library: CharacterLibrary) -> None:
    await library.add([card()], "x", "test:a", "")
    await library.get("mira", "test:a")
    await library.edit("mira", "test:a", {"first_mes": "Hello again."})
    assert (await library.get("mira", "test:a")).greetings == ("Hello again.",)
    again = await library.card("mira", "test:a")
    assert again.data == CARD | {"first_mes": "Hello again."}
    with pytest.raises(InvalidOption, match="came with the bot"):
        await library.edit("tock", "test:a", {"first_mes": "Tack."})
    await library.delete("mira", "test:a")
    with pytest.raises(NotFound):
        await library.get("mira", "test:a")


async def test_a_picture_beside_a_card_is_its_picture(library: CharacterLibrary) -> None:
    picture = pictures.blank("red", 300)
    for files in ([card(), picture], [picture, card()]):
        row, _ = await library.add(files, "x", "test:a", "")
        face = await library.face(row.name, "test:a")
        assert face is not None
        assert len(face) < len(picture) + 1000
        assert (await library.card(row.name, "test:a")).picture is not None
    assert await library.face("nobody", "test:a") is None


async def test_a_place_keeps_so_many(library: CharacterLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(character_library, "MAX_CARDS", 1)
    await library.add([card()], "x", "test:a", "")
    with pytest.raises(InvalidOption, match="No more characters"):
        await library.add([card()], "x", "test:a", "")
    monkeypatch.setattr(character_library, "MAX_BYTES", 1000)
    with pytest.raises(InvalidOption, match="more than"):
        await library.edit("mira", "test:a", {"description": "x" * 1000})
    await library.add([card()], "x", SHARED, "")
    with pytest.raises(InvalidOption, match="cannot be read"):
        await library.add([b"hello"], "x", "test:b", "")


@pytest.mark.parametrize(
    ("title", "typed"),
    [("Tock", "tock"), ("🔥𝕬𝖑𝖎𝖈𝖊🔥 ~Queen~ (v2.1)", "alice-queen-v2-1"), ("<b>Ann</b>", "b-ann-b"),
     ("林黛玉", "林黛玉"), ("हिन्दी", "हिन्दी"), ("***", "character"), ("x" * 99, "x" * 48)],
)  # fmt: skip
def test_an_id_can_be_typed(title: str, typed: str) -> None:
    assert typed_id(title) == typed
