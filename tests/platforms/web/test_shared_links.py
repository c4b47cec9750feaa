"""Links that let others read a conversation."""

import asyncio

from bot.platforms.web.conversation_list import ConversationList
from bot.platforms.web.shared_links import SCOPE, Shared, SharedLinks
from tests.platforms.web.fakes import FakeValues


async def test_one_link_until_it_ends() -> None:
    values = FakeValues()
    chats = ConversationList(values)
    links = SharedLinks(values, chats)
    assert await links.share("v", "a", "channel") is None  # nothing was said there
    await chats.use("v", "a", "hello")
    code = await links.share("v", "a", "channel")
    assert code is not None
    assert await links.share("v", "a", "channel") == code
    await chats.use("v", "a", "more")  # what is said later changes nothing
    assert await links.find(code) == Shared("channel", "hello")
    assert await links.find("0" * 32) is None
    await links.end("v", "a")
    assert await links.find(code) is None
    assert not [key for scope, key in values.values if scope == SCOPE]
    again = await links.share("v", "a", "channel")
    assert again not in (None, code)
    await chats.remove("v", "a")
    assert await links.find(str(again)) is None


async def test_many_at_once_make_one_link() -> None:
    values = FakeValues()
    chats = ConversationList(values)
    links = SharedLinks(values, chats)
    await chats.use("v", "a", "hello")
    codes = await asyncio.gather(*(links.share("v", "a", "channel") for _ in range(5)))
    assert len(set(codes)) == 1
    assert [key for scope, key in values.values if scope == SCOPE] == [codes[0]]
