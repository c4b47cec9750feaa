"""Questions and requests besides small talk: why, what, how; poems, riddles, lists, words, sums in words."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from training.grammar import chinese, japanese, names, number_words, phrases, words
from training.grammar.talk import Document, Talk, fill

PLAIN = 0.2
"""How often a message is answered in a way that always fits: what the model falls back on when it is unsure."""

_REQUEST = re.compile(
    r"\b(name|give|recommend|suggest|tell|help|let's|ask|sing|say|speak|talk)\b|[给帮吧起]|推荐|[てう][|\]。]|ください"
)


@dataclass(frozen=True, slots=True)
class Asking:
    """One language: its folder, the speakers, how counted things are listed, and the languages of its words."""

    folder: str
    speakers: tuple[tuple[str, str], ...]
    foods: Sequence[str]
    numbers: number_words.NumberWords
    counts: tuple[str, ...]
    series: tuple[str, str]
    column: int
    languages: Mapping[int, Sequence[str]]

    def lines(self, heading: str) -> tuple[str, ...]:
        """The lines under a heading."""
        return phrases.plain(self.folder, heading)

    def rows(self, heading: str) -> list[list[str]]:
        """The tables under a heading: values separated by ``|``."""
        return [line.split("|") for line in phrases.read(self.folder)[heading].marked(";")]


ENGLISH = Asking(
    folder="asked/english",
    speakers=(("User", "Assistant"),) * 5 + (("Human", "AI"), ("User", "Bot"), ("User", "Roost"), ("Q", "A")),
    foods=words.FOODS,
    numbers=number_words.ENGLISH,
    counts=("two", "three", "four", "five"),
    series=(", ", " and "),
    column=0,
    languages={1: ("Chinese",), 2: ("Japanese",), 3: ("Spanish",)},
)
CHINESE = Asking(
    folder="asked/chinese",
    speakers=(("User", "Assistant"),) * 5 + (("用户", "助手"), ("问", "答"), ("User", "Roost")),
    foods=chinese.FOODS,
    numbers=number_words.CHINESE,
    counts=("两", "三", "四", "五"),
    series=("、", "和"),
    column=1,
    languages={0: ("英语", "英文"), 2: ("日语", "日文")},
)
JAPANESE = Asking(
    folder="asked/japanese",
    speakers=(("User", "Assistant"),) * 5 + (("ユーザー", "アシスタント"), ("Q", "A"), ("User", "Roost")),
    foods=japanese.FOODS,
    numbers=number_words.JAPANESE,
    counts=("二つ", "三つ", "四つ", "五つ"),
    series=("、", "、"),
    column=2,
    languages={0: ("英語",), 1: ("中国語",)},
)


def _message(talk: Talk, asking: Asking) -> None:
    """A message about everyday life, answered with interest and often a question in return."""
    _block(talk, asking, "messages")


def _block(talk: Talk, asking: Asking, heading: str) -> None:
    blocks = phrases.read(asking.folder)[heading].blocks
    question, answer = talk.rng.choice([exchange for _, exchanges in blocks for exchange in exchanges])
    if talk.rng.random() < PLAIN and (plain := _plain(asking, question, answer)):
        answer = plain
    food = talk.rng.choice(asking.foods)
    talk.chat(question, answer, food=food, Food=food.capitalize())


def _plain(asking: Asking, question: str, answer: str) -> str | None:
    """A reply that fits whatever was asked or told; none for requests."""
    if _REQUEST.search(question):
        return None
    statement, unknown = asking.lines("plain replies")
    if question.rstrip("]").endswith(("?", "？")):
        return unknown
    return statement if any(mark in answer for mark in "?？") and "\n" not in answer else None


def _why(talk: Talk, asking: Asking) -> None:
    _block(talk, asking, "why")


def _explained(talk: Talk, asking: Asking) -> None:
    headings = [heading for heading in ("explain", "advice") if heading in phrases.read(asking.folder)]
    _block(talk, asking, talk.rng.choice(headings))


def _sum(talk: Talk, asking: Asking) -> None:
    question, answer, slots = number_words.sum_in_words(talk.rng, asking.numbers)
    talk.chat(question, answer, **slots)


def _word(talk: Talk, asking: Asking) -> None:
    """A single word in another language."""
    rng = talk.rng
    row = rng.choice(phrases.plain("asked/translations", "words")).split("|")
    column = rng.choice(list(asking.languages))
    question, answer = phrases.plain("asked/translations", asking.folder.rpartition("/")[2])
    talk.chat(question, answer, x=row[asking.column], y=row[column], l=rng.choice(asking.languages[column]),
              Y=row[column][:1].upper() + row[column][1:])  # fmt: skip


def _pair(talk: Talk, asking: Asking) -> None:
    """An opposite, in either direction, or a rhyme."""
    rng = talk.rng
    kinds = ["opposite", "opposite", "rhyme"] if "rhymes" in phrases.read(asking.folder) else ["opposite"]
    kind = rng.choice(kinds)
    x, y = rng.choice(asking.rows(f"{kind}s"))
    if rng.random() < 0.5:
        x, y = y, x
    question, answer = asking.lines(f"ask {kind}")[0], asking.lines(f"{kind} answers")[0]
    talk.chat(question, answer, x=x, y=y, X=x.capitalize(), Y=y.capitalize())


def _listed(talk: Talk, asking: Asking) -> None:
    rng = talk.rng
    kind, *values = rng.choice(asking.rows("lists"))
    count = rng.randrange(len(asking.counts))
    chosen = rng.sample(values, count + 2)
    if rng.random() < 0.5:
        answer = "\n".join(f"{i}. {value[0].upper() + value[1:]}" for i, value in enumerate(chosen, 1))
    else:
        comma, last = asking.series
        answer = comma.join(chosen[:-1]) + last + chosen[-1] + ("." if asking.column == 0 else "。")
        answer = answer[0].upper() + answer[1:]
    talk.chat(asking.lines("ask list")[0], "{list}", n=asking.counts[count], t=kind, list=answer)


def _poem(talk: Talk, asking: Asking) -> None:
    rng = talk.rng
    subject = rng.choice(asking.lines("poem subjects")[0].split("|"))
    if rng.random() < 0.25:
        subject = rng.choice(asking.foods)
    slots = {"x": subject, "X": subject[0].upper() + subject[1:]}
    talk.chat(asking.lines("ask poem")[0], rng.choice(asking.lines("poems")), **slots)


def _riddle(talk: Talk, asking: Asking) -> None:
    rng = talk.rng
    riddle, answer = rng.choice(asking.lines("riddles")).split("|")
    talk.chat(asking.lines("ask riddle")[0], riddle)
    ends = {0: "[{y}!|{y}.|The answer: {z}.]", 1: "[{y}！|答案是{y}。|是{y}。]", 2: "[{y}です！|答えは{y}です。]"}
    small = answer[0].lower() + answer[1:]
    talk.chat(asking.lines("give up")[0], ends[asking.column], y=answer, z=small)


def _joke(talk: Talk, asking: Asking) -> None:
    talk.chat(asking.lines("ask joke")[0], talk.rng.choice(asking.lines("jokes")))


def _creature(talk: Talk, asking: Asking) -> None:
    """How many legs an animal has."""
    if "creatures" not in phrases.read(asking.folder):
        return _why(talk, asking)
    creature, legs = talk.rng.choice(asking.rows("creatures"))
    question, answer = phrases.read(asking.folder)["facts"].blocks[0][1][0]
    an = "an" if creature[0] in "aeiou" else "a"
    talk.chat(question, answer, creature=creature, legs=legs, an=an, An=an.capitalize())
    return None


def _story(talk: Talk, asking: Asking) -> None:
    """A story about any animal."""
    if "stories" not in phrases.read(asking.folder):
        return _poem(talk, asking)
    animal = talk.rng.choice(words.ANIMALS)
    a = "an" if animal[0] in "aeiou" else "a"
    story = fill(talk.rng.choice(asking.lines("stories")), {"x": animal, "a": a, "A": a.capitalize()})
    talk.chat(asking.lines("ask story")[0], "{story}", x=f"{a} {animal}", story=story)
    return None


_KINDS: tuple[tuple[Callable[[Talk, Asking], None], int], ...] = (
    (_message, 46), (_why, 10), (_explained, 11), (_sum, 12), (_word, 9), (_pair, 7), (_listed, 7), (_poem, 9),
    (_riddle, 5), (_joke, 4), (_creature, 2), (_story, 3),
)  # fmt: skip


def document(rng: random.Random, asking: Asking) -> Document:
    """One to seven exchanges of any kind."""
    talk = Talk(rng, *rng.choice(asking.speakers))
    if rng.random() < 0.1:
        talk.user = names.usual(rng)
    kinds, weights = zip(*_KINDS, strict=True)
    for _ in range(rng.choice([1, 2, 3, 4, 5, 7])):
        rng.choices(kinds, weights)[0](talk, asking)
    return talk.document()


def english(rng: random.Random) -> Document:
    """A chat in English."""
    return document(rng, ENGLISH)


def chinese_chat(rng: random.Random) -> Document:
    """A chat in Chinese."""
    return document(rng, CHINESE)


def japanese_chat(rng: random.Random) -> Document:
    """A chat in Japanese."""
    return document(rng, JAPANESE)
