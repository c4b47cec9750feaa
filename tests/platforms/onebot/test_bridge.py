import asyncio
import json

import pytest

from bot.platforms.onebot import bridge as module
from bot.platforms.onebot.bridge import ActionFailed, ActionLost, Bridge, role_of
from bot.platforms.onebot.frames import MessageEvent


class FakeSocket:
    def __init__(self) -> None:
        self.sent: list[dict[str, object]] = []
        self.closed = False
        self.gone = False
        self._news = asyncio.Event()

    async def send(self, message: str) -> None:
        if self.gone:
            raise EOFError("gone")
        self.sent.append(json.loads(message))
        self._news.set()

    async def until(self, count: int) -> None:
        while len(self.sent) < count:
            self._news.clear()
            await self._news.wait()

    async def close(self, code: int = 1000, reason: str = "") -> None:
        self.closed = True


def answer(bridge: Bridge, echo: object, **result: object) -> None:
    bridge.receive(json.dumps({"status": "ok", "retcode": 0, "data": None, "echo": echo} | result))


async def test_answers_find_their_actions_in_any_order() -> None:
    bridge, socket = Bridge("1"), FakeSocket()
    bridge.attach(socket, "universal")
    first = asyncio.create_task(bridge.call("get_msg", {"message_id": 1}))
    second = asyncio.create_task(bridge.call("get_msg", {"message_id": 2}))
    await socket.until(2)
    answer(bridge, "somebody else's", data="x")
    answer(bridge, socket.sent[1]["echo"], data="two")
    answer(bridge, socket.sent[0]["echo"], data="one")
    assert (await first, await second) == ("one", "two")


async def test_a_failure_a_silence_and_a_time_out_of_the_bridge_differ() -> None:
    bridge, socket = Bridge("1"), FakeSocket()
    with pytest.raises(ActionFailed, match="not connected"):
        await bridge.call("send_msg", {})
    bridge.attach(socket, "universal")
    calls = [asyncio.create_task(bridge.call("send_msg", {})) for _ in range(2)]
    await socket.until(2)
    answer(bridge, socket.sent[0]["echo"], status="failed", retcode=1200, wording="muted")
    answer(bridge, socket.sent[1]["echo"], status="failed", retcode=1200, message="Timeout: NTEvent sendMsg")
    with pytest.raises(ActionFailed, match="muted"):
        await calls[0]
    with pytest.raises(ActionLost):
        await calls[1]
    with pytest.raises(ActionLost, match="no answer"):
        await bridge.call("send_msg", {}, seconds=0.01)
    socket.gone = True
    with pytest.raises(ActionLost, match="gone"):
        await bridge.call("send_msg", {})


async def test_an_unknown_action_is_not_supported_until_the_next_connection() -> None:
    bridge, socket = Bridge("1"), FakeSocket()
    bridge.attach(socket, "universal")
    call = asyncio.create_task(bridge.call("set_input_status", {}))
    await socket.until(1)
    answer(bridge, socket.sent[0]["echo"], status="failed", retcode=1404)
    with pytest.raises(ActionFailed):
        await call
    assert not bridge.supports("set_input_status")
    bridge.attach(FakeSocket(), "universal")
    assert bridge.supports("set_input_status")


async def test_the_newest_connection_wins_and_what_waits_for_the_old_one_is_lost() -> None:
    bridge, old, new = Bridge("1"), FakeSocket(), FakeSocket()
    bridge.attach(old, "universal")
    call = asyncio.create_task(bridge.call("send_msg", {}))
    await old.until(1)
    assert bridge.attach(new, "universal") == [old]
    with pytest.raises(ActionLost):
        await call
    assert not bridge.detach(old)
    assert bridge.connected
    assert bridge.detach(new)
    assert not bridge.connected


async def test_actions_go_by_the_api_connection_and_events_come_by_the_other() -> None:
    bridge, api, event = Bridge("1"), FakeSocket(), FakeSocket()
    assert bridge.attach(event, "event") == []
    assert not bridge.connected
    assert bridge.attach(api, "api") == []
    call = asyncio.create_task(bridge.call("get_login_info", {}))
    await api.until(1)
    bridge.attach(FakeSocket(), "event")  # a new event connection loses no action
    answer(bridge, api.sent[0]["echo"], data=1)
    assert await call == 1


async def test_missing_heartbeats_tell_a_half_open_connection() -> None:
    now = 0.0
    bridge = Bridge("1", clock=lambda: now)
    bridge.attach(FakeSocket(), "universal")
    heartbeat = {"post_type": "meta_event", "self_id": 1, "meta_event_type": "heartbeat", "interval": 30_000}
    now = 1000.0
    assert not bridge.silent()  # none was promised
    bridge.receive(json.dumps(heartbeat))
    now = 1089.0
    assert not bridge.silent()
    now = 1091.0
    assert bridge.silent()
    bridge.receive(json.dumps(heartbeat | {"status": {"online": False, "good": False}}))
    assert not bridge.silent()
    assert not bridge.online


def message(number: int, account: int = 1) -> str:
    return json.dumps(
        {"post_type": "message", "self_id": account, "message_type": "private", "message_id": number, "user_id": 2,
         "message": "hi"}
    )  # fmt: skip


async def test_events_of_other_accounts_and_broken_frames_are_left_out() -> None:
    bridge = Bridge("1")
    for data in ("{", "[]", message(1, account=2), '{"post_type": "message"}', message(3)):
        bridge.receive(data)
    event = bridge.events.get_nowait()
    assert isinstance(event, MessageEvent)
    assert event.message_id == "3"
    assert bridge.events.empty()


async def test_a_flood_of_events_and_of_actions_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_PENDING", 3)
    bridge, socket = Bridge("1"), FakeSocket()
    for number in range(module.MAX_EVENTS + 500):
        bridge.receive(message(number))
    assert bridge.events.qsize() == module.MAX_EVENTS
    bridge.attach(socket, "universal")
    calls = [asyncio.create_task(bridge.call("send_msg", {})) for _ in range(3)]
    await socket.until(3)
    with pytest.raises(ActionFailed, match="too many"):
        await bridge.call("send_msg", {})
    await bridge.close()
    assert socket.closed
    assert all(isinstance(each, ActionLost) for each in await asyncio.gather(*calls, return_exceptions=True))


@pytest.mark.parametrize(
    ("header", "path", "role"),
    [
        ("Universal", "/", "universal"), ("", "/onebot/v11/ws", "universal"), ("Api", "/ws", "api"),
        ("EVENT", "/ws", "event"), ("", "/onebot/v11/event/?access_token=x", "event"), ("", "/api", "api"),
    ],
)  # fmt: skip
def test_what_a_connection_carries(header: str, path: str, role: str) -> None:
    assert role_of(header, path) == role
