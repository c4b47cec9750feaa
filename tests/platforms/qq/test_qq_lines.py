from pathlib import Path

from bot.platforms.qq.qq_places import QqPlace
from tests.platforms.qq.running_bot import talking
from tests.wire_qq.tencent import Tencent, running


async def test_private_talks_have_a_line_of_their_own(tmp_path: Path) -> None:
    tencent = Tencent()
    async with running(tencent) as url, talking(tmp_path, url) as bot:
        assert bot.platform.bot is not None
        lines = bot.platform.bot._lines
        assert lines.of(QqPlace("users", "U1")) is not lines.of(QqPlace("groups", "G1"))
        assert lines.of(QqPlace("dms", "D1")) is lines.of(QqPlace("channels", "C1"))
