"""How a scene responds to people: their lines, who replies, other candidates."""

from dataclasses import replace
from pathlib import Path

from bot.events import Recovered
from tests.commands.scene_channel import talk as talk
from tests.commands.talking import ADMIN, ANN, BOB, Talk, talking


async def test_lines_of_people(talk: Talk) -> None:
    await talk("+scene begin the-well")
    reply = await talk('+as "old tom" Not me.')
    assert (reply.text, reply.speaker and reply.speaker.name) == ("Not me.", "Old Tom")
    assert (await talk("+narrate Rain.")).speaker is None
    assert "Boss has spoken" in await talk.say("Who was it?")
    await talk("+cast play zoe")
    await talk("Me!")
    assert "old tom-2 has spoken" in await talk.say("And me?", author=replace(BOB, name="old tom"))
    await talk("+speak Ann")
    assert talk.read().endswith(
        "Old Tom: Not me.\n\nRain.\n\nBoss: Who was it?\n\nZoe: Me!\n\nold tom-2: And me?\n\nAnn:"
    )


async def test_candidates_are_picked_and_changed(talk: Talk) -> None:
    await talk("+scene begin the-well")
    await talk("+candidates 3")
    talk.engine.enqueue(" One.", " Two.", " Three.")
    assert "2. Two." in await talk.say("+speak Ann")
    talk.engine.enqueue(" Four.")
    assert (await talk("+more")).text == "Four."
    assert (await talk("+pick 2")).text == "Two."
    reply = await talk("+pick 3 Three, or so.")
    assert (reply.text, reply.position) == ("Three, or so.", (7, 7))
    await talk("+speak Old Tom")
    assert talk.read().endswith("Ann: Three, or so.\n\nOld Tom:")
    assert await talk.say("+edit Mine.") == "Mine."


async def test_order_and_answers(talk: Talk) -> None:
    await talk("+scene begin the-well")
    assert "`natural`" in await talk.say("+order natural")
    talk.engine.enqueue(" Yes.")
    reply = await talk("Old Tom, did you?")
    assert reply.speaker is not None
    assert "Old Tom" in [shown.speaker.name for shown in talk.sink.replies if shown.speaker]
    await talk("+order list")
    before = len(talk.sink.replies)
    await talk("All of you!")
    assert [shown.speaker.name for shown in talk.sink.replies[before:] if shown.speaker] == ["Ann", "Old Tom"]
    await talk("+order model")
    talk.engine.likings[""] = [-999.0]  # silence is unlikely
    talk.engine.enqueue(" I.")
    reply = await talk("Somebody!")
    assert reply.text


async def test_the_commands_of_a_talk_know_scenes(talk: Talk) -> None:
    await talk("+scene begin the-well")
    for text in ("+continue", "+impersonate"):
        assert "In a scene" in await talk.say(text)
    await talk("+say Alone.")
    talk.engine.enqueue(" A.")
    await talk("+speak Ann")
    talk.engine.enqueue(" B.")
    assert (await talk("+")).text == "B."


async def test_every_line_counts_against_the_limits(tmp_path: Path) -> None:
    limits = {"user_per_minute": 6, "channel_per_minute": 0, "user_at_once": 20}
    async with talking(tmp_path, config={"limits": limits}) as talk:
        talk.author = ANN
        await talk("+scene import Ann: Hello.\n\nBen: Hm.", author=ADMIN)
        before = len(talk.sink.replies)
        assert "6" in await talk.say("+auto 20")
        lines = [shown for shown in talk.sink.replies[before:] if shown.speaker]
        assert len(lines) == 6
        await talk("+auto 7", author=ADMIN)
        assert len([shown for shown in talk.sink.replies if shown.speaker]) >= 6 + 7


async def test_candidates_of_a_setting_count_too(tmp_path: Path) -> None:
    limits = {"user_per_minute": 9, "channel_per_minute": 0, "user_at_once": 20}
    async with talking(tmp_path, config={"limits": limits}) as talk:
        await talk("+scene import Ann: Hello.\n\nBen: Hm.", author=ADMIN)
        await talk("+candidates 8", author=ADMIN)
        assert (await talk("+speak Ann", author=ANN)).kind == "turn"
        assert (await talk("+speak Ben", author=ANN)).kind == "error"


async def test_swipes_show_the_line_and_not_the_check_point(talk: Talk) -> None:
    await talk("+scene begin the-well")
    talk.engine.enqueue(" One.", " Two.")
    reply = await talk("+speak Ann -n=2")
    swiped = await talk(command="swipe", node=reply.node, arguments={"step": "right"})
    assert (swiped.text, swiped.position, swiped.speaker and swiped.speaker.name) == ("Two.", (2, 2), "Ann")
    assert (await talk("+swipe left")).text == "One."
    assert "There are 2" in await talk.say("+swipe left")


async def test_a_line_that_was_not_shown_is_shown_after_a_restart(talk: Talk) -> None:
    await talk("+scene begin the-well")
    reply = await talk("+speak Ann")
    assert reply.node is not None
    await talk.dispatcher.handle(Recovered(origin=talk.origin(), node=reply.node), talk.sink)
    again = talk.sink.replies[-1]
    assert (again.text, again.actions, again.speaker) == (reply.text, reply.actions, reply.speaker)
