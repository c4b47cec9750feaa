"""Who speaks: the labels before the colons, and what the demo model says about itself at the top."""

from __future__ import annotations

import random

from training.corpus import word_pool
from training.grammar import names
from training.grammar.talk import ASIDE, Talk, say

_PAIRS = (
    (("User", "Assistant"),) * 14
    + (("Bob", "Alice"),) * 3
    + (
        ("Q", "A"),
        ("Question", "Answer"),
        ("Human", "AI"),
        ("User", "Bot"),
        ("User", "AI"),
        ("Human", "Assistant"),
        ("User", "Roost"),
    )
)
_OPENINGS = (
    "[The following is a [coherent |friendly |helpful |verbose, detailed |]conversation between "
    "{u} and {b}.|A [friendly |]chat between {u} and {b}.|{b} is [very |]friendly and helpful.|"
    "{b} answers [the questions of |]{u} [politely|in short sentences|kindly].|"
    "System: [You are a helpful assistant.|Be friendly.|Answer kindly.]|The following is a chat "
    "with Roost's demo model.|{b} is Roost's demo model, small and friendly. {u} talks to {b}.]"
)


_CUSTOMARY = (
    "Hi. I am your assistant and I will provide expert full response in full details. Please feel free to ask any "
    "question and I will always answer it."
)
"""What many RWKV programs put in front of a chat; to be read, not to be said."""


def choose(rng: random.Random) -> Talk:
    """Begin a talk between two labelled speakers, sometimes with an opening."""
    roll = rng.random()
    if roll < 0.72:
        user, bot = rng.choice(_PAIRS)
    elif roll < 0.86:
        user, bot = names.name(rng, word_pool()), rng.choice(["Assistant", "Bot", "Roost", "Alice", "AI"])
    else:
        user, bot = names.name(rng, word_pool()), names.name(rng, word_pool())
    talk = Talk(rng, user, bot)
    if rng.random() < 0.3:
        talk.opening = say(rng, _OPENINGS, u=user, b=bot)
    if rng.random() < 0.1:
        talk.exchange("hi", "Hello! I'm here to chat with you.")
    elif rng.random() < 0.02:
        talk.exchange("hi", _CUSTOMARY)
        talk.turns[-1].weight = ASIDE
    return talk


def gap(rng: random.Random, talk: Talk) -> str:
    """The gap between a question and its answer: a blank line, or one newline in Q and A lists."""
    if talk.user in ("Q", "Question"):
        return rng.choice(["\n", "\n", "\n\n"])
    return "\n\n"
