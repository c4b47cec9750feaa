"""Free writing, exactly as in ChatRWKV."""

from pathlib import Path

from bot.library.prompts import ChatPrompt
from tests.commands.talking import talking

BARE = ChatPrompt(name="test")


async def test_the_forms_that_the_model_reads(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk("hello")
        head = (await talk.conversation()).channel.head
        await talk("+gen  Once upon\\na time ")
        assert talk.read() == "\nOnce upon\na time"
        await talk("+qq Why?")
        assert talk.read() == "\nQ: Why?\nA:"
        await talk("+i Count to 3")
        assert talk.read() == (
            "\nBelow is an instruction that describes a task. Write a response that appropriately completes the"
            " request.\n\n# Instruction:\nCount to 3\n\n# Response:\n"
        )
        await talk("+qa Why?")
        assert talk.read() == "User: hello\n\nAssistant: hello friend.\n\nUser: Why?\n\nAssistant:"
        newline = talk.engine.coder.encode("\n")[0]
        assert talk.engine.requests[-1].sampling.logit_bias == ((newline, -2.0),)
        assert talk.engine.requests[-1].stop == ("\n\n",)
        assert (await talk.conversation()).channel.head == head, "the talk stands where it stood"


async def test_qa_without_a_prompt_text_begins_at_once(tmp_path: Path) -> None:
    async with talking(tmp_path, BARE) as talk:
        await talk("+qa Why?")
        assert talk.read() == "User: Why?\n\nAssistant:"


async def test_more_and_again(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        assert "no free text" in await talk.say("+++")
        assert "no free text" in await talk.say("++")
        talk.engine.enqueue(" a time", " an owl", " there")
        await talk("+gen Once upon")
        assert (await talk("++")).text == "Once upon an owl"
        assert talk.read() == "\nOnce upon"
        reply = await talk("+++")
        assert (reply.text, reply.actions) == ("there", ("again", "more"))
        assert talk.read() == "\nOnce upon an owl"
        assert talk.engine.requests[-1].sampling.max_tokens == 256


async def test_again_keeps_the_form(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk("+qa Why?")
        await talk("++ -temp=0.4")
        assert talk.engine.requests[-1].stop == ("\n\n",)
        assert talk.engine.requests[-1].sampling.temperature == 0.4
        assert talk.engine.requests[-1].sampling.logit_bias


async def test_options_and_empty_texts(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        await talk('+gen An owl -max_tokens=7 -stop="tree|moon" -seed=5 -ban=3')
        request = talk.engine.requests[-1]
        assert (request.sampling.max_tokens, request.sampling.seed) == (7, 5)
        assert (request.stop, request.sampling.banned_tokens) == (("tree", "moon"), (3,))
        assert "gen needs text" in await talk.say("+gen")
        assert "gen needs text" in await talk.say("+gen -temp=0.5")


async def test_free_writing_is_in_the_history(tmp_path: Path) -> None:
    async with talking(tmp_path) as talk:
        talk.engine.enqueue(" One.", " a time.", " In the trees.", " Two.")
        await talk("first")
        assert (await talk("+gen Once upon")).text == "Once upon a time."
        await talk("+qq Where do owls sleep?")
        await talk("second")
        seen = await talk.say("+history 4")
        parts = ("first", "One.", "Once upon", "Once upon a time.", "Where do owls sleep?", "In the trees.", "second")
        places = [seen.find(part) for part in parts]
        assert places == sorted(places)
        assert -1 not in places
