"""The layers of one turn's settings."""

import pytest

from bot.chat.channel import Channel
from bot.chat.conversation import Conversation
from bot.chat.conversations import Conversations
from bot.chat.planner import MOST_CANDIDATES, Planner
from bot.chat.turn import TurnOptions
from bot.errors import InvalidOption
from tests.chat.channel import engine as engine
from tests.chat.channel import house as house
from tests.chat.channel import talk as talk
from tests.house import last

NAMED = TurnOptions(speaker_names=True, user="test:1")


@pytest.fixture
def planner(house: Conversations, talk: Conversation) -> Planner:
    assert isinstance(talk.channel, Channel)
    return Planner(house.core, talk.channel)


async def test_later_layers_win(planner: Planner, talk: Conversation) -> None:
    await talk.switch_prompt("other")
    own = await planner.plan(talk.channel.head, "chat", TurnOptions())
    assert (own.sampling.temperature, own.sampling.min_tokens) == (0.5, 1), "the prompt's"
    asked = await planner.plan(talk.channel.head, "chat", TurnOptions(sampling={"temperature": 0.9}))
    assert asked.sampling.temperature == 0.9
    free = await planner.plan(talk.channel.head, "draft", TurnOptions())
    assert (free.sampling.temperature, free.sampling.min_tokens, free.stop) == (1.0, 0, ())


@pytest.mark.parametrize("n", [0, MOST_CANDIDATES + 1])
async def test_candidates_are_bounded(planner: Planner, talk: Conversation, n: int) -> None:
    with pytest.raises(InvalidOption, match="n must be"):
        await planner.plan(talk.channel.head, "chat", TurnOptions(n=n))


async def test_the_same_people_make_the_same_stops_whoever_spoke_last(planner: Planner, talk: Conversation) -> None:
    for name in ("Ann", "Ben"):
        await last(talk.chat("hello", author=name, options=NAMED))
    one = await planner.plan(talk.channel.head, "chat", NAMED, author="Ann")
    two = await planner.plan(talk.channel.head, "chat", NAMED, author="Ben")
    assert one.stop == two.stop
    assert set(two.stop) >= {"\n\nBen:", "\n\nAnn:"}


async def test_speakers_are_those_above_the_turn_that_is_replied_to(planner: Planner, talk: Conversation) -> None:
    root = talk.channel.head
    await last(talk.chat("hello", author="Zoe", options=NAMED))
    assert "\n\nZoe:" in (await planner.plan(talk.channel.head, "chat", NAMED, author="Ann")).stop
    assert "\n\nZoe:" not in (await planner.plan(root, "chat", NAMED, author="Ann")).stop
