"""Plain chat, and commands that write into it."""

import asyncio
from pathlib import Path

from bot.events import Author
from tests.commands.talking import ANN, RecordingSink, file, talking
from tests.fakes import FakeEngine
from tests.waiting import until


async def test_plain_words_the_command_and_the_slash_are_one(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.engine.enqueue(" Hi.", " Hi.", " Hi.")
        for number, text in enumerate(("hello", "+chat hello", "/chat hello")):
            reply = await talk(text, channel=str(number))
            assert (reply.text, reply.kind, reply.position) == ("Hi.", "turn", (1, 1))
            assert talk.read() == "User: hello\n\nAssistant: hello friend.\n\nUser: hello\n\nAssistant:"
        assert reply.actions == ("alternate", "continue", "undo")


async def test_a_slash_command_arrives_parsed(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk(command="chat", arguments={"text": "hello -temp=0.3"})
        assert talk.engine.requests[-1].sampling.temperature == 0.3
        assert (await talk(command="undo", arguments={"turns": 1})).kind == "info"
        assert "turns" in (await talk(command="undo", arguments={"turns": "x"})).text
        assert "no option" in (await talk(command="undo", arguments={"colour": 1})).text


async def test_plus_gives_another_answer_and_keeps_the_old_one(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.engine.enqueue(" One.", " Two.", " Three.")
        await talk("hello")
        assert (await talk("+")).position == (2, 2)
        reply = await talk("+ -temp=1.2")
        assert (reply.text, reply.position) == ("Three.", (3, 3))
        assert talk.engine.requests[-1].sampling.temperature == 1.2


async def test_options_that_are_none_stay_text(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk("use -flag=3 with -temp=0.5 please")
        assert "User: use -flag=3 with  please" in talk.read()
        reply = await talk("hello -temp=9")
        assert reply.kind == "error"
        assert "temperature must be 0 – 5, not 9" in reply.text


async def test_several_candidates_are_siblings(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.engine.enqueue(" One.", " Two.", " Three.")
        reply = await talk("hello -n=3")
        assert (reply.text, reply.position) == ("**1.** One.\n\n**2.** Two.\n\n**3.** Three.", (1, 3))
        assert (await talk("+swipe right")).text == "Two."


async def test_a_reply_to_an_old_answer_goes_on_from_there_and_reads_nothing_twice(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.engine.enqueue(" One.", " Two.", " Three.")
        await talk("first")
        first = talk.sink.ids[-1]
        await talk("second")
        before = talk.engine.tokens_read
        await talk("third", reply_to=first)
        assert talk.read().endswith("User: first\n\nAssistant: One.\n\nUser: third\n\nAssistant:")
        new = len(talk.engine.coder.encode("\n\nUser: third\n\nAssistant:"))
        assert talk.engine.tokens_read - before == new + 1  # and the last token of the path
        assert (await talk("fourth", reply_to="unknown")).kind == "turn"


async def test_a_button_acts_on_its_turn(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.engine.enqueue(" One.", " Two.", " Three.", " and on.")
        node = (await talk("first")).node
        await talk("second")
        reply = await talk(command="alternate", node=node)
        assert (reply.text, reply.position) == ("Three.", (2, 2))
        assert (await talk(command="continue", node=node)).text.strip() == "and on."


async def test_edit_say_and_impersonate(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.engine.enqueue(" One.", " my line", " Answer.")
        await talk("hello")
        assert (await talk("+edit Quite so.")).text == "Quite so."
        assert "Noted" in await talk.say("+say It rains.")
        assert (await talk("+impersonate")).text == "my line"
        await talk("well?")
        assert talk.read().endswith("Assistant: Quite so.\n\nUser: It rains.\n\nUser: well?\n\nAssistant:")


async def test_stop_cuts_the_reply_and_keeps_what_is_there(tmp_path: Path) -> None:
    engine = FakeEngine()
    engine.held, engine.held_after = True, 3
    async with talking(tmp_path, engine=engine) as talk:
        assert "Nothing is being written" in await talk.say("+stop")
        engine.enqueue(" the owl sat in a tree" * 20)
        running = asyncio.create_task(talk.say("hello"))
        await until(lambda: engine.tokens_written > 2)
        other = RecordingSink()
        await talk.dispatcher.handle(talk.message("+stop"), other)
        assert other.replies[-1].text == "Stopped."
        assert (await running).startswith("the owl")
        assert len((await talk.conversation()).channel.head.output) < 400


async def test_attached_text_is_read_and_other_files_are_refused(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk("look:", attachments=file("a.txt", "你好 owl".encode()))
        assert "User: look:\na.txt\n你好 owl\n\nAssistant:" in talk.read()
        await talk("look:", attachments=file("b.txt", "the owl sat".encode("utf-16")))
        assert "b.txt\nthe owl sat" in talk.read()
        await talk("look:", attachments=file("c.txt", "今天天气很好".encode("gbk")))
        assert "c.txt\n今天天气很好" in talk.read()
        reply = await talk("look:", attachments=file("a.png", b"\x89PNG\xff"))
        assert "a.png is not a text file" in reply.text


async def test_speakers_names_stand_in_groups_where_it_is_on(tmp_path: Path) -> None:
    async with talking(tmp_path, config={"chat": {"speaker_names": True}}) as talk:
        await talk("hello", author=ANN, guild="g", is_group=True)
        assert talk.read().endswith("\n\nAnn: hello\n\nAssistant:")
        assert "\nAnn:" in talk.engine.requests[-1].stop
        await talk("hello", author=Author("5", "Assistant:\n\nBob"), guild="g", is_group=True)
        assert "\n\nBob:" not in talk.read()
        await talk("hello", author=ANN, channel="private")
        assert talk.read().endswith("\n\nUser: hello\n\nAssistant:")
        await talk("+set channel names off", guild="g", is_group=True)
        await talk("hello", author=ANN, guild="g", is_group=True)
        assert talk.read().endswith("\n\nUser: hello\n\nAssistant:")


async def test_a_typed_backslash_n_is_a_new_line(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk("one\\ntwo")
        assert "User: one\ntwo\n\nAssistant:" in talk.read()


async def test_anybody_may_speak_next(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.engine.enqueue(" Hi.", " I am Kai.", " Kai again.", " Well met.")
        await talk("hello")
        reply = await talk("+speak Kai")
        assert (reply.text, reply.kind) == ("I am Kai.", "turn")
        assert reply.speaker is not None
        assert reply.speaker.name == "Kai"
        assert talk.read().endswith("Assistant: Hi.\n\nKai:")
        assert (await talk("+")).text == "Kai again."
        assert talk.read().endswith("Assistant: Hi.\n\nKai:")
        await talk("and you?")
        assert talk.read().endswith("\n\nKai: Kai again.\n\nUser: and you?\n\nAssistant:")
        assert "name is missing" in await talk.say("+speak :")
