"""A visitor's list of conversations."""

import asyncio
from pathlib import Path

import pytest

from bot.errors import InvalidOption
from bot.platforms.web.assets.module_source import STATIC
from bot.platforms.web.conversation_list import (
    CARD_DESK,
    MAX_CONVERSATIONS,
    MAX_UNLISTED,
    SCOPE,
    TITLE_CHARS,
    UNLISTED_SCOPE,
    ConversationList,
)
from bot.store.key_values import KeyValues
from bot.store.store import open_store
from tests.platforms.web.fakes import FakeValues


async def test_titles_are_the_first_words() -> None:
    chats = ConversationList(FakeValues())
    await chats.use("v", "a", "")
    await chats.use("v", "b", "one two three four five six seven eight nine ten eleven twelve")
    await chats.use("v", "c", "夜" * 100)
    assert {entry.id: entry.title for entry in await chats.entries("v")} == {
        "a": "",
        "b": "one two three four five six seven eight nine…",
        "c": "夜" * 48 + "…",
    }
    await chats.use("v", "a", "now there are words")
    assert (await chats.entries("v"))[0].title == "now there are words"


async def test_there_is_a_bound() -> None:
    chats = ConversationList(FakeValues())
    for number in range(MAX_CONVERSATIONS):
        await chats.use("v", str(number), "hi")
    assert await chats.open("v", "5") == []
    for name in ("new", ""):
        with pytest.raises(InvalidOption):
            await chats.open("v", name)
    assert await chats.open("v", CARD_DESK) == []  # cards can be changed all the same
    await chats.use("v", "new", "hi")
    assert len(await chats.entries("v")) == MAX_CONVERSATIONS
    await chats.rename("v", "5", "x" * 500)
    assert max(len(entry.title) for entry in await chats.entries("v")) == TITLE_CHARS


async def test_unlisted_conversations_are_known_and_bounded() -> None:
    chats = ConversationList(FakeValues())
    assert await chats.all_ids("v") == {"", CARD_DESK}
    for number in range(MAX_UNLISTED):
        assert await chats.open("v", f"u{number}") == []
    assert await chats.open("v", "u0") == [], "again"
    assert await chats.entries("v") == []
    assert len(await chats.all_ids("v")) == MAX_UNLISTED + 2
    await chats.use("v", "u0", "hi")
    assert await chats.open("v", "more") == [], "listed ones do not count"
    assert await chats.open("v", "even more") == ["u1"]
    assert "u1" not in await chats.all_ids("v")
    await chats.remove("v", "u0")
    await chats.remove("v", "more")
    assert {"u0", "more"}.isdisjoint(await chats.all_ids("v"))
    assert await chats.all_ids("w") == {"", CARD_DESK}


async def test_one_that_found_the_list_full_stays_known() -> None:
    """Several may be begun at once for the last place; an account's removal deletes all of them."""
    chats = ConversationList(FakeValues())
    for number in range(MAX_CONVERSATIONS - 1):
        await chats.use("v", str(number), "hi")
    for name in ("one", "two"):
        assert await chats.open("v", name) == []
    for name in ("one", "two"):
        await chats.use("v", name, "hi")
    assert await chats.find("v", "one") is not None
    assert await chats.find("v", "two") is None
    assert "two" in await chats.all_ids("v")


async def test_changes_by_several_processes_at_once_lose_nothing(store_url: str, tmp_path: Path) -> None:
    async with open_store(store_url, tmp_path) as one, open_store(store_url, tmp_path, brief=True) as two:
        await change_at_once(one.values, two.values)


async def change_at_once(*values: KeyValues) -> None:
    lists = [ConversationList(each) for each in values]
    changes = [chats.use("v", f"{number}{place}", "hi") for place, chats in enumerate(lists) for number in range(10)]
    await asyncio.gather(*changes, *(chats.open("v", f"u{place}") for place, chats in enumerate(lists)))
    assert len(await lists[0].entries("v")) == 20
    assert await lists[1].all_ids("v") > {"u0", "u1"}
    for name in await lists[0].all_ids("v"):
        await lists[1].remove("v", name)
    assert await values[0].items(SCOPE) == await values[0].items(UNLISTED_SCOPE) == {}


def test_the_page_changes_cards_in_the_conversation_that_does_not_count() -> None:
    source = (STATIC / "views" / "characters" / "exchange.js").read_text(encoding="utf-8")
    assert f'DESK = "{CARD_DESK}"' in source
