"""How a scene answers people: their lines, who replies, other candidates."""

from dataclasses import replace

from tests.commands.a_scene import talk as talk
from tests.commands.talking import BOB, Talk


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
    assert "**2.** Two." in await talk.say("+speak Ann")
    talk.engine.enqueue(" Four.")
    assert await talk.say("+more") == "Four."
    assert (await talk("+pick 2")).text == "Two."
    reply = await talk("+pick 3 Three, or so.")
    assert (reply.text, reply.position) == ("Three, or so.", (5, 5))
    await talk("+speak Old Tom")
    assert talk.read().endswith("Ann: Three, or so.\n\nOld Tom:")
    assert await talk.say("+edit Mine.") == "Mine."


async def test_order_and_answers(talk: Talk) -> None:
    await talk("+scene begin the-well")
    assert "`natural`" in await talk.say("+order natural")
    talk.engine.enqueue(" Yes.")
    reply = await talk("Old Tom, did you?")
    assert reply.speaker is not None
    assert "Old Tom" in [shown.speaker.name for shown in talk.ears.replies if shown.speaker]
    await talk("+order list")
    before = len(talk.ears.replies)
    await talk("All of you!")
    assert [shown.speaker.name for shown in talk.ears.replies[before:] if shown.speaker] == ["Ann", "Old Tom"]
    await talk("+order model")
    talk.engine.enqueue("A", " I.")
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
    assert await talk.say("+") == "B."
