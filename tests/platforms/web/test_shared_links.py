"""Links to conversations that others may read."""

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
