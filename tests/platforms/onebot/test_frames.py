import json

import pytest

from bot.platforms.onebot.frames import ActionResult, MessageEvent, MetaEvent, NoticeEvent, as_time, read_frame
from bot.platforms.onebot.segments import text_segment

MESSAGE = {
    "time": 1, "self_id": 10000, "post_type": "message", "message_type": "group", "sub_type": "normal",
    "message_id": -5, "user_id": 2**70, "group_id": 9, "message": "hi", "sender": {"nickname": "Ann", "card": ""},
}  # fmt: skip


def read(value: object) -> object:
    return read_frame(json.dumps(value))


def test_a_message_in_either_form() -> None:
    event = read(MESSAGE)
    assert isinstance(event, MessageEvent)
    assert (event.message_id, event.user_id, event.group_id) == ("-5", str(2**70), "9")
    assert event.segments == [text_segment("hi")]
    assert event.sender.name == "Ann"
    array = read(MESSAGE | {"message": [{"type": "text", "data": {"text": "hi"}}], "self_id": "10000"})
    assert isinstance(array, MessageEvent)
    assert array.segments == event.segments
    single = read(MESSAGE | {"message": {"type": "text", "data": {"text": "hi"}}})
    assert isinstance(single, MessageEvent)
    assert single.segments == event.segments


def test_odd_senders_and_messages() -> None:
    event = read(MESSAGE | {"sender": {"nickname": None, "card": 5, "role": "owner"}, "message": {"a": 1}})
    assert isinstance(event, MessageEvent)
    assert (event.sender.name, event.sender.is_admin, event.segments) == ("5", True, [])


def test_null_is_a_field_left_out() -> None:
    nothing = dict.fromkeys(("time", "sender", "group_name", "real_seq", "sub_type", "raw_message", "message"))
    event = read(MESSAGE | nothing)
    assert isinstance(event, MessageEvent)
    assert (event.time, event.sender.name, event.segments) == (0.0, "", [])
    beat = read({"post_type": "meta_event", "self_id": 1, "meta_event_type": "heartbeat", "status": None})
    assert isinstance(beat, MetaEvent)
    assert beat.status.online is None


@pytest.mark.parametrize("time", [1_732_000_000, "1732000000", 1_732_000_000_000])
def test_times_are_in_seconds_or_in_milliseconds(time: object) -> None:
    event = read(MESSAGE | {"time": time})
    assert isinstance(event, MessageEvent)
    assert event.time == 1_732_000_000


@pytest.mark.parametrize("time", [float("nan"), float("inf"), -1, 1e300, 10**400, "soon", []])
def test_what_is_no_time_is_now(time: object) -> None:
    event = read(MESSAGE | {"time": time})
    assert isinstance(event, MessageEvent)
    assert event.time == 0.0
    assert as_time(time) == 0.0
    assert as_time("1732000000") == 1_732_000_000.0


def test_results_and_other_events() -> None:
    done = read({"status": "ok", "retcode": 0, "data": {"message_id": 1}, "echo": "a"})
    assert isinstance(done, ActionResult)
    assert done.ok
    lost = read({"status": "failed", "retcode": 1200, "data": None, "echo": 3, "wording": "no"})
    assert isinstance(lost, ActionResult)
    assert (lost.ok, lost.echo, lost.reason) == (False, "3", "no")
    assert isinstance(read({"post_type": "notice", "self_id": 1, "notice_type": "group_recall"}), NoticeEvent)
    assert isinstance(read({"post_type": "meta_event", "self_id": 1, "meta_event_type": "heartbeat"}), MetaEvent)
    assert read({"post_type": "request", "self_id": 1}) is None
    assert read({"post_type": ["message"], "self_id": 1}) is None


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ("[]", "not a JSON object"),
        ("nonsense", "Expecting value"),
        ("[" * 200_000, "nested too deeply"),
        (json.dumps(MESSAGE | {"user_id": None}), "user_id"),
        (json.dumps(MESSAGE | {"user_id": True}), "user_id"),
        (json.dumps(MESSAGE | {"message_type": "guild"}), "message_type"),
    ],
)
def test_what_is_no_frame_is_said_in_one_line(data: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as caught:
        read_frame(data)
    assert "\n" not in str(caught.value)
