"""Parses example dialogue: the blocks of `mes_example` as turns, in any of the usual styles."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

BLOCK = re.compile(r"^[ \t]*<START>[ \t]*$", re.IGNORECASE | re.MULTILINE)
LABEL = re.compile(r"[ \t]*([^ \t:：\n][^:：\n]{0,63}?)[ \t]*[:：][ \t]*(.*)", re.DOTALL)
PYGMALION_USER = "you"
MAX_TURNS = 2_000


@dataclass(frozen=True, slots=True)
class ExampleTurn:
    """One turn; ``speaker`` is None for narration."""

    speaker: str | None
    text: str


def example_turns(text: str, user: str, names: Iterable[str]) -> list[list[ExampleTurn]]:
    """Return the turns of each block. ``user`` and ``names`` are the labels to recognise, with macros expanded."""
    speakers = {name.casefold(): name for name in (*names, user)} | {PYGMALION_USER: user}
    blocks = []
    left = MAX_TURNS
    for part in BLOCK.split(text.replace("\r\n", "\n")):
        turns = _turns(part, speakers)[:left]
        left -= len(turns)
        if turns:
            blocks.append(turns)
    return blocks


def split_examples(description: str) -> tuple[str, str]:
    """Return (description, examples): some cards append their example dialogue to the description after <START>."""
    before, *blocks = BLOCK.split(description.replace("\r\n", "\n"))
    return (before, "\n<START>\n".join(blocks)) if blocks else (description, "")


def _turns(block: str, speakers: dict[str, str]) -> list[ExampleTurn]:
    turns: list[ExampleTurn] = []
    lines: list[str] = []
    speaker: str | None = None
    for line in block.strip().split("\n"):
        match = LABEL.match(line)
        named = speakers.get(match[1].strip(' *_"').casefold()) if match else None
        if match is not None and named is not None:
            _end(turns, speaker, lines)
            speaker, lines = named, [match[2]]
        else:
            lines.append(line)
    _end(turns, speaker, lines)
    return turns


def _end(turns: list[ExampleTurn], speaker: str | None, lines: list[str]) -> None:
    if any(line.strip() for line in lines):
        turns.append(ExampleTurn(speaker, "\n".join(lines).strip()))
