from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.platforms.onebot import onebot_platform
from bot.platforms.onebot.onebot_platform import OneBotPlatform, is_loopback
from tests.platforms.onebot.talking import at, connected, running, words
from tests.wire_onebot.group_chat import GroupChat
from tests.wire_onebot.links import dialled, listening


async def test_an_open_port_needs_a_token(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="ROOST_ONEBOT_TOKEN"):
        async with running(tmp_path, host="192.0.2.1"):
            pass


async def test_a_taken_port_is_said_in_words(tmp_path: Path) -> None:
    async with running(tmp_path / "a") as bot:
        with pytest.raises(ConfigError, match="choose another"):
            async with running(tmp_path / "b", port=bot.platform.listener.port):
                pass


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("192.0.2.1", False),
        ("", False),
        ("example.org", False),
    ],
)
def test_what_only_this_machine_reaches(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


async def test_two_accounts_on_one_port_do_not_talk_to_each_other(tmp_path: Path) -> None:
    first, second = GroupChat(1), GroupChat(2)
    async with connected(tmp_path, first, talk_groups=[1]) as bot, dialled(second, bot.platform.listener.port):
        await first.say("hello", group=None)
        await second.say("hello", group=None)
        await first.until(lambda: bool(first.posted))
        await second.until(lambda: bool(second.posted))
        await first.say("I am the other one", user=2)
        number = await first.say("I am a person", user=3)
        await first.until(lambda: len(first.posted) == 2)
        assert first.posted[1].quotes == str(number)
        assert str(bot.platform.describe()) == "connected as Roost (1), Roost (2)"


async def test_a_bridge_that_we_dial_is_answered_too(tmp_path: Path) -> None:
    chat = GroupChat()
    async with listening(chat) as (_, port), running(tmp_path, urls=[f"ws://127.0.0.1:{port}/"]):
        await chat.until(lambda: bool(chat.calls))
        await chat.say([at(), words("hello")])
        await chat.until(lambda: bool(chat.posted))


async def test_announcements_reach_talk_groups_and_named_places(tmp_path: Path) -> None:
    chat = GroupChat()
    async with connected(tmp_path, chat, talk_groups=[1]) as bot:
        await chat.until(lambda: bool(chat.calls))
        assert await bot.platform.announce("good morning", ["private:7", "group:1", "elsewhere"]) == 2
        assert [each.place for each in chat.posted] == ["group:1", "private:7"]
    assert "waiting for a bridge" in str(bot.platform.describe())


async def test_an_account_is_opened_as_soon_as_the_database_answers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onebot_platform, "ASK_AGAIN", 0.01)
    ask, chat = OneBotPlatform._is_main, GroupChat()

    async def fail(*_: object) -> bool:
        monkeypatch.setattr(OneBotPlatform, "_is_main", ask)
        raise OSError("no database")

    monkeypatch.setattr(OneBotPlatform, "_is_main", fail)
    async with connected(tmp_path, chat):
        await chat.say([at(), words("hello")])
        await chat.until(lambda: bool(chat.posted))
    assert OneBotPlatform._is_main is ask, "nothing has failed"
