from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.policy.departures import Departures
from tests.platforms.qq.running_bot import group_message, private_message, talking
from tests.waiting import until_asked
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


async def test_halves_of_characters_and_impossible_times_are_answered_all_the_same(tmp_path: Path) -> None:
    tencent = Tencent()
    async with running(tencent) as url, talking(tmp_path, url) as bot:
        await tencent.until(lambda: bool(tencent.greetings))
        author = {"member_openid": "MEMBER1", "username": "Ann \ud83e"}
        odd = group_message("m1\ud800", "\x00hello \ud83e", author=author, timestamp="0001-01-01T00:00:00")
        await tencent.say("GROUP_AT_MESSAGE_CREATE", **odd)
        await tencent.until(lambda: len(tencent.sent) == 1)
        assert tencent.sent[0].body["msg_id"] == "m1?"
        assert await bot.inputs() == ["hello ?"]


async def press(tencent: Tencent, number: str, button: str, **more: object) -> None:
    resolved = {"button_data": button, "button_id": "1"}
    body: dict[str, object] = {
        "id": number, "type": 11, "chat_type": 1, "scene": "group", "group_openid": "G1",
        "group_member_openid": "MEMBER1", "data": {"type": 11, "resolved": resolved}, "version": 1,
    }  # fmt: skip
    await tencent.say("INTERACTION_CREATE", **(body | more))


async def test_a_press_is_acknowledged_and_answered_once(tmp_path: Path) -> None:
    tencent = Tencent()
    async with running(tencent) as url, talking(tmp_path, url) as bot:
        await tencent.until(lambda: bool(tencent.greetings))
        await tencent.say("GROUP_AT_MESSAGE_CREATE", **group_message("m1", "one"))
        await tencent.until(lambda: len(tencent.sent) == 1)
        action = tencent.sent[0].buttons[0]["action"]
        assert isinstance(action, dict)
        for _ in range(2):  # ids may be repeated
            await press(tencent, "P1", action["data"])
        await tencent.until(lambda: len(tencent.sent) == 2 and len(tencent.acknowledged) == 2)
        assert tencent.acknowledged == ["P1", "P1"]
        body = tencent.sent[1].body
        assert str(body["event_id"]).startswith("INTERACTION_CREATE:")
        assert "msg_seq" not in body
        assert await bot.inputs() == ["one"]
        labels = [button["render_data"]["label"] for button in tencent.sent[1].buttons]  # type: ignore[index]
        assert "◀" in labels


@pytest.mark.parametrize(
    ("data", "more"),
    [("roost:undo::1", {"group_member_openid": "BLOCKED"}), ("other:undo::1", {}), ("", {}),
     ("roost:undo::1", {"id": None}), ("roost:undo::1", {"group_openid": "../x"}),
     ("roost:undo::1", {"data": {"resolved": 5}})],
)  # fmt: skip
async def test_presses_of_others_change_nothing(tmp_path: Path, data: str, more: dict[str, object]) -> None:
    tencent = Tencent()
    async with running(tencent) as url, talking(tmp_path, url, block_users=["BLOCKED"]) as bot:
        await tencent.until(lambda: bool(tencent.greetings))
        await tencent.say("GROUP_AT_MESSAGE_CREATE", **group_message("m1", "one"))
        await tencent.until(lambda: len(tencent.sent) == 1)
        await press(tencent, "P1", data, **more)
        await tencent.say("GROUP_AT_MESSAGE_CREATE", **group_message("m2", "two"))
        await tencent.until(lambda: any(sent.body.get("msg_id") == "m2" for sent in tencent.sent))
        assert await bot.inputs() == ["one", "two"]


async def test_a_number_in_reply_presses_where_there_are_no_buttons(tmp_path: Path) -> None:
    tencent = Tencent()
    async with running(tencent) as url, talking(tmp_path, url, keyboards=False) as bot:
        await tencent.until(lambda: bool(tencent.greetings))
        await tencent.say("GROUP_AT_MESSAGE_CREATE", **group_message("m1", "one"))
        await tencent.until(lambda: len(tencent.sent) == 1)
        await bot.until_recorded("REFIDX_1")
        quote = {"message_type": 103, "msg_elements": [{"msg_idx": "REFIDX_1", "content": "x"}]}
        await tencent.say("GROUP_AT_MESSAGE_CREATE", **group_message("m2", " 1 ", **quote))
        await tencent.until(lambda: len(tencent.sent) == 2)
        assert await bot.inputs() == ["one"]


async def test_what_is_quoted_of_others_is_read_into_the_turn(tmp_path: Path) -> None:
    tencent = Tencent()
    async with running(tencent) as url, talking(tmp_path, url) as bot:
        await tencent.until(lambda: bool(tencent.greetings))
        quote = {"message_type": 103, "msg_elements": [{"msg_idx": "REFIDX_77", "content": "the owl sat in a tree"}]}
        ben = [{"member_openid": "M2", "username": "Ben"}, {"member_openid": "B", "username": "Roost", "is_you": True}]
        said = group_message("m1", "<@B> is that true, <@M2>?", mentions=ben, **quote)
        await tencent.say("GROUP_AT_MESSAGE_CREATE", **said)
        await tencent.until(lambda: bool(tencent.sent))
        found = (await bot.inputs())[0]
        assert "is that true,  @Ben ?" in found
        assert "the owl sat in a tree" in found


async def test_the_owner_of_a_guild_is_an_administrator_of_it_and_nobody_else(tmp_path: Path) -> None:
    tencent = Tencent()
    async with running(tencent) as url, talking(tmp_path, url):
        await tencent.until(lambda: bool(tencent.greetings))
        for number, roles in (("m1", ["4"]), ("m2", ["5"])):
            author = {"id": "7", "username": "Ann"}
            await tencent.say(
                "AT_MESSAGE_CREATE", id=number, content="+allow", author=author, channel_id="C1", guild_id="GUILD",
                member={"roles": roles},
            )  # fmt: skip
            await tencent.until(lambda number=number: any(each.body["msg_id"] == number for each in tencent.sent))  # type: ignore[misc]
        assert ["for administrators" in sent.text for sent in tencent.sent] == [False, True]


async def test_a_group_or_a_person_that_removes_the_bot_is_noted(tmp_path: Path) -> None:
    tencent = Tencent()
    async with running(tencent) as url, talking(tmp_path, url) as bot:
        await tencent.until(lambda: bool(tencent.greetings))
        departures = Departures(bot.store.values)

        async def gone() -> list[tuple[str, str]]:
            found = await departures.before(datetime.now(UTC) + timedelta(days=1))
            return [(each.kind, each.id) for each in found]

        async def both() -> bool:
            return await gone() == [("channel", "users:U1"), ("guild", "G1")]

        async def one() -> bool:
            return await gone() == [("channel", "users:U1")]

        await tencent.say("GROUP_DEL_ROBOT", timestamp=1)  # of nothing
        await tencent.say("GROUP_DEL_ROBOT", group_openid="G1", op_member_openid="U", timestamp=1)
        await tencent.say("FRIEND_DEL", openid="U1", timestamp=1)
        await until_asked(both)
        await tencent.say("GROUP_ADD_ROBOT", group_openid="G1", op_member_openid="U", timestamp=2)
        await until_asked(one)
