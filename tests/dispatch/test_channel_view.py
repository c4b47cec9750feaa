"""The place of a call: threads begin at their first message; edits and deletions affect only the last turn."""

from pathlib import Path

from bot.events import Deleted, Edited, Recovered, Thread
from tests.commands.talking import Talk, talking

FILTER = """
from bot.plugins.api import message_filter

@message_filter("after")
async def censor(context, text):
    return text.replace("Fake", "****")
"""


async def head(talk: Talk) -> str:
    return (await talk.conversation()).channel.head.input


async def test_an_edit_of_the_last_message_answers_anew(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk("one", id="m1")
        await talk("two", id="m2")
        count = len(talk.sink.replies)
        await talk.dispatcher.handle(Edited(origin=talk.origin(), id="m1", text="early"), talk.sink)
        assert len(talk.sink.replies) == count, "only the last thing that was said"
        await talk.dispatcher.handle(Edited(origin=talk.origin(), id="m2", text="three"), talk.sink)
        assert await head(talk) == "three"
        inputs = [node.input for node in await (await talk.conversation()).channel.history()]
        assert inputs[1:] == ["one", "three"]


async def test_a_deletion_takes_back_what_was_said_last(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk("one", id="m1")
        reply = await talk("two", id="m2")
        shown = talk.sink.ids[-1]
        assert reply.node is not None
        for gone in ("m1", shown, "unknown"):
            await talk.dispatcher.handle(Deleted(origin=talk.origin(), id=gone), talk.sink)
            assert await head(talk) == "two", f"{gone} is not what was said last"
        await talk.dispatcher.handle(Deleted(origin=talk.origin(), id="m2"), talk.sink)
        assert await head(talk) == "one"
        await talk.dispatcher.handle(Deleted(origin=talk.origin(channel="nowhere"), id="m2"), talk.sink)
        assert len(await talk.conversations.core.store.channels.all()) == 1


async def test_a_thread_goes_on_with_its_prompt_and_settings(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk("+prompt other")
        await talk("+set temperature 0.5 channel")
        await talk("one", id="m1")
        await talk("two", id="m2")
        thread = Thread("c", "m1")
        await talk("inside", channel="t", thread=thread)
        below = await talk.conversations.open("test", "t")
        assert [node.input for node in await below.channel.history()][1:] == ["one", "inside"]
        assert below.prompt.name == "other"
        assert below.channel.settings == (await talk.conversation()).channel.settings


async def test_what_people_are_shown_is_filtered_everywhere(tmp_path: Path) -> None:
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "censor.py").write_text(FILTER)
    async with talking(tmp_path) as talk:
        talk.engine.enqueue(" Fake news.")
        reply = await talk("hello", id="m1")
        assert reply.text == "**** news."
        assert reply.node is not None
        await talk.dispatcher.handle(Recovered(origin=talk.origin(), node=reply.node, id="m1"), talk.sink)
        assert (talk.sink.replies[-1].text, talk.sink.replies[-1].node) == ("**** news.", reply.node)
        for command in ("+history", "+tree", "+tree svg", "+export", "+load x"):
            await talk("+save x")
            shown = await talk(command)
            seen = shown.text + "".join(file.data.decode() for file in shown.files)
            assert "Fake" not in seen, command
        assert await talk.dispatcher.shown(talk.origin(), ["Fake", "x"]) == ["****", "x"]
