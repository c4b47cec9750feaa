"""Bridges on real WebSockets: tokens, accounts, pairs of connections, replacements."""

import asyncio
import gc
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from bot.platforms.onebot import listener as module
from bot.platforms.onebot.accounts import Accounts
from bot.platforms.onebot.bridge import Bridge
from bot.platforms.onebot.frames import MessageEvent
from bot.platforms.onebot.listener import Listener
from tests.waiting import PATIENCE, until
from tests.wire_onebot.group_chat import GroupChat
from tests.wire_onebot.links import dialled, until_connected


class Joined:
    """Records the accounts that joined, and can wait for the next."""

    def __init__(self, allowed: frozenset[str] = frozenset()) -> None:
        self.queue: asyncio.Queue[Bridge] = asyncio.Queue()
        self.accounts = Accounts(allowed, self.queue.put_nowait)


@asynccontextmanager
async def listening(token: str = "", allowed: frozenset[str] = frozenset()) -> AsyncIterator[tuple[Listener, Joined]]:
    joined = Joined(allowed)
    listener = Listener(joined.accounts, "127.0.0.1", 0, token)
    await listener.start()
    try:
        yield listener, joined
    finally:
        await listener.close()


async def test_a_bridge_dials_and_both_sides_talk() -> None:
    chat = GroupChat()
    async with listening() as (listener, joined), dialled(chat, listener.port):
        bridge = await joined.queue.get()
        await until_connected(bridge)
        assert bridge.account == "10000"
        chat.reverse_answers = True
        login, version = await asyncio.gather(bridge.call("get_login_info", {}), bridge.call("get_version_info", {}))
        assert isinstance(login, dict)
        assert isinstance(version, dict)
        assert (login["nickname"], version["app_name"]) == ("Roost", "SmallBridge")
        number = await chat.say("hello")
        event = await bridge.events.get()
        assert isinstance(event, MessageEvent)
        assert event.message_id == str(number)


@pytest.mark.parametrize(
    ("headers", "path"),
    [
        ({"Authorization": "Bearer s3cret"}, "/onebot/v11/ws"),
        ({"Authorization": "Token s3cret"}, "/ws"),
        ({"Authorization": "bearer s3cret"}, "/onebot/v11/"),
        ({}, "/onebot/v11/ws?access_token=s3cret"),
        ({"Authorization": "Bearer "}, "/?access_token=s3cret"),
    ],
)
async def test_the_token_is_taken_in_all_three_ways(headers: dict[str, str], path: str) -> None:
    async with listening("s3cret") as (listener, joined), dialled(GroupChat(), listener.port, path=path, **headers):
        assert (await joined.queue.get()).account == "10000"


@pytest.mark.parametrize(
    ("headers", "path", "status"),
    [({}, "/ws", 401), ({"Authorization": "Bearer "}, "/ws", 401), ({"Authorization": "Bearer wrong"}, "/ws", 403),
     ({}, "/ws?access_token=wrong", 403)],
)  # fmt: skip
async def test_without_the_token_there_is_no_websocket(headers: dict[str, str], path: str, status: int) -> None:
    async with listening("s3cret") as (listener, joined):
        with pytest.raises(InvalidStatus) as caught:
            async with connect(f"ws://127.0.0.1:{listener.port}{path}", additional_headers=headers):
                pass
        assert caught.value.response.status_code == status
        assert joined.queue.empty()


async def test_an_api_and_an_event_connection_are_one_account() -> None:
    chat = GroupChat(-7)
    async with (
        listening() as (listener, joined),
        dialled(chat, listener.port, role="Api"),
        dialled(chat, listener.port, role="Event"),
    ):
        bridge = await joined.queue.get()
        await until_connected(bridge)
        assert await bridge.call("get_login_info", {}) == {"user_id": -7, "nickname": "Roost"}
        await chat.say("hello")
        assert isinstance(await bridge.events.get(), MessageEvent)
        assert joined.queue.empty()


async def test_an_api_connection_without_a_header_is_asked_whose_it_is() -> None:
    chat = GroupChat(-7)
    async with listening() as (listener, joined), dialled(chat, listener.port, role="Api", **{"X-Self-ID": ""}):
        bridge = await joined.queue.get()
        await until_connected(bridge)
        assert bridge.account == "-7"
        assert await bridge.call("get_version_info", {})


async def test_several_accounts_share_the_port_and_others_are_refused() -> None:
    async with (
        listening(allowed=frozenset({"1", "2"})) as (listener, joined),
        dialled(GroupChat(1), listener.port),
        dialled(GroupChat(2), listener.port),
    ):
        assert {(await joined.queue.get()).account for _ in range(2)} == {"1", "2"}
        async with dialled(GroupChat(3), listener.port) as refused:
            await refused.wait_closed()
            assert refused.close_code == 1008
    assert set(joined.accounts.bridges) == {"1", "2"}


async def test_the_newest_connection_of_an_account_wins() -> None:
    first, second = GroupChat(), GroupChat()
    async with listening() as (listener, joined), dialled(first, listener.port) as old:
        bridge = await joined.queue.get()
        await until_connected(bridge)
        async with dialled(second, listener.port):
            await old.wait_closed()
            await bridge.call("get_login_info", {})
            assert [action for action, _ in second.calls] == ["get_login_info"]
            assert first.calls == []


async def test_a_header_with_another_id_is_us_as_well() -> None:
    async with listening() as (listener, joined), dialled(GroupChat(5), listener.port, **{"X-Self-ID": "nick5"}):
        bridge = await joined.queue.get()
        assert (bridge.account, bridge.own_ids) == ("5", {"5", "nick5"})


async def test_a_connection_that_breaks_before_its_first_frame_leaves_no_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with listening() as (listener, joined):
        async with connect(f"ws://127.0.0.1:{listener.port}/ws") as connection:
            await connection.send("x" * (1 << 21))
            await connection.wait_closed()
        async with dialled(GroupChat(), listener.port):
            await joined.queue.get()
    assert "Traceback" not in caplog.text


async def test_a_frame_of_a_megabyte_ends_its_connection_only() -> None:
    chat = GroupChat()
    async with listening() as (listener, joined), dialled(chat, listener.port) as connection:
        bridge = await joined.queue.get()
        await connection.send("x" * (1 << 21))
        await connection.wait_closed()
        assert connection.close_code == 1009
        async with dialled(chat, listener.port):
            await until(lambda: bridge.sessions == 2)  # the old connection may still seem open
            await bridge.call("get_login_info", {})


async def test_closing_does_not_wait_for_one_that_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "OPEN_SECONDS", 10 * PATIENCE)
    async with listening() as (listener, _):
        _, writer = await asyncio.open_connection("127.0.0.1", listener.port)
        await until(lambda: listener._accepted)
        async with asyncio.timeout(PATIENCE):
            await listener.close()
        writer.close()


@pytest.mark.parametrize("steps", range(6))
async def test_closing_while_somebody_dials_leaks_nothing(steps: int) -> None:
    async with listening() as (listener, _):
        client = socket.create_connection(("127.0.0.1", listener.port))
        for _ in range(steps):
            await asyncio.sleep(0)
    client.close()
    await asyncio.sleep(0)
    gc.collect()  # anything left open is an error in this test
