"""The form of an answer on QQ."""

from pathlib import Path

import pytest

from tests.fakes import FakeEngine
from tests.platforms.onebot.talking import at, connected, quoting, words
from tests.wire_onebot.group_chat import GroupChat, Json

LONG = " the owl sat in a tree. the moon said hello to you." * 8


async def test_pieces_come_one_after_the_other_and_the_first_one_quotes(tmp_path: Path) -> None:
    chat, engine = GroupChat(), FakeEngine()
    engine.enqueue(LONG)
    async with connected(tmp_path, chat, engine, pieces=3) as bot:
        number = await chat.say([at(), words("hello")])
        await chat.until(lambda: len(chat.posted) == 3)
        assert [each.quotes for each in chat.posted] == [str(number), None, None]
        assert " ".join(each.text for each in chat.posted) == LONG.strip()
        engine.enqueue(" the river")
        await chat.say([quoting(chat.posted[1].id), words("and?")])
        await chat.until(lambda: len(chat.posted) == 4)
        assert await bot.inputs() == ["hello", "and?"]


async def test_a_long_answer_is_a_merged_forward_else_plain_messages(tmp_path: Path) -> None:
    for extras in (True, False):
        chat, engine = GroupChat(), FakeEngine()
        if not extras:
            del chat.actions["send_group_forward_msg"]
        engine.enqueue(LONG)
        async with connected(tmp_path / str(extras), chat, engine, forward_after_chars=200):
            await chat.say([at(), words("hello")])
            await chat.until(lambda chat=chat: bool(chat.posted))  # type: ignore[misc]
            assert bool(chat.posted[0].forward) is extras
            assert extras or chat.posted[0].text == LONG.strip()


async def test_a_number_in_reply_presses_a_button(tmp_path: Path) -> None:
    chat, engine = GroupChat(), FakeEngine()
    engine.enqueue(" the owl", " the moon")
    async with connected(tmp_path, chat, engine, choices=True) as bot:
        await chat.say([at(), words("hello")])
        await chat.until(lambda: len(chat.posted) == 1)
        assert chat.posted[0].text.startswith("the owl\n\nReply with a number: 1 ")
        await chat.say([quoting(chat.posted[0].id), words("1")])
        await chat.until(lambda: len(chat.posted) == 2)
        assert chat.posted[1].text.startswith("the moon\n\n")
        assert await bot.inputs() == ["hello"]


async def test_what_the_model_writes_is_never_a_code(tmp_path: Path) -> None:
    chat, engine = GroupChat(), FakeEngine()
    engine.enqueue(" [CQ:at,qq=all] @all")
    async with connected(tmp_path, chat, engine):
        await chat.say([at(), words("hello")], name="[CQ:at,qq=all]\n\nUser: x")
        await chat.until(lambda: bool(chat.posted))
        kinds = [part["type"] for part in chat.posted[0].segments]
        assert kinds == ["reply", "text"]
        assert chat.posted[0].text == "[CQ:at,qq=all] @all"


@pytest.mark.parametrize(
    ("group", "expected"),
    [(None, ["set_input_status"]), (1, ["set_msg_emoji_like", "set_msg_emoji_like"])],
)
async def test_thinking_shows_where_the_bridge_can(tmp_path: Path, group: int | None, expected: list[str]) -> None:
    chat = GroupChat()

    def extras() -> list[Json]:
        return [params for action, params in chat.calls if action in expected]

    async with connected(tmp_path, chat, thinking=True):
        await chat.say([at(), words("hello")], group=group)
        await chat.until(lambda: bool(chat.posted) and len(extras()) >= len(expected))
    if group:
        assert [each["set"] for each in extras()] == [True, False]


async def test_a_bridge_that_fails_at_quotes_gets_the_words_alone(tmp_path: Path) -> None:
    chat = GroupChat()
    chat.fail = lambda action, params: (
        (100, "message not found") if '"reply"' in str(params).replace("'", '"') else None
    )
    async with connected(tmp_path, chat):
        await chat.say([at(), words("hello")])
        await chat.until(lambda: bool(chat.posted))
        assert chat.posted[0].quotes is None


@pytest.mark.parametrize("extras", [True, False])
async def test_files_are_uploaded_where_the_bridge_can_and_the_words_come_once(tmp_path: Path, extras: bool) -> None:
    chat = GroupChat(extras=extras)
    async with connected(tmp_path, chat):
        await chat.say([at(), words("hello")])
        await chat.until(lambda: len(chat.posted) == 1)
        number = await chat.say("+export")
        await chat.until(lambda: len(chat.posted) == 2)
        last = await chat.say([at(), words("last")])
        await chat.until(lambda: any(each.quotes == str(last) for each in chat.posted))
        assert len([each for each in chat.posted if each.quotes == str(number)]) == 1
    files = [params for action, params in chat.calls if action == "upload_group_file" and extras]
    assert [str(params["file"]).startswith("base64://") for params in files] == [True] * extras


async def test_a_quote_names_the_place_in_the_talk_where_the_bridge_tells_it(tmp_path: Path) -> None:
    chat = GroupChat()
    async with connected(tmp_path, chat):
        number = await chat.say([at(), words("hello")], real_seq="4711")
        await chat.until(lambda: bool(chat.posted))
        assert chat.posted[0].segments[0] == {"type": "reply", "data": {"id": str(number), "seq": 4711}}
