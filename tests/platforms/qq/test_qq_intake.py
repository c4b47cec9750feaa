from pathlib import Path

import pytest

from bot.platforms.qq.qq_intake import Place, place_of
from tests.platforms.qq.onqq import group_message, private_message, talking
from tests.wire_qq.tencent import Tencent, running


async def test_mentions_and_private_messages_are_answered(tmp_path: Path) -> None:
    tencent = Tencent()
    async with running(tencent) as url, talking(tmp_path, url) as bot:
        await tencent.until(lambda: bool(tencent.greetings))
        await tencent.say("GROUP_AT_MESSAGE_CREATE", **group_message("m1", " hello"))
        await tencent.until(lambda: len(tencent.sent) == 1)
        await tencent.say("C2C_MESSAGE_CREATE", **private_message("m2", "good morning"))
        await tencent.until(lambda: len(tencent.sent) == 2)
        assert [each.place for each in tencent.sent] == ["groups/G1", "users/U1"]
        assert [each.body["msg_id"] for each in tencent.sent] == ["m1", "m2"]
        assert await bot.inputs() == ["hello"]
        assert await bot.inputs("users:U1") == ["good morning"]


@pytest.mark.parametrize(
    ("text", "more", "heard"),
    [("hello", {}, False), ("Roost, hello", {}, True), ("+help undo", {}, True), ("/dance", {}, False),
     ("hello", {"mentions": [{"is_you": True}]}, True),
     ("hello", {"author": {"member_openid": "B", "bot": True}}, False)],
)  # fmt: skip
async def test_of_what_is_said_to_all_only_what_calls_the_bot(
    tmp_path: Path, text: str, more: dict[str, object], heard: bool
) -> None:
    tencent = Tencent()
    async with running(tencent) as url, talking(tmp_path, url):
        await tencent.until(lambda: bool(tencent.greetings))
        await tencent.say("GROUP_MESSAGE_CREATE", **(group_message("m1", text) | more))
        await tencent.say("GROUP_AT_MESSAGE_CREATE", **group_message("m2", "last", author={"member_openid": "C"}))
        await tencent.until(lambda: any(each.body["msg_id"] == "m2" for each in tencent.sent))
        assert any(each.body["msg_id"] == "m1" for each in tencent.sent) is heard


async def test_a_quote_goes_on_from_that_very_turn(tmp_path: Path) -> None:
    tencent = Tencent()
    async with running(tencent) as url, talking(tmp_path, url) as bot:
        await tencent.until(lambda: bool(tencent.greetings))
        for count, text in enumerate(("one", "two"), 1):
            await tencent.say("GROUP_AT_MESSAGE_CREATE", **group_message(f"m{count}", text))
            await tencent.until(lambda count=count: len(tencent.sent) == count)  # type: ignore[misc]
        quote = {"message_type": 103, "msg_elements": [{"msg_idx": "REFIDX_1", "content": "x"}]}
        await tencent.say("GROUP_AT_MESSAGE_CREATE", **group_message("m3", "three", **quote))
        await tencent.until(lambda: len(tencent.sent) == 3)
        assert await bot.inputs() == ["one", "three"]


def test_ids_that_could_leave_the_path_name_no_place() -> None:
    assert place_of("groups:G1") == Place("groups", "G1")
    assert Place("groups", "G1").path == "/v2/groups/G1/messages"
    assert Place("channels", "5").path == "/channels/5/messages"
    for channel in ("groups:../users/U1", "groups:", "group:G1", "groups:a/b", ""):
        assert place_of(channel) is None
