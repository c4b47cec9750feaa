"""A scene's panel in the official interface: a keyboard if QQ grants one, otherwise numbers."""

from pathlib import Path

from tests.platforms.qq.running_bot import Running, group_message, talking
from tests.platforms.qq.test_qq_intake import press
from tests.wire_qq.tencent import Tencent, running

SCENE = "+scene import Ann: Hello.\n\nBen: Hm."


async def ask(tencent: Tencent, number: str, text: str, quoted: int | None = None) -> str:
    """Reply to the bot's message with that number; return the text of the last answer."""
    quote: dict[str, object] = {}
    if quoted is not None:
        quote = {"message_type": 103, "msg_elements": [{"msg_idx": f"REFIDX_{quoted}", "content": "x"}]}
    await tencent.say("GROUP_AT_MESSAGE_CREATE", **group_message(number, text, **quote))
    await tencent.until(lambda: bool(tencent.outbox.answers[number]))
    return tencent.outbox.answers[number][-1].text


async def draw_three(tencent: Tencent, bot: Running) -> str:
    """Draw three candidates for Ann's line; return the message that shows them."""
    await tencent.until(lambda: bool(tencent.greetings))
    await ask(tencent, "m1", SCENE)
    await tencent.until(lambda: len(tencent.sent) == 2)
    await ask(tencent, "m2", "+candidates 3")
    bot.engine.enqueue(" One.", " Two.", " Three.")
    return await ask(tencent, "m3", "+speak Ann")


async def test_a_number_picks_a_candidate_also_after_a_restart(tmp_path: Path) -> None:
    tencent = Tencent()
    async with running(tencent) as url:
        async with talking(tmp_path, url, keyboards=False) as bot:
            line = await draw_three(tencent, bot)
            assert line.startswith("**Ann**: ")
            assert "2. Two." in line
            assert "1–3 👆  4 🔄  5 ✅  6 🗑️  7 Ben  8 Narrator  9 Passer-by  10 Ann" in line
            shown = tencent.sent[-1].number
        async with talking(tmp_path, url, keyboards=False) as bot:
            await tencent.until(lambda: len(tencent.greetings) == 2)
            assert (await ask(tencent, "m4", " 2 ", shown)).startswith("**Ann**: Two.")
            assert "faster" in await ask(tencent, "m5", "3", shown)
            bot.engine.enqueue(" Yes.", " No.", " Never.")
            picked = tencent.outbox.answers["m4"][-1].number
            assert (await ask(tencent, "m6", "7", picked)).startswith("**Ben**: ")


async def test_the_keyboard_picks_a_candidate(tmp_path: Path) -> None:
    tencent = Tencent()
    async with running(tencent) as url, talking(tmp_path, url) as bot:
        line = await draw_three(tencent, bot)
        assert "2. Two." in line
        buttons = {str(each["render_data"]["label"]): each["action"] for each in tencent.sent[-1].buttons}  # type: ignore[index]
        assert list(buttons) == ["1", "2", "3", "🔄", "✅", "🗑️", "Ben", "Narrator", "Passer-by", "Ann"]
        count = len(tencent.sent)
        action = buttons["2"]
        assert isinstance(action, dict)
        await press(tencent, "P1", str(action["data"]))
        await tencent.until(lambda: len(tencent.sent) > count)
        assert tencent.sent[-1].text.startswith("**Ann**: Two.")
