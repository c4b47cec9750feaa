"""A scene on QQ: lines as ``NAME: text``, and numbers in place of buttons."""

from pathlib import Path

from tests.platforms.onebot.talking import connected, quoting, words
from tests.wire_onebot.group_chat import GroupChat


async def test_a_number_picks_a_candidate_also_after_a_restart(tmp_path: Path) -> None:
    chat = GroupChat()

    async def told(count: int) -> str:
        await chat.until(lambda: len(chat.posted) == count)
        return chat.posted[-1].text

    async with connected(tmp_path, chat, choices=True) as bot:
        await chat.say("+scene import Ann: Hello.\n\nBen: Hm.", group=None)
        assert (await told(2)).startswith("Ben: Hm.")
        await chat.say("+candidates 3", group=None)
        await told(3)
        bot.engine.enqueue(" One.", " Two.", " Three.")
        await chat.say("+speak Ann", group=None)
        line = await told(4)
        assert line.startswith("Ann: ")
        assert "2. Two." in line
        assert "1–3 👆  4 🔄  5 ✅  6 🗑️  7 Ben  8 Narrator  9 Passer-by  10 Ann" in line
        candidates = chat.posted[-1].id
    async with connected(tmp_path, chat, choices=True) as bot:
        await chat.say([quoting(candidates), words("2")], group=None)
        assert (await told(5)).startswith("Ann: Two.")
        await chat.say([quoting(candidates), words("3")], group=None)
        assert "faster" in await told(6)
        bot.engine.enqueue(" Yes.", " No.", " Never.")
        await chat.say([quoting(chat.posted[4].id), words("7")], group=None)
        assert (await told(7)).startswith("Ben: ")
