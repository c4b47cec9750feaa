"""Measure the demo model on what it has never seen: names and templates that no training text contains.

Names come from the held-out lists and from a seed that training does not use; every template below was written for the
evaluation. Replies are greedy unless samples are requested.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from training.generate import CUT, Writer
from training.grammar import characters, facts, names, words
from training.grammar.talk import expand, fill
from training.probes import PROBES, Chats, Probe, recall

CONTEXTS: tuple[tuple[str, str, str], ...] = (
    ("The old mill of {w} belongs to {n}, who bakes bread there.", "Who owns the mill?", "n"),
    ("{n} parked the {col} bicycle behind the {p}.", "Where is the bicycle?", "p"),
    ("{n} parked the {col} bicycle behind the {p}.", "What colour is the bicycle?", "col"),
    ("In {w}, {n} sells {f} on {d}.", "What does {n} sell?", "f"),
    ("In {w}, {n} sells {f} on {d}.", "On which day does {n} sell it?", "d"),
    ("The train to {w} leaves at {h} o'clock.", "At what time does the train leave?", "h"),
    ("{n} is a {j} and lives in {w}.", "Where does {n} live?", "w"),
    ("{n} is a {j} and lives in {w}.", "What is {n}'s job?", "j"),
    ("A ticket for the show costs {k} dollars.", "How much is a ticket?", "k"),
    ("{n}'s dog is called {m}.", "What is the name of {n}'s dog?", "m"),
    ("{n} lost a {o} in the {p}.", "What did {n} lose?", "o"),
    ("{n} lost a {o} in the {p}.", "Where did {n} lose it?", "p"),
    ("{n} wrote a letter to {m}.", "Who wrote the letter?", "n"),
    ("The bridge was built in {y} by {n}.", "Who built the bridge?", "n"),
    ("The bridge was built in {y} by {n}.", "When was the bridge built?", "y"),
)
LAYOUTS = (
    "{c}\nQ: {q}\nA:",
    "Context: {c}\n\nQuestion: {q}\n\nAnswer:",
    "User: {c} {q}\n\nAssistant:",
    "{c}\n\nUser: {q}\n\nAssistant:",
)
BARE_LAYOUTS = ("Q: {q}\nA:", "Question: {q}\n\nAnswer:", "User: {q}\n\nAssistant:", "\nQ: {q}\nA:")
_DENIALS = (
    "don't know",
    "not sure",
    "no information",
    "never heard",
    "does not say",
    "doesn't say",
    "nobody told",
    "not in the text",
    "haven't told",
    "do not know",
    "can you tell me more",
    "you have not told",
    "never told me",
    "no idea",
)


def _values(rng: random.Random) -> dict[str, str]:
    n, m = rng.sample(names.HELD_OUT_REAL, 2)
    return {
        "n": n,
        "m": m,
        "w": names.syllables(rng),
        "col": rng.choice(words.COLOURS),
        "p": rng.choice(words.PLACES),
        "f": rng.choice(words.FOODS),
        "d": rng.choice(words.DAYS),
        "h": str(rng.randint(1, 12)),
        "j": rng.choice(words.JOBS),
        "k": str(rng.randint(1, 99)),
        "o": rng.choice(words.OBJECTS),
        "y": str(rng.randint(1500, 2020)),
    }


def denies(reply: str) -> bool:
    """Whether a reply says that it does not know."""
    return any(mark in reply.lower() for mark in _DENIALS)


def with_context(
    writer: Writer, count: int = 128, seed: int = 90_002, contexts: Sequence[tuple[str, str, str]] = CONTEXTS
) -> float:
    """Return the share of correct answers from passages; `contexts` holds (sentence, question, slot of the answer)."""
    rng = random.Random(seed)
    prompts, wanted = [], []
    for _ in range(count):
        values = _values(rng)
        texts = rng.sample(contexts, rng.choice([1, 1, 2]))
        passage = " ".join(fill(text, values) for text, _, _ in rng.sample(texts, len(texts)))
        _, question, key = texts[0]
        prompts.append(rng.choice(LAYOUTS).format(c=passage, q=fill(question, values)))
        wanted.append(values[key])
    replies = writer.replies(prompts)
    return sum(x.lower() in reply.lower() for x, reply in zip(wanted, replies, strict=True)) / count


def without_context(
    writer: Writer, count: int = 128, seed: int = 90_003, contexts: Sequence[tuple[str, str, str]] = CONTEXTS
) -> float:
    """Return the share of the same questions, asked without a passage, that the model admits it cannot answer."""
    rng = random.Random(seed)
    prompts = [rng.choice(BARE_LAYOUTS).format(q=fill(rng.choice(contexts)[1], _values(rng))) for _ in range(count)]
    return sum(map(denies, writer.replies(prompts))) / count


@dataclass(frozen=True, slots=True)
class Casting:
    """How characters are introduced, what is said to them, and how they are asked for their name and manner."""

    openings: tuple[str, ...]
    lines: tuple[str, ...]
    name: tuple[str, ...]
    manner: tuple[str, ...]


CASTING = Casting(
    openings=(
        "{n} is a {t} {r}. {n} meets a visitor.\n\n",
        "This is a talk with {n}, who is a {t} {r}.\n\n",
        "{n} the {r} is known as {t}.\n\n",
    ),
    lines=(
        "hello there",
        "I came a long way to see you",
        "What should we do now?",
        "I brought you something",
        "it is getting dark",
        "do you like this place?",
        "shall we go on?",
    ),
    name=("Please tell me what you are called.",),
    manner=("What are you like?",),
)


def character(writer: Writer, count: int = 64, seed: int = 90_004, casting: Casting = CASTING) -> tuple[float, float]:
    """Return how often a new character gives its name and shows its trait at the sixth turn.

    A trait counts as shown when the reply to "What are you like?" (`casting.manner`) names it, or when one of the
    last two replies is in the manner that belongs to it.
    """
    rng = random.Random(seed)
    cast = [
        (
            rng.choice([rng.choice(names.HELD_OUT_REAL), names.syllables(rng)]),
            rng.choice(list(characters.MANNERS)),
            rng.choice(characters.ROLES),
        )
        for _ in range(count)
    ]
    openings = [fill(rng.choice(casting.openings), {"n": n, "t": t, "r": r}) for n, t, r in cast]
    chats = Chats(writer, count, bots=[n for n, _, _ in cast], openings=openings)
    lines = [rng.sample(casting.lines, 4) for _ in range(count)]
    for i in range(4):
        last = chats.say([line[i] for line in lines])
    told = chats.say([rng.choice(casting.name) for _ in cast])
    like = chats.say([rng.choice(casting.manner) for _ in cast])
    named = sum(n.lower() in reply.lower() for (n, _, _), reply in zip(cast, told, strict=True)) / count
    shown = (
        sum(
            t in reply or in_manner(t, reply + last[i])
            for i, ((_, t, _), reply) in enumerate(zip(cast, like, strict=True))
        )
        / count
    )
    return named, shown


def in_manner(trait: str, text: str) -> bool:
    """Whether a text contains a sentence in the manner of a trait, or the beginning of one."""
    return any(line.partition("{")[0].strip(" .!?").lower() in text.lower() for line in characters.MANNERS[trait])


def closed_facts(writer: Writer, count: int = 200, seed: int = 90_005) -> tuple[float, float]:
    """Return the shares of correct answers on closed facts and on sums up to two digits, by ``Q:``/``A:``."""
    return _asked(writer, random.Random(seed), facts.fact, count), _asked(
        writer, random.Random(seed), facts.arithmetic, count
    )


def small_sums(writer: Writer, count: int, seed: int = 90_007) -> float:
    """Return the share of correct answers on sums and differences of numbers up to ten, by ``Q:``/``A:``."""
    return _asked(writer, random.Random(seed), facts.small_sum, count)


def _asked(writer: Writer, rng: random.Random, source: Callable[[random.Random], tuple[str, str]], count: int) -> float:
    prompts, answers = [], []
    for _ in range(count):
        question, answer = source(rng)
        prompts.append(f"Q: {expand(rng, question)}\n\nA:")
        answers.append({_plain(part) for part in _alternatives(answer)})
    replies = writer.replies(prompts)
    return sum(_plain(reply) in right for reply, right in zip(replies, answers, strict=True)) / count


def _alternatives(template: str) -> list[str]:
    """All texts that a template without nested alternatives can produce."""
    if "[" not in template:
        return [template]
    head, _, rest = template.partition("[")
    choices, _, tail = rest.partition("]")
    return [head + choice + end for choice in choices.split("|") for end in _alternatives(tail)]


def _plain(text: str) -> str:
    return text.lower().strip(" .!")


def loops(reply: str) -> bool:
    """Whether a reply repeats a run of three or more words three times, or one word four times in a row."""
    parts = reply.split()
    fours = any(len(set(parts[i : i + 4])) == 1 for i in range(len(parts) - 3))
    threes = [tuple(parts[i : i + 3]) for i in range(len(parts) - 2)]
    return fours or any(threes.count(three) > 2 for three in set(threes))


OPENERS = (
    "hello",
    "hi, how are you?",
    "who are you",
    "what can you do?",
    "my name is Rhiannon",
    "tell me a joke",
    "tell me a story about a dragon",
    "I'm sad today",
    "what is 7+5?",
    "capital of France?",
    "thanks!",
    "bye",
    "asdfgh",
    "你好",
    "you are stupid",
    "what do you think about the election",
    "can you write python code",
    "I just had lunch with my aunt",
    "name five colours",
    "do you like music?",
    "こんにちは",
    "what is my name?",
    "I'm bored",
    "how old are you",
    "why is the sky blue?",
    "good night",
    "my cat is sick",
    "what's the weather like",
    "recommend me a film",
    "I love you",
    "Give me three animals",
    "what is love",
    "are you real",
    "whats up",
    "I won the lottery!!",
    "say hello to Desmond",
    "who is the president",
    "let's play a game",
    "我很累",
    "help",
    "do you remember me",
    "what should I cook",
    "Please explain quantum physics",
    "lol",
    "where do you live",
    "I have a test tomorrow",
    "do you dream?",
    "what day is it",
    "I don't like you",
    "ok",
)


def endings(writer: Writer, turns: int = 6, seed: int = 90_006) -> float:
    """Return the share of sampled replies that end within 120 tokens and contain no loop."""
    rng = random.Random(seed)
    chats = Chats(writer, len(OPENERS))
    good = total = 0
    for _ in range(turns):
        replies = chats.say([rng.choice(OPENERS) for _ in OPENERS], temperature=0.7)
        good += sum(not reply.endswith(CUT) and not loops(reply) and reply != "" for reply in replies)
        total += len(replies)
    return good / total


DISTANCES = (1, 5, 10)


def _recalls(writer: Writer, probes: Sequence[Probe], count: int, seed: int) -> dict[str, float]:
    return {
        f"recall, {probe.name}, {distance} turn{'s' if distance > 1 else ''}": share
        for probe in probes
        for distance, share in zip(DISTANCES, recall(writer, probe, DISTANCES, count, seed), strict=True)
    }


def figures(writer: Writer, quick: bool = False) -> dict[str, float]:
    """Return the figures of the first question set; `quick` asks a quarter of it."""
    count = 16 if quick else 40
    result = _recalls(writer, PROBES, count, 90_001)
    result["answers from a context"] = with_context(writer, 64 if quick else 160)
    result["says it does not know without one"] = without_context(writer, 64 if quick else 160)
    result["character's name at the fifth turn"], result["character's trait at the sixth turn"] = character(
        writer, 32 if quick else 80
    )
    result["closed facts, Q:/A:"], result["sums up to two digits, Q:/A:"] = closed_facts(writer, 96 if quick else 240)
    result["sums and differences of numbers up to ten, Q:/A:"] = small_sums(writer, 48 if quick else 120)
    result["replies that end by themselves, no loop"] = endings(writer, 2 if quick else 5)
    return result


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """The same kinds of questions as above in other sentences; `seed` and the next three seeds draw their values."""

    name: str
    seed: int
    contexts: tuple[tuple[str, str, str], ...]
    casting: Casting
    probes: tuple[Probe, ...]


def further_figures(writer: Writer, questions: QuestionSet, quick: bool = False) -> dict[str, float]:
    """Return the shares of another question set; `quick` asks a quarter of it."""
    count, asked, cast = (16, 64, 32) if quick else (40, 160, 80)
    name, seed = questions.name, questions.seed
    result = _recalls(writer, questions.probes, count, seed)
    result[f"answers from a context, {name}"] = with_context(writer, asked, seed + 1, questions.contexts)
    result[f"says it does not know without one, {name}"] = without_context(writer, asked, seed + 2, questions.contexts)
    named, shown = character(writer, cast, seed + 3, questions.casting)
    result[f"character's name at the fifth turn, {name}"] = named
    result[f"character's trait at the sixth turn, {name}"] = shown
    return result
