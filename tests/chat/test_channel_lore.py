"""A channel's additions to its characters: its own book, the folder's books, a note."""

from pathlib import Path

import pytest

from bot.chat.channel_lore import MAX_BOOKS, MAX_ENTRIES, ChannelLore
from bot.errors import InvalidOption, NotFound
from bot.library.characters.definition import DepthNote
from bot.store.store import open_store

BOOK = '[[lore]]\nkeys = ["lamp"]\ncontent = "It is red."\n'


async def test_books_and_note_are_kept_by_channel(tmp_path: Path) -> None:
    folder = tmp_path / "lore"
    folder.mkdir()
    (folder / "harbour.toml").write_text(BOOK)
    async with open_store("", tmp_path) as store:
        lore = ChannelLore(store.values, [folder])
        assert await lore.of("test:a") == ((), None)
        await lore.set_entries("test:a", lambda old: [*old, {"keys": ["fox"], "content": "It is sly."}])
        await lore.use("test:a", "harbour")
        await lore.set_note("test:a", DepthNote("It is night.", 2))
        own, shared = (await lore.of("test:a"))[0]
        assert [own.entries[0].content, shared.entries[0].content] == ["It is sly.", "It is red."]
        assert await lore.note("test:a") == DepthNote("It is night.", 2)
        assert await lore.of("test:b") == ((), None)
        with pytest.raises(NotFound):
            await lore.use("test:a", "../chat/chat-en")
        assert await lore.drop("test:a", "harbour")
        assert not await lore.drop("test:a", "harbour")
        (folder / "harbour.toml").write_text("broken [")
        await lore.use("test:a", "harbour")
        assert len((await lore.of("test:a"))[0]) == 1, "a broken file costs no answer"


async def test_a_channels_book_is_bounded(tmp_path: Path) -> None:
    async with open_store("", tmp_path) as store:
        lore = ChannelLore(store.values, [tmp_path])
        for entry, count in (({"content": "x"}, MAX_ENTRIES + 1), ({"content": "x" * 400_000}, 2)):
            with pytest.raises(InvalidOption, match="at most"):
                await lore.set_entries("test:a", lambda _, entry=entry, count=count: [entry] * count)  # type: ignore[misc]
        for number in range(MAX_BOOKS + 1):
            (tmp_path / f"b{number}.toml").write_text(BOOK)
        for number in range(MAX_BOOKS):
            await lore.use("test:a", f"b{number}")
        with pytest.raises(InvalidOption, match="may use at most"):
            await lore.use("test:a", f"b{MAX_BOOKS}")
