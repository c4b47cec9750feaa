"""The layers of one turn's settings."""

from dataclasses import replace

import pytest

from bot.chat.composer import Line
from bot.chat.conversation import Conversation
from bot.chat.conversations import Conversations
from bot.chat.passage import Passage
from bot.chat.planner import MAX_CANDIDATES, Planner
from bot.chat.turn import Plan, TurnOptions
from bot.errors import InvalidOption
from bot.store.node import Node
from tests.chat.channel import conversations as conversations
from tests.chat.channel import engine as engine
from tests.chat.channel import talk as talk
from tests.conversations import last

NAMED = TurnOptions(speaker_names=True, user="test:1")


@pytest.fixture
async def planner(conversations: Conversations, talk: Conversation) -> Planner:
    return Planner(conversations.core, talk.channel)


async def planned(planner: Planner, above: Node, options: TurnOptions, author: str = "Ann") -> Plan:
    line = Line(text="hello", author=author, named=options.speaker_names)
    composer = await planner.composer()
    return planner.reply(above, composer, composer.turn(await planner.path(above), line), options)


async def test_later_layers_win(planner: Planner, talk: Conversation) -> None:
    await talk.switch_prompt("other")
    own = await planned(planner, talk.channel.head, TurnOptions())
    assert (own.sampling.temperature, own.sampling.min_tokens) == (0.5, 1), "the prompt's"
    asked = await planned(planner, talk.channel.head, TurnOptions(sampling={"temperature": 0.9}))
    assert asked.sampling.temperature == 0.9
    free = planner.free(talk.channel.head, Passage(read="Once"), TurnOptions(), "Ann")
    assert (free.sampling.temperature, free.sampling.min_tokens, free.stop) == (1.0, 0, ())


async def test_replies_are_not_drawn_from_all_words_unless_somebody_wants_it(
    planner: Planner, conversations: Conversations, talk: Conversation
) -> None:
    plain = await planned(planner, talk.channel.head, TurnOptions())
    assert (plain.sampling.temperature, plain.sampling.top_p) == (1.0, 0.5)
    conversations.core.settings = replace(conversations.core.settings, sampling={"top_p": 1.0})
    configured = await planned(planner, talk.channel.head, TurnOptions())
    assert (configured.sampling.temperature, configured.sampling.top_p) == (1.0, 1.0)


@pytest.mark.parametrize("n", [0, MAX_CANDIDATES + 1])
async def test_candidates_are_bounded(planner: Planner, talk: Conversation, n: int) -> None:
    with pytest.raises(InvalidOption, match="n must be"):
        await planned(planner, talk.channel.head, TurnOptions(n=n))
    with pytest.raises(InvalidOption, match="n must be"):
        planner.free(talk.channel.head, Passage(read="Once"), TurnOptions(n=n), "Ann")


async def test_the_same_people_make_the_same_stops_whoever_spoke_last(planner: Planner, talk: Conversation) -> None:
    for name in ("Ann", "Ben"):
        await last(talk.chat("hello", author=name, options=NAMED))
    one = await planned(planner, talk.channel.head, NAMED, "Ann")
    two = await planned(planner, talk.channel.head, NAMED, "Ben")
    assert one.stop == two.stop
    assert set(two.stop) >= {"\n\nBen:", "\n\nAnn:"}


async def test_speakers_are_those_above_the_turn_that_is_replied_to(planner: Planner, talk: Conversation) -> None:
    root = talk.channel.head
    await last(talk.chat("hello", author="Zoe", options=NAMED))
    assert "\n\nZoe:" in (await planned(planner, talk.channel.head, NAMED)).stop
    assert "\n\nZoe:" not in (await planned(planner, root, NAMED)).stop
