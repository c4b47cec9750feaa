"""Each message is sent once, whatever the bridge loses."""

import asyncio
import time
from collections.abc import Mapping
from functools import partial

import pytest

from bot.platforms.line.sending import MessageRejected, NotPermitted, Undelivered
from bot.platforms.onebot import posting as module
from bot.platforms.onebot.bridge import Bridge
from bot.platforms.onebot.places import OneBotPlace
from bot.platforms.onebot.posting import OutgoingMessage, history
from bot.platforms.onebot.segments import text_segment
from tests.platforms.onebot.posts import DirectSocket, joined, posting
from tests.wire_onebot.group_chat import GroupChat, Json

GROUP = OneBotPlace("group", "1")
HELLO = OutgoingMessage(place=GROUP, segments=[text_segment("hello")])
TIMEOUT = (1200, "Timeout: NTEvent serviceAndMethod:NodeIKernelMsgService/sendMsg")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_AFTER", 0.0)
    monkeypatch.setattr(module, "RETRY_AFTER", 0.0)


async def test_a_message_goes_where_it_belongs() -> None:
    chat = GroupChat()
    out = posting(joined(chat))
    number = await out.post(HELLO)
    await out.post(OutgoingMessage(place=OneBotPlace("private", "7"), segments=[text_segment("hi")]))
    assert [(each.place, each.text) for each in chat.posted] == [("group:1", "hello"), ("private:7", "hi")]
    assert out.is_own(number)
    assert not out.is_own("5")


async def test_a_time_out_though_it_was_sent_is_not_repeated() -> None:
    chat = GroupChat()
    chat.time_out_though_sent = 1
    number = await posting(joined(chat)).post(HELLO)
    assert [str(each.id) for each in chat.posted] == [number]


async def test_an_earlier_message_of_the_same_words_is_not_taken_for_the_lost_one() -> None:
    chat = GroupChat()
    out = posting(joined(chat))
    first = await out.post(HELLO)
    moods = [TIMEOUT]
    chat.fail = lambda action, params: moods.pop() if moods and action == "send_group_msg" else None
    second = await out.post(HELLO)
    assert first != second
    assert len(chat.posted) == 2


async def test_what_an_earlier_process_said_in_the_same_words_is_not_taken_for_the_lost_one() -> None:
    chat = GroupChat()
    old = chat._post({"group_id": 1}, [text_segment("hello").as_json()])
    chat.messages[str(old.id)]["time"] = int(time.time()) - 600
    tries = 0

    def lost(action: str, params: Json) -> tuple[int, str] | None:
        nonlocal tries
        tries += action == "send_group_msg"
        return (1200, "Timeout: sendMsg") if action == "send_group_msg" and tries == 1 else None

    chat.fail = lost
    number = await posting(joined(chat)).post(
        OutgoingMessage(place=OneBotPlace("group", "1"), segments=[text_segment("hello")])
    )
    assert number != str(old.id)
    assert len(chat.posted) == 2


async def test_where_nobody_can_know_it_is_taken_for_sent() -> None:
    chat = GroupChat(extras=False)
    chat.fail = lambda action, params: TIMEOUT if action == "send_group_msg" else None
    number = await posting(joined(chat)).post(HELLO)
    assert number.startswith("unknown-")
    assert [action for action, _ in chat.calls].count("send_group_msg") == 1


@pytest.mark.parametrize("arrived", [True, False])
async def test_where_the_connection_breaks_during_the_look_it_is_looked_for_again(arrived: bool) -> None:
    chat, moods = GroupChat(), [] if arrived else [TIMEOUT]
    chat.time_out_though_sent = int(arrived)
    chat.fail = lambda action, params: moods.pop() if moods else None
    chat.lose_answers_to.add("get_group_msg_history")
    bridge = joined(chat)
    sent = asyncio.create_task(posting(bridge).post(HELLO))
    await chat.until(lambda: chat.calls[-1:] != [] and chat.calls[-1][0] == "get_group_msg_history")
    await bridge.close()
    chat.lose_answers_to.clear()
    bridge.attach(DirectSocket(chat, bridge), "universal")
    number = await sent
    assert [str(each.id) for each in chat.posted] == [number]


