"""A visitor's list of conversations."""

import asyncio

import pytest

from bot.errors import InvalidOption
from bot.platforms.web.assets.module_source import STATIC
from bot.platforms.web.conversation_list import CARD_DESK, MAX_CONVERSATIONS, TITLE_CHARS, ConversationList
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
    await chats.check("v", "5")
    with pytest.raises(InvalidOption):
        await chats.check("v", "new")
    await chats.check("v", CARD_DESK)  # cards can be changed all the same
    await chats.use("v", "new", "hi")
    assert len(await chats.entries("v")) == MAX_CONVERSATIONS
    await chats.rename("v", "5", "x" * 500)
    assert max(len(entry.title) for entry in await chats.entries("v")) == TITLE_CHARS


async def test_changes_at_once_lose_nothing() -> None:
    class Slow(FakeValues):
        async def get(self, scope: str, key: str, default: object = None) -> object:
            found = await super().get(scope, key, default)
            await asyncio.sleep(0)
            return found

    chats = ConversationList(Slow())
    await asyncio.gather(*(chats.use("v", str(number), "hi") for number in range(50)))
    assert len(await chats.entries("v")) == 50


def test_the_page_changes_cards_in_the_conversation_that_does_not_count() -> None:
    source = (STATIC / "views" / "characters" / "exchange.js").read_text(encoding="utf-8")
    assert f'DESK = "{CARD_DESK}"' in source
