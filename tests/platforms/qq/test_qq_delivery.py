from pathlib import Path

import pytest

from bot.platforms.qq import qq_delivery as module
from bot.platforms.qq.rest import Rest, Unreachable
from tests.fakes import FakeEngine
from tests.platforms.qq.running_bot import group_message, talking
from tests.waiting import until
from tests.wire_qq.outbox import Json, Outbox
from tests.wire_qq.tencent import Tencent, running


async def test_a_window_that_has_closed_costs_the_answer_and_not_the_turn(tmp_path: Path) -> None:
    tencent = Tencent()
    tencent.outbox.closed_windows.add("m1")
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
    async with running(tencent) as url, talking(tmp_path, url, engine, markdown=False, choices=False):
        await tencent.until(lambda: bool(tencent.greetings))
        await tencent.say("GROUP_AT_MESSAGE_CREATE", **group_message("m1", "one"))
        await tencent.until(lambda: bool(tencent.sent))
        expected = {"content": "<\u200b@everyone> **hello** 1 < 2", "msg_type": 0, "msg_id": "m1", "msg_seq": 1}
        assert tencent.sent[0].body == expected


async def test_an_answer_is_markdown_with_buttons(tmp_path: Path) -> None:
    tencent, engine = Tencent(), FakeEngine()
    engine.enqueue(" **hello** ![x](http://evil.example/x.png)")
    async with running(tencent) as url, talking(tmp_path, url, engine):
        await tencent.until(lambda: bool(tencent.greetings))
        await tencent.say("GROUP_AT_MESSAGE_CREATE", **group_message("m1", "one"))
        await tencent.until(lambda: bool(tencent.sent))
        sent = tencent.sent[0]
        assert sent.text == "**hello** !\u200b[x](http://evil.example/x.png)"
        assert [button["action"]["data"].split(":")[1] for button in sent.buttons] == [  # type: ignore[index]
            "alternate", "continue", "undo",
        ]  # fmt: skip


async def test_what_qq_does_not_grant_is_left_out_from_then_on_and_after_a_restart(tmp_path: Path) -> None:
    tencent, tries = Tencent(outbox=Outbox(buttons=False)), list[Json]()

    def note(path: str, body: Json) -> None:
        tries.append(body)

    tencent.outbox.fail = note
    async with running(tencent) as url:
        for count in (1, 2):
            async with talking(tmp_path, url):
                await tencent.until(lambda count=count: len(tencent.greetings) == count)  # type: ignore[misc]
                await tencent.say("GROUP_AT_MESSAGE_CREATE", **group_message(f"m{count}", "one"))
                await tencent.until(lambda count=count: len(tencent.sent) == count)  # type: ignore[misc]
    assert ["keyboard" in body for body in tries] == [True, False, False]
    assert all(sent.text.splitlines()[-1].startswith("Reply with a number: 1 ") for sent in tencent.sent)


async def test_what_is_refused_in_one_form_comes_in_the_next(tmp_path: Path) -> None:
    tencent = Tencent(outbox=Outbox(markdown=False))
    async with running(tencent) as url, talking(tmp_path, url):
        await tencent.until(lambda: bool(tencent.greetings))
        await tencent.say("GROUP_AT_MESSAGE_CREATE", **group_message("m1", "one"))
        await tencent.until(lambda: bool(tencent.sent))
        assert tencent.sent[0].body["msg_type"] == 0


@pytest.mark.parametrize(("kind", "where", "place"), [
    ("AT_MESSAGE_CREATE", {"channel_id": "C1", "guild_id": "GUILD"}, "channels/C1"),
    ("DIRECT_MESSAGE_CREATE", {"channel_id": "C9", "guild_id": "D1"}, "dms/D1"),
])  # fmt: skip
async def test_channels_number_no_answers_and_a_lost_one_counts_as_sent(
    tmp_path: Path, kind: str, where: Json, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tencent, real = Tencent(), Rest.request
    lost: list[object] = []

    async def unsure(rest: Rest, method: str, path: str, body: Json) -> object:
        data = await real(rest, method, path, body)  # type: ignore[arg-type]
        if method == "POST" and not lost:
            lost.append(body)
            raise Unreachable("the answer was lost")
        return data

    async with running(tencent) as url, talking(tmp_path, url) as bot:
        await tencent.until(lambda: bool(tencent.greetings))
        monkeypatch.setattr(Rest, "request", unsure)
        author = {"id": "7", "username": "Ann", "bot": False}
        for number, text in (("m1", "<@!99> hello"), ("m2", "again")):
            body = {"id": number, "content": text, "author": author, "mentions": [{"id": "99", "bot": True}]}
            await tencent.say(kind, **(body | where))
            await until(lambda number=number: tencent.sent and tencent.sent[-1].body["msg_id"] == number)  # type: ignore[misc]
        assert [sent.place for sent in tencent.sent] == [place, place]
        assert await bot.inputs(place.replace("/", ":")) == ["hello", "again"]