@pytest.mark.parametrize("arrived", [True, False])
async def test_where_the_connection_is_gone_before_the_look_it_is_looked_for_later(
    arrived: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat, moods = GroupChat(), [] if arrived else [TIMEOUT]
    chat.time_out_though_sent = int(arrived)
    chat.fail = lambda action, params: moods.pop() if moods else None
    bridge, looks = joined(chat), asyncio.Event()

    async def gone(bridge: Bridge, place: OneBotPlace, count: int) -> list[Mapping[str, object]]:
        monkeypatch.setattr(module, "history", history)
        await bridge.close()
        looks.set()
        return await history(bridge, place, count)

    monkeypatch.setattr(module, "history", gone)
    sent = asyncio.create_task(posting(bridge).post(HELLO))
    await looks.wait()
    bridge.attach(DirectSocket(chat, bridge), "universal")
    number = await sent
    assert [str(each.id) for each in chat.posted] == [number]


async def test_a_message_that_nobody_can_look_for_is_taken_for_sent_and_the_third_is_the_last(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chat, told = GroupChat(), list[OneBotPlace]()

    async def tell(place: OneBotPlace) -> None:
        told.append(place)

    monkeypatch.setattr(module, "history", partial(history, seconds=0.01))
    chat.time_out_though_sent = 3
    chat.lose_answers_to.add("get_group_msg_history")
    out = posting(joined(chat), tell)
    for _ in range(2):
        assert (await out.post(HELLO)).startswith("unknown-")
    with pytest.raises(NotPermitted):
        await out.post(HELLO)
    assert told == [GROUP]
    assert len(chat.posted) == 3


async def test_after_three_time_outs_the_group_rests_and_the_owner_hears_of_it() -> None:
    chat, told = GroupChat(), list[OneBotPlace]()

    def mood(action: str, params: Json) -> tuple[int, str] | None:
        return TIMEOUT if action == "send_group_msg" else None

    async def tell(place: OneBotPlace) -> None:
        told.append(place)

    chat.fail = mood
    out = posting(joined(chat), tell)
    with pytest.raises(NotPermitted):
        await out.post(HELLO)
    assert [action for action, _ in chat.calls].count("send_group_msg") == 3
    assert told == [GROUP]
    with pytest.raises(NotPermitted, match="rests"):
        await out.post(HELLO)
    assert [action for action, _ in chat.calls].count("send_group_msg") == 3
    assert await out.post(OutgoingMessage(place=OneBotPlace("private", "7"), segments=[text_segment("hi")]))


async def test_what_the_bridge_says_was_not_sent_is_sent_again_a_few_times() -> None:
    chat, moods = GroupChat(), [(1200, "busy"), (1200, "busy")]
    chat.fail = lambda action, params: moods.pop() if moods else None
    await posting(joined(chat)).post(HELLO)
    assert len(chat.posted) == 1
    chat.fail = lambda action, params: (1200, "busy")
    with pytest.raises(MessageRejected):
        await posting(joined(chat)).post(HELLO)
    assert len(chat.calls) == 3 + 3


@pytest.mark.parametrize(
    ("reason", "error"),
    [("result 120", NotPermitted), ("result: 110", NotPermitted), ("you are muted", NotPermitted),
     ("发送失败，被禁言", NotPermitted),
     ("no", MessageRejected)],
)  # fmt: skip
async def test_refusals_are_told_apart(reason: str, error: type[Exception]) -> None:
    chat = GroupChat()
    chat.fail = lambda action, params: (1200, reason)
    with pytest.raises(error):
        await posting(joined(chat)).post(HELLO)


async def test_without_a_connection_a_message_waits_until_the_end() -> None:
    bridge = Bridge("1")
    out = posting(bridge)
    waiting = asyncio.create_task(out.post(HELLO))
    await asyncio.sleep(0)
    out.close()
    with pytest.raises(Undelivered):
        await waiting


async def test_what_is_asked_waits_for_the_bridge_too() -> None:
    chat, bridge = GroupChat(), Bridge("10000")
    asked = asyncio.create_task(posting(bridge).ask("get_login_info", {}))
    await asyncio.sleep(0)
    assert not asked.done()
    bridge.attach(DirectSocket(chat, bridge), "universal")
    assert await asked == {"user_id": 10_000, "nickname": "Roost"}
