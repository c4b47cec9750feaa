import asyncio
from contextlib import AsyncExitStack

from pydantic import SecretStr
from websockets.exceptions import InvalidHandshake

from bot.config.schema import OneBotSection
from bot.findings import Finding
from bot.platforms.onebot.onebot_setup import check_bridge, steps
from bot.tasks import Tasks
from tests.free_port import free_port
from tests.waiting import PATIENCE
from tests.wire_onebot.group_chat import GroupChat
from tests.wire_onebot.links import dialled, listening


async def seen(config: OneBotSection, patience: float = PATIENCE) -> list[Finding]:
    return [finding async for finding in check_bridge(config, patience)]


async def dial_until_there(chat: GroupChat, port: int) -> None:
    """Try to connect again and again, as bridges do."""
    while True:
        async with AsyncExitStack() as stack:
            try:
                connection = await stack.enter_async_context(dialled(chat, port))
            except (OSError, InvalidHandshake):
                await asyncio.sleep(0.05)
                continue
            await connection.wait_closed()


async def refusal(config: OneBotSection) -> str:
    """Return what is wrong with the bridge or its address, looked at again and again until that is known."""
    for _ in range(1000):
        for found in await seen(config, 0.3):
            if found.mark == "bad":
                return str(found.text)
    raise AssertionError("nothing was refused")


async def test_a_bridge_that_dials_is_named_with_what_it_lacks() -> None:
    port, tasks = free_port(), Tasks("the test")
    tasks.spawn(dial_until_there(GroupChat(extras=False), port))
    found = await seen(OneBotSection(enabled=True, port=port))
    await tasks.finish()
    assert (found[0].mark, str(found[0].text)) == ("ok", "connected as Roost (10000) through SmallBridge 1.0")
    assert any("get_group_msg_history" in str(each.text) for each in found[1:])
    assert {each.mark for each in found[1:]} == {"note"}


async def test_a_bridge_that_is_dialled_knows_everything() -> None:
    async with listening(GroupChat()) as (_, port):
        found = await seen(OneBotSection(enabled=True, port=0, urls=[f"ws://127.0.0.1:{port}/"]))
    assert [each.mark for each in found] == ["ok"]


async def test_what_is_wrong_is_said_with_what_to_do() -> None:
    (found,) = await seen(OneBotSection(enabled=True, port=0), 0.05)
    assert (found.mark, "`roost qq`" in str(found.text)) == ("note", True)
    (found,) = await seen(OneBotSection(enabled=True, host="192.0.2.1"))
    assert (found.mark, "ROOST_ONEBOT_TOKEN" in str(found.text)) == ("bad", True)
    assert "127.0.0.1:1" in await refusal(OneBotSection(enabled=True, port=0, urls=["ws://127.0.0.1:1/"]))
    async with listening(GroupChat()) as (_, port):
        (found,) = await seen(OneBotSection(enabled=True, port=port))
        assert (found.mark, "cannot be bound" in str(found.text)) == ("note", True)


async def test_a_bridge_with_a_wrong_token_or_of_another_account_is_named() -> None:
    port, tasks = free_port(), Tasks("the test")
    tasks.spawn(dial_until_there(GroupChat(), port))
    guarded = OneBotSection(enabled=True, port=port, token=SecretStr("s3cret"))
    assert "without a token: enter the one of ROOST_ONEBOT_TOKEN" in await refusal(guarded)
    assert "the account 10000 is not in [onebot] accounts" in await refusal(
        OneBotSection(enabled=True, port=port, accounts=[5])
    )
    await tasks.finish()


def test_the_steps_are_there_in_two_languages() -> None:
    assert "reverse WebSocket" in steps(OneBotSection(), "en")
    assert "反向 WebSocket" in steps(OneBotSection(), "zh_CN")
