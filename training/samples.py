"""Sampled chats, characters and scenes, not hand-picked: what people see who type ordinary messages."""

from __future__ import annotations

import random
import re
from pathlib import Path

from training import played_samples
from training.evaluate import OPENERS
from training.generate import Writer
from training.grammar import names
from training.probes import Chats

FOLLOWING = (
    "and you?",
    "why?",
    "tell me more",
    "that's nice",
    "what is your name?",
    "my name is {n}",
    "what's my name?",
    "do you like {f}?",
    "I like {f}",
    "what do I like?",
    "tell me a joke",
    "haha",
    "what is 12+7?",
    "capital of Japan?",
    "ok",
    "no",
    "yes",
    "I'm tired",
    "what can you do",
    "tell me a story",
    "my dog is called {n}",
    "what is my dog called?",
    "thanks",
    "I had a bad day",
    "who was the first man on the moon?",
    "name three fruits",
    "you're funny",
    "how was your day?",
    "let's talk about music",
    "I'm going to bed",
    "你叫什么名字？",
    "opposite of hot?",
)

_SPEAKER = re.compile(r"^([^:\n.。]{1,40}):")


def write(writer: Writer, path: Path, count: int = 12, turns: int = 6, seed: int = 90_100) -> None:
    """Write `count` chats of `turns` exchanges, and the bundled characters and scenes, to Markdown."""
    rng = random.Random(seed)
    chats = Chats(writer, count)
    chats.say([OPENERS[i % len(OPENERS)] for i in range(count)], temperature=0.7)
    for _ in range(turns - 1):
        lines = [
            rng.choice(FOLLOWING).format(
                n=rng.choice(names.HELD_OUT_REAL), f=rng.choice(["tea", "chess", "rainy days", "noodles"])
            )
            for _ in range(count)
        ]
        chats.say(lines, temperature=0.7)
    head = (
        f"# {count} chats with the demo model\n\nAs they came, none picked: the user's lines are drawn "
        "from two fixed lists, the replies are sampled at "
        f"temperature 0.7 and top-p 0.6, as the bot does, with seed {seed}. Written by `make demo-eval`.\n"
    )
    parts = [f"\n## {number}\n\n{_quoted(text)}" for number, text in enumerate(chats.texts, 1)]
    played = (
        "\n# The bundled characters and scenes\n\nTen turns each, scenes sampled in the same way, characters at "
        f"temperature {played_samples.TEMPERATURE} and top-p {played_samples.TOP_P}; "
        "the person's lines are the same for every character of a language.\n"
    )
    texts = [*played_samples.characters(writer), *played_samples.scenes(writer)]
    parts += [played, *(f"\n## {name}\n\n{_quoted(text)}" for name, text in texts)]
    path.write_text(head + "".join(parts), encoding="utf-8")


def _quoted(text: str) -> str:
    turns = [turn.replace("\n", "  \n") for turn in text.strip().split("\n\n")]
    return "\n\n".join(_SPEAKER.sub(r"**\1:**", turn) for turn in turns) + "\n"
