from pathlib import Path

import pytest

from bot.platforms.qq import qq_delivery as module
from bot.platforms.qq.qq_delivery import LONGEST_MESSAGE, MOST_PIECES, pieces_of
from bot.platforms.qq.rest import Rest, Unreachable
from tests.fakes import FakeEngine
from tests.platforms.qq.onqq import group_message, talking
from tests.wire_qq.tencent import Tencent, running


def test_a_reply_never_needs_more_answers_than_a_message_allows() -> None:
    assert pieces_of("hello") == ["hello"]
    pieces = pieces_of("word " * 10_000)
    assert len(pieces) == MOST_PIECES
    assert all(len(piece) <= LONGEST_MESSAGE for piece in pieces)
    assert pieces[-1].endswith("…")


async def test_a_window_that_has_closed_costs_the_answer_and_not_the_turn(tmp_path: Path) -> None:
    tencent = Tencent()
    tencent.closed_windows.add("m1")
    async with running(tencent) as url, talking(tmp_path, url) as bot:
        await tencent.until(lambda: bool(tencent.greetings))
        await tencent.say("GROUP_AT_MESSAGE_CREATE", **group_message("m1", "one"))
        await tencent.say("GROUP_AT_MESSAGE_CREATE", **group_message("m2", "two", author={"member_openid": "B"}))
        await tencent.until(lambda: bool(tencent.sent))
        assert [each.body["msg_id"] for each in tencent.sent] == ["m2"]
        assert await bot.inputs() == ["one", "two"]


async def test_an_answer_that_was_lost_on_the_way_is_sent_under_the_same_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.01)
    tencent, tries, real = Tencent(), list[object](), Rest.request

    async def unsure(rest: Rest, method: str, path: str, body: dict[str, object]) -> object:
        data = await real(rest, method, path, body)  # type: ignore[arg-type]
        if method == "POST" and len(tries) < 2:
            tries.append(body["msg_seq"])
            raise Unreachable("the answer was lost")
        return data

    async with running(tencent) as url, talking(tmp_path, url):
        await tencent.until(lambda: bool(tencent.greetings))
        monkeypatch.setattr(Rest, "request", unsure)
        await tencent.say("GROUP_AT_MESSAGE_CREATE", **group_message("m1", "one"))
        await tencent.say("GROUP_AT_MESSAGE_CREATE", **group_message("m2", "two", author={"member_openid": "B"}))
        await tencent.until(lambda: len(tencent.sent) == 2)
        assert [each.body["msg_id"] for each in tencent.sent] == ["m1", "m2"]
        assert tries[0] == 1


async def test_model_text_is_sent_as_plain_text(tmp_path: Path) -> None:
    tencent, engine = Tencent(), FakeEngine()
    engine.enqueue(" <@everyone> **hello** 1 < 2")
    async with running(tencent) as url, talking(tmp_path, url, engine):
        await tencent.until(lambda: bool(tencent.greetings))
        await tencent.say("GROUP_AT_MESSAGE_CREATE", **group_message("m1", "one"))
        await tencent.until(lambda: bool(tencent.sent))
        expected = {"content": "<\u200b@everyone> **hello** 1 < 2", "msg_type": 0, "msg_id": "m1", "msg_seq": 1}
        assert tencent.sent[0].body == expected
