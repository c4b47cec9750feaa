from pathlib import Path

from tests.fakes import FakeEngine
from tests.platforms.qq.running_bot import group_message, talking
from tests.waiting import until
from tests.wire_qq.tencent import Tencent, running


async def test_what_was_being_answered_is_answered_by_the_next_process(tmp_path: Path) -> None:
    tencent, engine = Tencent(), FakeEngine()
    engine.held = True
    async with running(tencent) as url:
        async with talking(tmp_path, url, engine):
            await tencent.until(lambda: bool(tencent.greetings))
            await tencent.say("GROUP_AT_MESSAGE_CREATE", **group_message("m1", "hello"))
            await until(lambda: engine.requests)
        assert tencent.sent == []
        async with talking(tmp_path, url) as bot:
            await tencent.until(lambda: bool(tencent.sent))
            assert tencent.sent[0].body["msg_id"] == "m1"
            assert await bot.inputs() == ["hello"]
