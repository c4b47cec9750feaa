"""What the evaluation asks the model to remember: names and things in wordings that no training text contains."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

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


class Chats:
    """Many parallel chats; each is a row of a state, so what was said is read only once."""

    def __init__(self, writer: Writer, count: int, *, bots: Sequence[str] = (), openings: Sequence[str] = ()) -> None:
        """Begin `count` chats with a User; `bots` are the names that answer, `openings` precede the first turn."""
        self.writer = writer
        self.bots = list(bots) or ["Assistant"] * count
        self.texts = list(openings) or [""] * count
        self.unread = list(self.texts)
        self.state = writer.model.new_state(count)

    def say(self, messages: Sequence[str], temperature: float = 0.0) -> list[str]:
        """Send a message to each chat; return the replies."""
        asked = [f"User: {message}\n\n{bot}:" for message, bot in zip(messages, self.bots, strict=True)]
        prompts = [before + text for before, text in zip(self.unread, asked, strict=True)]
        replies = self.writer.write(prompts, self.state, temperature)
        self.unread = ["\n\n"] * len(replies)
        self.texts = [
            f"{text}{question} {reply}\n\n" for text, question, reply in zip(self.texts, asked, replies, strict=True)
        ]
        return replies

    def ask_aside(self, messages: Sequence[str]) -> list[str]:
        """Send a message to each chat and forget that it was sent."""
        kept = self.texts, self.unread, self.state
        self.state = self.writer.copy(self.state, len(messages))
        replies = self.say(messages)
        self.texts, self.unread, self.state = kept
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
_PLAIN_TELL = ("My name is {x}.", "hi, my name is {x}", "I'm {x}.")
_PLAIN_ASK = ("What is my name?", "what's my name", "Do you remember my name?")
PROBES = (
    Probe("real name, plain words", lambda r: r.choice(names.HELD_OUT_REAL), _PLAIN_TELL, _PLAIN_ASK),
    Probe("invented name, plain words", names.syllables, _PLAIN_TELL, _PLAIN_ASK),
    Probe(
        "Chinese name, plain words",
        lambda r: r.choice(names.HELD_OUT_CHINESE),
        ("我叫{x}。", "你好，我是{x}"),
        ("我叫什么名字？", "你记得我的名字吗？"),
        BETWEEN_CHINESE,
    ),
    Probe(
        "Japanese name, plain words",
        lambda r: r.choice(names.HELD_OUT_JAPANESE),
        ("私の名前は{x}です。", "{x}と言います"),
        ("私の名前は何ですか？", "私は誰ですか"),
        BETWEEN_JAPANESE,
    ),
    Probe(
        "favourite food, plain words",
        lambda r: r.choice(words.FOODS),
        ("My favourite food is {x}.", "I like {x} best, it's my favourite food"),
        ("What is my favourite food?", "what's my favourite food"),
    ),
    Probe(
        "pet's name, plain words",
        lambda r: r.choice(names.HELD_OUT_REAL),
        ("My dog is called {x}.", "I have a dog called {x}"),
        ("What is my dog's name?", "what is my dog called?"),
    ),
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


def recall(writer: Writer, probe: Probe, distances: Sequence[int], count: int = 32, seed: int = 90_001) -> list[float]:
    """Return, for each distance in exchanges, the share of chats in which a thing told that long ago is recalled."""
    rng = random.Random(seed)
    chats = Chats(writer, count)
    values = [probe.make(rng) for _ in range(count)]
    chats.say([fill(rng.choice(probe.tell), {"x": x}) for x in values])
    shares: list[float] = []
    lines = [rng.sample(probe.between, max(distances) - 1) for _ in range(count)]
    for distance in range(1, max(distances) + 1):
        if distance in distances:
            replies = chats.ask_aside([rng.choice(probe.ask) for _ in range(count)])
            shares.append(sum(x.lower() in reply.lower() for x, reply in zip(values, replies, strict=True)) / count)
        if distance < max(distances):
            chats.say([line[distance - 1] for line in lines])
    return shares
