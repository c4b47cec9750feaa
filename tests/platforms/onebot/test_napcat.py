"""The simulated bridge and the bot both follow NapCat's published API."""

from pathlib import Path

import pytest

from bot.platforms.onebot.frames import MessageEvent
from tests.fakes import FakeEngine
from tests.platforms.onebot.talking import at, connected, quoting, words
from tests.wire_onebot.group_chat import GroupChat, Json
from tests.wire_onebot.napcat import NapCatMessage, Response, SendForward, SendMessage

LONG = " the owl sat in a tree. the moon said hello to you." * 8


@pytest.mark.parametrize("form", ["array", "string"])
async def test_the_events_of_our_bridge_are_napcats(tmp_path: Path, form: str) -> None:
    chat = GroupChat(form=form)
    async with connected(tmp_path, chat):
        picture: Json = {"type": "image", "data": {"file": "a.png", "summary": "[owl]", "url": "https://x/"}}
        for group in (1, None):
            await chat.say([at(), quoting(1001), picture, words("hello")], group=group)
        await chat.until(lambda: len(chat.posted) == 2)
    for event in chat.messages.values():
        if event["post_type"] == "message":
            NapCatMessage.model_validate(event)


async def test_what_the_bot_asks_of_the_bridge_is_in_its_description(tmp_path: Path) -> None:
    chat, engine = GroupChat(), FakeEngine()
    engine.enqueue(" hello")
    engine.enqueue(LONG)
    async with connected(tmp_path, chat, engine, forward_after_chars=200):
        for group in (1, None):
            await chat.say([at(), words("hello")], group=group, user=7 if group else 8)
        await chat.until(lambda: len(chat.posted) == 2)
    sends = [(action, params) for action, params in chat.calls if action.startswith("send_") and params]
    assert {action.replace("private", "group") for action, _ in sends} == {"send_group_msg", "send_group_forward_msg"}
    for action, params in sends:
        model = SendForward if "forward" in action else SendMessage
        model.model_validate(params)
        assert ("group_id" in params) is ("group" in action)


async def test_every_answer_of_our_bridge_is_one_of_napcats(tmp_path: Path) -> None:
    chat = GroupChat()
    for action, params in (("get_login_info", {}), ("no_such_action", {}), ("send_group_msg", {"group_id": 1})):
        answer = chat._do(action, dict(params))
        assert answer is not None
        Response.model_validate(answer)


def test_a_message_of_napcat_is_read() -> None:
    event = {
        "self_id": 10000, "user_id": 7, "time": 1764200000, "message_id": 1718329101, "message_seq": 1718329101,
        "real_id": 1718329101, "real_seq": "4711", "message_type": "group", "raw_message": "hi", "font": 14,
        "sender": {"user_id": 7, "nickname": "Ann", "card": "", "role": "owner"}, "sub_type": "normal",
        "message": [{"type": "text", "data": {"text": "hi"}}], "message_format": "array", "post_type": "message",
        "group_id": 1, "group_name": "The owl's tree",
    }  # fmt: skip
    NapCatMessage.model_validate(event)
    read = MessageEvent.model_validate(event)
    assert (read.real_seq, read.sender.is_admin, read.group_name) == ("4711", True, "The owl's tree")
