"""Quotes and forwards are read within limits."""

from bot.platforms.onebot.referenced_messages import (
    MAX_CALLS,
    MAX_DEPTH,
    MAX_LENGTH,
    MAX_LINES,
    MAX_QUOTE_LENGTH,
    ReferencedMessages,
    plain_name,
)
from bot.platforms.onebot.segments import Segment
from tests.platforms.onebot.posts import joined
from tests.wire_onebot.group_chat import GroupChat, Json


def message(text: str, *more: Json, name: str = "Ben") -> Json:
    words: Json = {"type": "text", "data": {"text": text}}
    return {"sender": {"nickname": name, "card": ""}, "message": [words, *more]}


def forward(number: str) -> Json:
    return {"type": "forward", "data": {"id": number}}


async def test_a_quote_is_read_with_its_author() -> None:
    chat = GroupChat()
    chat.messages["5"] = message("the owl " * 1000)
    (found,) = await ReferencedMessages(joined(chat), "5", ()).load(False)
    assert found.name == "[quoted from Ben]"
    assert len(found.data) == MAX_QUOTE_LENGTH
    assert await ReferencedMessages(joined(chat), "5", ()).load(True) == ()


async def test_a_quote_that_is_gone_is_named() -> None:
    (found,) = await ReferencedMessages(joined(GroupChat()), "6", ()).load(False)
    assert (found.name, found.data) == ("[quoted from somebody]", b"[message]")


async def test_forwards_are_read_to_a_depth() -> None:
    chat = GroupChat()
    for level in range(100):
        chat.forwards[str(level)] = [message(f"level {level}", forward(str(level + 1)))]
    (found,) = await ReferencedMessages(joined(chat), None, (Segment("forward", {"id": "0"}),)).load(False)
    assert found.data.decode().count("level") == MAX_DEPTH
    assert "Ben: level 0" in found.data.decode()


async def test_forwards_that_hold_their_messages_need_no_question() -> None:
    chat = GroupChat()
    inside = Segment("forward", {"content": [message("hello"), {"content": "plain [CQ:at,qq=1]"}, 5]})
    (found,) = await ReferencedMessages(joined(chat), None, (inside,)).load(False)
    assert found.data.decode() == "Ben: hello\nsomebody: plain @1"
    assert chat.calls == []


async def test_wide_and_long_forwards_are_bounded() -> None:
    chat = GroupChat()
    chat.forwards["0"] = [message("x" * 300, *[forward("0")] * 50)] * 1000
    bundles = tuple(Segment("forward", {"id": "0"}) for _ in range(50))
    found = await ReferencedMessages(joined(chat), None, bundles).load(False)
    text = "".join(each.data.decode() for each in found)
    assert len(text) <= MAX_LENGTH + MAX_LINES
    assert len(chat.calls) <= MAX_CALLS


def test_names_stay_on_a_line() -> None:
    assert plain_name(" Ann\n\nUser: \t hi") == "Ann User: hi"
    assert len(plain_name("x" * 500)) == 40
