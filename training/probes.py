"""What the evaluation asks the model to remember: names and things that no training text holds, in words of its own."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from training.generate import Writer
from training.grammar import names, words
from training.grammar.talk import fill

BETWEEN = (
    "The sun came out at last.",
    "do you enjoy walking?",
    "I had a long day at the office",
    "what should I do this evening",
    "Tell me a joke",
    "how are you feeling",
    "Name two animals.",
    "What is 3+4?",
    "my stomach is growling",
    "could you cheer me up",
    "I might read a book later",
    "is water wet?",
    "What is the capital of Italy?",
    "you are funny",
    "hmm",
    "I like dogs",
    "let's talk about the weather",
    "What colour is snow?",
    "okay",
    "thanks for that",
    "my neighbour is loud",
    "What day comes after Monday?",
    "I need a new bicycle",
    "do you sleep at night?",
    "Which sound does a cow make?",
)
BETWEEN_CHINESE = (
    "今天真热啊",
    "给我讲个笑话",
    "你今天好吗？",
    "法国的首都是哪里？",
    "我有点饿",
    "谢谢",
    "你会唱歌吗",
    "我刚下班",
    "好的",
    "我想出去走走",
    "你喜欢猫吗？",
    "3加4等于多少？",
)
BETWEEN_JAPANESE = (
    "今日は暑いですね",
    "元気ですか",
    "日本の首都はどこですか",
    "お腹がすいた",
    "ありがとう",
    "冗談を言って",
    "はい",
    "散歩に行きます",
    "疲れました",
    "ピザは好きですか",
)


@dataclass(slots=True)
class Chats:
    """Many chats side by side, so that all write in one batch."""

    writer: Writer
    texts: list[str]
    user: str = "User"
    bots: list[str] = field(default_factory=list)

    @staticmethod
    def open(writer: Writer, count: int) -> Chats:
        """`count` empty chats between User and Assistant."""
        return Chats(writer, [""] * count, bots=["Assistant"] * count)

    def say(self, messages: Sequence[str], temperature: float = 0.0) -> list[str]:
        """Send a message to each chat; return the replies."""
        prompts = [
            f"{text}{self.user}: {m}\n\n{bot}:" for text, m, bot in zip(self.texts, messages, self.bots, strict=True)
        ]
        replies = self.writer.replies(prompts, temperature)
        self.texts = [f"{prompt} {reply}\n\n" for prompt, reply in zip(prompts, replies, strict=True)]
        return replies


@dataclass(frozen=True, slots=True)
class Probe:
    """One kind of thing to remember."""

    name: str
    make: Callable[[random.Random], str]
    tell: tuple[str, ...]
    ask: tuple[str, ...]
    between: tuple[str, ...] = BETWEEN


_TELL = (
    "Please call me {x} from now on.",
    "I go by {x}.",
    "My parents named me {x}.",
    "Let me introduce myself: I'm {x}.",
    "Good day, {x} here.",
    "everyone here knows me as {x}",
)
_ASK = (
    "Could you remind me what my name is?",
    "And what was my name?",
    "Tell me what I am called.",
    "I wonder if you still know my name.",
    "how do I call myself?",
)
PROBES = (
    Probe("real name", lambda r: r.choice(names.HELD_OUT_REAL), _TELL, _ASK),
    Probe("invented name", names.syllables, _TELL, _ASK),
    Probe(
        "Chinese name",
        lambda r: r.choice(names.HELD_OUT_CHINESE),
        ("大家都喊我{x}。", "我姓名是{x}。", "认识一下，我是{x}。", "你可以称呼我{x}"),
        ("还记得我是谁吗？", "请说出我的名字。", "我的姓名是什么？", "你说说我叫什么？"),
        BETWEEN_CHINESE,
    ),
    Probe(
        "Japanese name",
        lambda r: r.choice(names.HELD_OUT_JAPANESE),
        ("みんなは私を{x}と呼びます。", "私のことは{x}と呼んでください。", "自己紹介します。{x}です。"),
        ("私の名前を言ってください。", "私の名前、わかりますか？", "私は何という名前ですか？"),
        BETWEEN_JAPANESE,
    ),
    Probe(
        "thing",
        lambda r: r.choice([*words.FOODS, *words.HOBBIES, *words.SPORTS]),
        (
            "There is nothing I enjoy more than {x}, it is my favourite.",
            "Of all things, {x} is my favourite.",
            "My great favourite is {x}, honestly.",
        ),
        (
            "What did I say is my favourite?",
            "Name the thing I enjoy the most.",
            "So what was it that I like above all?",
        ),
    ),
    Probe(
        "number",
        lambda r: str(r.randint(10, 9999)),
        ("Keep the number {x} for me.", "The number to remember is {x}.", "Here is my number: {x}."),
        ("Which number did I give you?", "What was that number of mine?", "Tell me the number again."),
    ),
    Probe(
        "pet's name",
        lambda r: r.choice(names.HELD_OUT_REAL),
        ("We own a dog that we named {x}.", "Our dog answers to {x}.", "I walk my dog {x} every day."),
        ("What name does my dog have?", "Do you recall the name of my dog?", "What did we name our dog?"),
    ),
)


def recall(writer: Writer, probe: Probe, distance: int, count: int = 32, seed: int = 90_001) -> float:
    """Return the share of chats in which a thing told `distance` exchanges before is given back."""
    rng = random.Random(seed + distance)
    chats = Chats.open(writer, count)
    values = [probe.make(rng) for _ in range(count)]
    chats.say([fill(rng.choice(probe.tell), {"x": x}) for x in values])
    lines = [rng.sample(probe.between, distance) for _ in range(count)]
    for i in range(distance - 1):
        chats.say([line[i] for line in lines])
    replies = chats.say([rng.choice(probe.ask) for _ in range(count)])
    return sum(x.lower() in reply.lower() for x, reply in zip(values, replies, strict=True)) / count
