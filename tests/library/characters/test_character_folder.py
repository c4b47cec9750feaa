"""A folder of characters: listed without reading the files, read in a thread, found by name."""

import json
import os
from pathlib import Path

import pytest

from bot.errors import InvalidOption, NotFound
from bot.library.cards import pictures
from bot.library.cards.card_file import read_card_file
from bot.library.characters import character_folder
from bot.library.characters.character_folder import CharacterFolder
from tests.library.cards.card_builder import V2_DATA, V3_DATA, packed, png, text, v2, v3
from tests.timing import thread_seconds


def put(folder: Path, name: str, data: bytes | str, age: int = 0) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    if age:
        os.utime(path, (age, age))
    return path


def listed(folder: CharacterFolder) -> list[tuple[str, str]]:
    return [(entry.id, entry.name) for entry in folder.entries()]


def card(name: str) -> bytes:
    return png(after=text("ccv3", packed(v3(V3_DATA | {"name": name}))))


def test_a_list_reads_nothing_and_refresh_fills_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "mira.png", card("Mira of the Sea"))
    put(tmp_path, "broken.png", b"\x89PNG\r\n\x1a\n")
    put(tmp_path, "notes.txt", "x")
    put(tmp_path, ".hidden.png", card("x"))
    folder = CharacterFolder([tmp_path, tmp_path / "none"])
    with monkeypatch.context() as patched:
        patched.setattr(character_folder, "read_card_file", None)
        assert listed(folder) == [("broken", "broken"), ("mira", "mira")]
    assert folder.refresh() == ["broken.png: The picture contains no character card."]
    assert folder.refresh() == [], "told once"
    assert listed(folder) == [("broken", "broken"), ("mira", "Mira of the Sea")]
    assert [bool(entry.problem) for entry in folder.entries()] == [True, False]
    assert folder.entries()[1].tags == ("sea",)


def test_the_index_outlives_a_restart_and_notices_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cards, index = tmp_path / "cards", tmp_path / "data" / "index.json"
    put(cards, "mira.png", card("Mira"), age=1000)
    put(cards, "wei.png", card("Wei"), age=1000)
    CharacterFolder([cards], index).refresh()
    read: list[str] = []
    real = read_card_file

    def counted(path: Path, *, keep_picture: bool = True) -> object:
        read.append(path.name)
        return real(path, keep_picture=keep_picture)

    monkeypatch.setattr(character_folder, "read_card_file", counted)
    again = CharacterFolder([cards], index)
    assert listed(again) == [("mira", "Mira"), ("wei", "Wei")]
    assert (again.refresh(), read) == ([], [])
    put(cards, "mira.png", card("Mirabel"), age=2000)
    (cards / "wei.png").unlink()
    assert listed(again) == [("mira", "mira")], "changed: its old name is not shown"
    again.refresh()
    assert (listed(again), read) == ([("mira", "Mirabel")], ["mira.png"])
    assert "wei" not in index.read_text(encoding="utf-8")


def test_one_name_one_character(tmp_path: Path) -> None:
    put(tmp_path / "a", "mira.png", card("Picture"))
    put(tmp_path / "a", "mira.json", json.dumps(v2(V2_DATA | {"name": "Text"})))
    put(tmp_path / "b", "mira.toml", 'name = "Own"\ndescription = "x"')
    assert CharacterFolder([tmp_path / "a"]).load("mira").name == "Text"
    assert CharacterFolder([tmp_path / "a", tmp_path / "b"]).load("mira").name == "Own"


async def test_finding(tmp_path: Path) -> None:
    put(tmp_path, "mira.png", card("Mira of the Sea"))
    put(tmp_path, "灯台守.json", json.dumps(v2(V2_DATA | {"name": "灯台守"})))
    folder = CharacterFolder([tmp_path])
    folder.refresh()
    for name in ("mira", "MIRA", " mira ", "mira of the sea"):
        assert (await folder.get(name)).id == "mira"
    assert (await folder.get("灯台守")).name == "灯台守"
    with pytest.raises(NotFound, match='no character "mirra"'):
        await folder.get("mirra")
    with pytest.raises(NotFound, match=r"`\+characters` lists them all"):
        await folder.get("zzzzzz")
    for bad in ("../mira", "mira.png", "/etc/passwd", "", "\0"):
        with pytest.raises(NotFound):
            await folder.get(bad)
    with pytest.raises(NotFound, match="no characters yet"):
        CharacterFolder([]).load("x")


