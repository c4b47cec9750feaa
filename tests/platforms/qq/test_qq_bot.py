from pathlib import Path

import pytest

from bot.config.schema import QqSection
from bot.platforms.qq.qq_bot import address_of, intents_of
from bot.platforms.qq.rest import API, SANDBOX
from tests.platforms.qq.running_bot import group_message, talking
from tests.wire_qq.tencent import Tencent, running


def test_where_qq_is() -> None:
    assert address_of(QqSection()) == API
    assert address_of(QqSection(sandbox=True)) == SANDBOX
    assert address_of(QqSection(sandbox=True, api_base="http://127.0.0.1:1")) == "http://127.0.0.1:1"


def test_buttons_need_an_intent() -> None:
    assert intents_of(QqSection()) == ["group_and_c2c", "interaction"]
    assert intents_of(QqSection(keyboards=False)) == ["group_and_c2c"]
    assert intents_of(QqSection(intents=["interaction", "channel_direct"])) == ["interaction", "channel_direct"]


@pytest.mark.parametrize("press", ["../users/U1", "", "é"])
async def test_no_id_of_a_press_leaves_its_path(tmp_path: Path, press: str) -> None:
    tencent = Tencent()
    async with running(tencent) as url, talking(tmp_path, url) as bot:
        assert bot.platform.bot is not None
        await bot.platform.bot._acknowledge(press)
        await bot.platform.bot._acknowledge("P1")
        assert tencent.acknowledged == ["P1"]


async def test_the_session_is_known_before_anything_is_answered(tmp_path: Path) -> None:
    """A process that is killed early could not resume otherwise, and would never hear what was said meanwhile."""
    tencent = Tencent()
    async with running(tencent) as url, talking(tmp_path, url) as bot:
        await tencent.until(lambda: bool(tencent.greetings))
        await tencent.say("GROUP_AT_MESSAGE_CREATE", **group_message("m1", "one"))
        await tencent.until(lambda: bool(tencent.sent))
        assert await bot.store.values.get("qq", "session") == {"id": "S1", "seq": 1}
