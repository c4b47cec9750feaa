"""Numbers in words, and sums, differences and products of them, in three languages."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_DIGITS = "零一二三四五六七八九"


def english(number: int) -> str:
    """A number up to a hundred in English."""
    if number < 20:
        return _ONES[number]
    if number == 100:
        return "one hundred"
    tens = _TENS[number // 10 - 2]
    return tens if number % 10 == 0 else f"{tens}-{_ONES[number % 10]}"


def chinese(number: int) -> str:
    """A number up to a hundred in Chinese."""
    if number < 10:
        return _DIGITS[number]
    if number == 100:
        return "一百"
    tens = "" if number < 20 else _DIGITS[number // 10]
    return f"{tens}十{_DIGITS[number % 10] if number % 10 else ''}"


def japanese(number: int) -> str:
    """A number up to a hundred in Japanese."""
    return "百" if number == 100 else chinese(number)


@dataclass(frozen=True, slots=True)
class NumberWords:
    """One language: how a number is written, and the templates of questions by operation."""

    write: Callable[[int], str]
    questions: dict[str, tuple[str, ...]]
    answer: str


ENGLISH = NumberWords(
    english,
    {
        "+": ("[what is |what's |how much is |]{x} plus {z}?", "{x} and {z} makes?", "add {x} and {z}"),
        "-": ("[what is |what's |how much is |]{x} minus {z}?", "take {z} away from {x}"),
        "*": ("[what is |what's |how much is |]{x} times {z}?", "multiply {x} by {z}"),
    },
    "[{Y}.|{X} {o} {z} is {y}.|It is {y}.]",
)
CHINESE = NumberWords(
    chinese,
    {
        "+": ("{x}加{z}[等于几？|等于多少？|是多少？|是几？|]", "算一下：{x}加{z}"),
        "-": ("{x}减{z}[等于几？|等于多少？|是多少？|是几？|]", "算一下：{x}减{z}"),
        "*": ("{x}乘以{z}[等于几？|等于多少？|是多少？]", "{x}乘{z}[等于几？|等于多少？|]", "{x}乘{z}呢？"),
    },
    "[{y}。|{x}{o}{z}等于{y}。|等于{y}。|是{y}。]",
)
JAPANESE = NumberWords(
    japanese,
    {
        "+": ("{x}足す{z}は[？|何ですか？|いくつ？|]", "{x}と{z}を足すと？"),
        "-": ("{x}引く{z}は[？|何ですか？|いくつ？|]", "{x}から{z}を引くと？"),
        "*": ("{x}かける{z}は[何ですか？|いくつ？|いくつですか|]", "{x}掛ける{z}は？"),
    },
    "[{y}です。|{x}{o}{z}は{y}です。|{y}。]",
)
OPERATIONS = {
    "+": ("plus", "加", "足す"),
    "-": ("minus", "减", "引く"),
    "*": ("times", "乘", "かける"),
}


def sum_in_words(rng: random.Random, words: NumberWords) -> tuple[str, str, dict[str, str]]:
    """A question, its answer, and the values of both."""
    sign = rng.choice("++-**")
    if sign == "*":
        x, z = rng.randint(1, 10), rng.randint(1, 10)
        y = x * z
    else:
        x, z = rng.randint(1, 10), rng.randint(1, 10)
        if sign == "-" and z > x:
            x, z = z, x
        y = x + z if sign == "+" else x - z
    place = (ENGLISH, CHINESE, JAPANESE).index(words)
    slots = {"x": words.write(x), "z": words.write(z), "y": words.write(y), "o": OPERATIONS[sign][place]}
    slots |= {"X": slots["x"].capitalize(), "Y": slots["y"].capitalize()}
    return rng.choice(words.questions[sign]), words.answer, slots