def test_a_changed_file_is_read_again_and_few_are_kept(tmp_path: Path) -> None:
    for number in range(20):
        put(tmp_path, f"c{number}.png", card(f"C{number}"), age=1000)
    folder = CharacterFolder([tmp_path])
    first = folder.load("c0")
    assert folder.load("c0") is first
    for number in range(20):
        folder.load(f"c{number}")
    assert len(folder._kept) == character_folder.MAX_KEPT
    put(tmp_path, "c0.png", card("New"), age=2000)
    assert folder.load("c0").name == "New"


async def test_faces(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    put(tmp_path, "mira.png", card("Mira"))
    put(tmp_path, "wei.json", json.dumps(v2()))
    put(tmp_path, "odd.json", json.dumps(v2()))
    put(tmp_path, "odd.webp", b"no picture")
    put(tmp_path, "broken.json", "{")
    folder = CharacterFolder([tmp_path])
    found = await folder.face("mira")
    assert found is not None
    assert found.startswith(b"\x89PNG")
    assert b"ccv3" not in found
    assert await folder.face("mira") is found
    assert await folder.face("wei") is None
    assert await folder.face("odd") is None
    assert await folder.face("broken") is None
    assert "odd.json: The picture cannot be read" in caplog.text


async def test_a_new_picture_beside_a_card_is_shown(tmp_path: Path) -> None:
    put(tmp_path, "mira.toml", 'name = "Mira"\ndescription = "A sailor."\n')
    put(tmp_path, "mira.png", pictures.blank("Mira"))
    first = await CharacterFolder([tmp_path], tmp_path / "data" / "index.json").face("mira")
    put(tmp_path, "mira.png", pictures.blank("Somebody else"), age=2000)
    folder = CharacterFolder([tmp_path], tmp_path / "data" / "index.json")  # after a restart
    second = await folder.face("mira")
    put(tmp_path, "mira.png", pictures.blank("Tock"), age=1000)
    third = await folder.face("mira")
    assert None not in (first, second, third)
    assert len({first, second, third}) == 3


def test_a_card_for_an_export(tmp_path: Path) -> None:
    put(tmp_path, "mira.png", card("Mira"))
    assert CharacterFolder([tmp_path]).card("mira").picture == card("Mira")
    put(tmp_path, "bad.json", "{")
    with pytest.raises(InvalidOption, match="not JSON"):
        CharacterFolder([tmp_path]).load("bad")


def test_a_thousand_cards(tmp_path: Path) -> None:
    data = card("Mira")
    for number in range(1_000):
        put(tmp_path / "cards", f"character-{number:04}.png", data)
    index = tmp_path / "index.json"
    assert len(CharacterFolder([tmp_path / "cards"], index).entries()) == 1_000, "before anything was read"
    assert thread_seconds(lambda: CharacterFolder([tmp_path / "cards"], index).entries()) < 3
    CharacterFolder([tmp_path / "cards"], index).refresh()
    entries = CharacterFolder([tmp_path / "cards"], index).entries()
    assert thread_seconds(lambda: CharacterFolder([tmp_path / "cards"], index).entries()) < 3
    assert {entry.name for entry in entries} == {"Mira"}


def test_an_index_that_cannot_be_written_is_no_error(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    put(tmp_path, "mira.png", card("Mira"))
    (tmp_path / "file").write_text("x")
    folder = CharacterFolder([tmp_path], tmp_path / "file" / "index.json")
    assert folder.refresh() == []
    assert "cannot be written" in caplog.text
    assert listed(folder) == [("mira", "Mira")]
