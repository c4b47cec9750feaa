import pytest
from pydantic import ValidationError

from bot.platforms.qq.payloads import InteractionEvent, MessageEvent


def test_a_message_of_a_group() -> None:
    event = MessageEvent.model_validate(
        {
            "id": "M1", "content": " hi ", "group_openid": "G", "timestamp": "2026-11-27T10:00:00+08:00", "new": {},
            "author": {"member_openid": "A", "username": "Ann", "member_role": "admin"}, "message_type": 103,
            "mentions": [{"is_you": True}], "msg_elements": [{"msg_idx": "REFIDX_1", "content": "before"}],
            "message_scene": {"ext": ["msg_idx=REFIDX_9", "ref_msg_idx=REFIDX_1"]},
        }
    )  # fmt: skip
    assert (event.author.key, event.author.is_admin) == ("A", True)
    assert event.message_scene.get("ref_msg_idx") == "REFIDX_1"
    assert event.message_scene.get("none") == ""
    assert event.msg_elements[0].content == "before"


def test_odd_values() -> None:
    event = MessageEvent.model_validate({"id": 5, "content": None, "author": {"user_openid": "U"}})
    assert (event.id, event.content, event.author.key) == ("5", "", "U")
    for broken in ({}, {"id": None}, {"id": "1", "author": 3}):
        with pytest.raises(ValidationError):
            MessageEvent.model_validate(broken)


def test_a_press() -> None:
    press = InteractionEvent.model_validate({"id": "I", "data": {"resolved": {"button_data": "undo:5"}}})
    assert press.data.resolved.button_data == "undo:5"
