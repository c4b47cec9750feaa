"""Questions after the only colour, animal, person ... of a text, whatever the text is about."""

from __future__ import annotations

import random
import re

_SORTS = {
    "col": ("[What colour|Which colour|What color]", "{col}"),
    "a": ("[What animal|Which animal|What kind of animal|Which creature]", "{a}"),
    "f": ("[What food|Which food|Which dish|What kind of food]", "{f}"),
    "j": ("[Which job|What job|Which profession|What kind of work]", "{j}"),
    "c": ("[Which city|What city|Which town]", "{c}"),
    "d": ("[Which day|What day|Which day of the week]", "{d}"),
    "h": ("[What time|Which hour]", "{h} o'clock"),
    "y": ("[Which year|What year]", "{y}"),
    "k": ("[Which number|What number]", "{k}"),
    "n": ("[Who|Which person|Whose name]", "{n}"),
    "i": ("[Which instrument|What instrument]", "{i}"),
    "s": ("[Which sport|What sport]", "{s}"),
    "o": ("[Which thing|Which object]", "{o}"),
    "p": ("[Which place|What place]", "{p}"),
}
"""How the sort of a slot's value is asked for, whatever the sentence is about."""
_RIVALS = {"n": "mx", "k": "hy", "p": "wc", "c": "wp", "o": ("o2", "a"), "y": "k"}
"""Slots whose values could be meant as well."""


def questions(rng: random.Random, sentence: str) -> list[tuple[str, str]]:
    """Questions after the only colour, animal, person ... of a sentence."""
    there = set(re.findall(r"\{(\w+)\}", sentence))
    if "{h} o'clock" not in sentence:  # a count of something, not a time
        there.discard("h")
    sole = [key for key in _SORTS if key in there and not there & set(_RIVALS.get(key, ()))]
    asked = []
    for key in rng.sample(sole, min(len(sole), 2)):
        which, value = _SORTS[key]
        asked.append(
            (
                f"{which} [is it|is named|is mentioned|is named here|comes up|is in the text|is it about|is meant]?",
                f"[{value}.|{value}.|It is {value}.]",
            )
        )
    return asked
