import contextlib

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from bot.platforms.onebot import accounts as module
from bot.platforms.onebot.accounts import Accounts
from bot.platforms.onebot.listener import Listener


async def test_a_connection_that_never_says_whose_it_is_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_FRAME_SECONDS", 0.05)
    accounts = Accounts(frozenset(), lambda bridge: None)
    listener = Listener(accounts, "127.0.0.1", 0, "")
    await listener.start()
    try:
        async with connect(f"ws://127.0.0.1:{listener.port}/") as connection:
            with contextlib.suppress(ConnectionClosed):  # it may be over already
                await connection.send('{"retcode": 0}')
            await connection.wait_closed()
            assert connection.close_code == module.POLICY
    finally:
        await listener.close()
    assert accounts.bridges == {}
