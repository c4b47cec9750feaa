from pathlib import Path

from pydantic import SecretStr

from tests.platforms.qq.running_bot import group_message, talking
from tests.waiting import until
from tests.wire_qq.tencent import Tencent, running


async def test_it_says_how_it_stands(tmp_path: Path) -> None:
    tencent = Tencent()
    async with running(tencent) as url:
        async with talking(tmp_path / "a", url) as bot:
            await until(lambda: str(bot.platform.describe()) == "connected")
            assert await bot.platform.announce("hello <@everyone>", ["groups:G1", "web:1"]) == 1
            tencent.outbox.pushes = False
            assert await bot.platform.announce("hello", ["groups:G1"]) == 0
            assert [(sent.place, sent.text) for sent in tencent.sent] == [("groups/G1", "hello <\u200b@everyone>")]
        assert str(bot.platform.describe()) == "closed"
        async with talking(tmp_path / "b", url, secret=SecretStr("wrong")) as bot:
            await until(lambda: "the secret is wrong" in str(bot.platform.describe()))


async def test_after_a_break_each_message_is_answered_once(tmp_path: Path) -> None:
    tencent = Tencent()
    async with running(tencent) as url, talking(tmp_path, url):
        await tencent.until(lambda: bool(tencent.greetings))
        await tencent.say("GROUP_AT_MESSAGE_CREATE", **group_message("m1", "one"))
        await tencent.until(lambda: bool(tencent.sent))
        await tencent.cut()
        await tencent.say("GROUP_AT_MESSAGE_CREATE", **group_message("m2", "two"))
        await tencent.until(lambda: len(tencent.sent) == 2)
        await tencent.say("GROUP_AT_MESSAGE_CREATE", **group_message("m2", "two"))  # ids may be repeated
        await tencent.say("GROUP_AT_MESSAGE_CREATE", **group_message("m3", "three"))
        await tencent.until(lambda: len(tencent.sent) == 3)
        assert [each.body["msg_id"] for each in tencent.sent] == ["m1", "m2", "m3"]


async def test_what_was_said_while_no_process_ran_is_answered(tmp_path: Path) -> None:
    tencent = Tencent()
    async with running(tencent) as url:
        async with talking(tmp_path, url):
            await tencent.until(lambda: bool(tencent.greetings))
            await tencent.say("GROUP_AT_MESSAGE_CREATE", **group_message("m1", "one"))
            await tencent.until(lambda: bool(tencent.sent))
        await tencent.say("GROUP_AT_MESSAGE_CREATE", **group_message("m2", "two"))
        async with talking(tmp_path, url) as bot:
            await tencent.until(lambda: len(tencent.sent) == 2)
            assert await bot.inputs() == ["one", "two"]
    assert [greeting["op"] for greeting in tencent.greetings] == [2, 6]
    assert [sent.body["msg_id"] for sent in tencent.sent] == ["m1", "m2"]
