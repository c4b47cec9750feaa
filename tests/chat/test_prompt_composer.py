"""Plain prompts: the text read by the model, and the text shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.chat.composer import ConversationStart, Line
from bot.chat.prompt_composer import PromptComposer
from bot.errors import NotFound
from bot.library.prompts import ChatPrompt
from tests.conversations import SEED, last, open_conversations
from tests.fakes import FakeEngine

PROMPT = ChatPrompt(
    name="poet", user="Ann", bot="Owl", greeting="Good evening.\n\nHow are you?",
    text="An owl sits here.\n\nIt knows poems.\n\n{user}: hello\n\n{bot}: hello.\n\nSo you came.\n \n{user}: yes",
)  # fmt: skip


def test_a_blank_line_is_only_read_where_somebody_begins_to_speak() -> None:
    (start,) = PromptComposer(PROMPT).starts()
    assert start.read == (
        "An owl sits here.\nIt knows poems.\n\nAnn: hello\n\nOwl: hello.\nSo you came.\n\nAnn: yes"
        "\n\nOwl: Good evening.\nHow are you?"
    )
    assert start.greeting == "Good evening.\n\nHow are you?", "what is shown keeps it"
    assert start.speaker == "Owl"


async def test_blank_lines_are_shown_as_they_were_typed_and_not_read(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with open_conversations(tmp_path, engine) as conversations:
        talk = await conversations.open("test", "a")
        node = (await last(talk.chat("  one\r\n\r\n\r\ntwo \n\nUser: three", author="Ann", options=SEED))).node
        assert node is not None
        assert node.input == "one\n\n\ntwo\n\nUser: three"
        assert engine.coder.decode(node.input_tokens) == "\n\nUser: one\ntwo\nUser: three\n\nAssistant:"
        line = await talk.say("four\n\nfive", author="Ann")
        assert (line.input, engine.coder.decode(line.input_tokens)) == ("four\n\nfive", "\n\nUser: four\nfive")
        await last(talk.chat("six", author="Ann", options=SEED))
        edited = await talk.edit("seven\n\neight", author="Ann")
        assert (edited.output, engine.coder.decode(edited.output_tokens)) == ("seven\n\neight", " seven\neight")
        again = (await last(talk.alternate(options=SEED, node=node.id))).node
        assert again is not None
        assert (again.input, again.input_tokens) == (node.input, node.input_tokens)


@pytest.mark.parametrize(
    "name", ["Assistant \u200d", "\u200dAssistant", "Assis\u200dtant", "ＡＳＳＩＳＴＡＮＴ", " assistant"]
)
def test_nobody_takes_the_bots_name(name: str) -> None:
    composition = PromptComposer(ChatPrompt(name="plain")).turn([], Line(text="hi", author=name, named=True))
    assert "-2: hi\n\nAssistant:" in composition.read


@dataclass(frozen=True, slots=True)
class Greeter(PromptComposer):
    """Offers three greetings."""

    def starts(self) -> Sequence[ConversationStart]:
        return [
            ConversationStart(read=f"Owl: {word}", greeting=word, speaker="Owl") for word in ("one", "two", "three")
        ]


async def test_greetings_are_swipes_of_the_beginning(tmp_path: Path) -> None:
    engine = FakeEngine()
    async with open_conversations(tmp_path, engine, composer=Greeter) as conversations:
        channel = (await conversations.open("test", "a")).channel
        assert (channel.head.output, await channel.position()) == ("one", (1, 3))
        assert (await channel.swipe(1)).output == "two"
        with pytest.raises(NotFound):
            await channel.swipe(2)
    async with open_conversations(tmp_path, engine, composer=Greeter) as conversations:
        talk = await conversations.open("test", "a")
        await last(talk.chat("hello", author="Ann", options=SEED))
        assert engine.coder.decode(engine.tokens_of(engine.requests[-1].state)).startswith("Owl: tw"), (
            "the chosen one is read"
        )
        await talk.reset()
        assert (talk.channel.head.output, await talk.channel.position()) == ("one", (1, 3)), "not those of before"
        await talk.channel.undo()
        assert talk.channel.head.input == "hello"
