import asyncio

import pytest
from websockets.asyncio.server import ServerConnection, serve

from bot.platforms.onebot import dialer as module
from bot.platforms.onebot.accounts import Accounts
from bot.platforms.onebot.bridge import Bridge
from bot.platforms.onebot.dialer import Dialer
from bot.tasks import Tasks
from tests.waiting import until
from tests.wire_onebot.group_chat import GroupChat
from tests.wire_onebot.links import listening, until_connected


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MIN_RETRY", 0.01)


async def test_we_dial_and_dial_again_when_the_bridge_was_away() -> None:
    joined: asyncio.Queue[Bridge] = asyncio.Queue()
    accounts, tasks, chat = Accounts(frozenset(), joined.put_nowait), Tasks("the test"), GroupChat()
    async with listening(chat) as (server, port):
        dialer = Dialer(accounts, f"ws://127.0.0.1:{port}/", "s3cret")
        tasks.spawn(dialer.run())
        bridge = await joined.get()
        await until_connected(bridge)
        assert await bridge.call("get_login_info", {}) == {"user_id": 10000, "nickname": "Roost"}
        for connection in list(server.connections):
            await connection.close()
            await connection.wait_closed()
        await until(lambda: bridge.sessions == 2)  # the old connection may still seem open
        await bridge.call("get_version_info", {})
        await tasks.finish()


async def test_an_unexpected_error_ends_the_connection_and_we_dial_again(monkeypatch: pytest.MonkeyPatch) -> None:
    joined: asyncio.Queue[Bridge] = asyncio.Queue()
    accounts, tasks, chat = Accounts(frozenset(), joined.put_nowait), Tasks("the test"), GroupChat()
    serve_accounts = accounts.serve

    async def fail(*_: object) -> str:
        monkeypatch.setattr(accounts, "serve", serve_accounts)
        raise KeyError("something that nobody expects")

    monkeypatch.setattr(accounts, "serve", fail)
    async with listening(chat) as (_, port):
        tasks.spawn(Dialer(accounts, f"ws://127.0.0.1:{port}/", "s3cret").run())
        await until_connected(await joined.get())
        await tasks.finish()


async def test_why_there_is_no_connection_is_told_in_words() -> None:
    dialer = Dialer(Accounts(frozenset(), lambda bridge: None), "ws://127.0.0.1:1/", "")
    tasks = Tasks("the test")
    tasks.spawn(dialer.run())
    await dialer.failed.wait()
    assert str(dialer.problem).startswith("ws://127.0.0.1:1/: ")
    await tasks.finish()


@pytest.mark.parametrize(
    ("frame", "code", "problem"),
    [('{"status": "failed", "retcode": 1403, "data": null, "wording": "token"}', 1000, "the token is wrong: token"),
     ("", 1008, "is the token right?"), ("", 1000, "closed the connection (1000")],
)  # fmt: skip
async def test_a_bridge_that_refuses_the_token_is_told_in_words(frame: str, code: int, problem: str) -> None:
    """NapCat sends a frame and closes; LLBot only closes."""

    async def refuse(connection: ServerConnection) -> None:
        if frame:
            await connection.send(frame)
        await connection.close(code)

    tasks = Tasks("the test")
    async with serve(refuse, "127.0.0.1", 0) as server:
        port = int(next(iter(server.sockets)).getsockname()[1])
        dialer = Dialer(Accounts(frozenset(), lambda bridge: None), f"ws://127.0.0.1:{port}/", "wrong")
        tasks.spawn(dialer.run())
        await dialer.failed.wait()
        assert problem in str(dialer.problem)
        await tasks.finish()
