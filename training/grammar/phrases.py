"""Wordings in text files, one per line, under headings: `phrases/NAME.txt`, or all of `phrases/NAME/`.

A file contains sections (``# name``), which may contain subsections (``## name``). A line of a section is a template
(`training.grammar.talk`); if a section has several kinds of lines, each begins with a mark and a space:

========  ==========================================================
``+``     how a thing is told                   (``telling/``)
``=``     how the bot takes note of it; in contexts, the sentence itself
``?``     how it is asked for
``!``     what the bot answers
``>``     what somebody says or asks
``<``     what is answered
``-``     a sentence in a character's manner
``;``     values parted by ``|``
========  ==========================================================
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

DIRECTORY = Path(__file__).with_name("phrases")

Exchange = tuple[str, str]
"""What is said or asked, and the answer: two templates."""


@dataclass
class Section:
    """The lines under a heading; an empty line separates blocks."""

    lines: list[str] = field(default_factory=list)

    @cached_property
    def plain(self) -> tuple[str, ...]:
        """All lines that are not empty, a newline for every backslash with an n."""
        return tuple(line.replace("\\n", "\n") for line in self.lines if line)

    def marked(self, mark: str) -> tuple[str, ...]:
        """The lines that begin with a mark, without it."""
        return tuple(line[2:].replace("\\n", "\n") for line in self.lines if line.startswith(mark + " "))

    @cached_property
    def groups(self) -> list[dict[str, tuple[str, ...]]]:
        """The lines of each block, by mark."""
        found: list[dict[str, tuple[str, ...]]] = [{}]
        for line in self.lines:
            if not line:
                found.append({})
            else:
                found[-1][line[0]] = (*found[-1].get(line[0], ()), line[2:].replace("\\n", "\n"))
        return [group for group in found if group]

    @cached_property
    def blocks(self) -> list[tuple[str, tuple[Exchange, ...]]]:
        """Each block: its sentence (``=``, may be missing) and its exchanges (``>`` followed by ``<``)."""
        found: list[tuple[str, tuple[Exchange, ...]]] = []
        sentence, asked = "", ""
        exchanges: list[Exchange] = []
        for line in [*self.lines, ""]:
            mark, text = line[:1], line[2:].replace("\\n", "\n")
            if mark == "=":
                sentence = text
            elif mark == ">":
                asked = text
            elif mark == "<":
                exchanges.append((asked, text))
            elif not line and exchanges:
                found.append((sentence, tuple(exchanges)))
                sentence, exchanges = "", []
        return found


_names_read: set[str] = set()


def names_read() -> list[str]:
    """The names that `read` has been asked for in this process."""
    return sorted(_names_read)


def digest(name: str) -> str:
    """Return the SHA-256 of what `read` would read; of nothing if there is no such file any more."""
    found = hashlib.sha256()
    for path in _paths(name):
        found.update(f"{path.name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def read(name: str) -> dict[str, Section]:
    """Return the sections of ``NAME.txt``, or of all files in the folder ``NAME``, by heading.

    A subsection's key is ``"section/subsection"``; ``""`` holds the lines before the first heading.
    """
    _names_read.add(name)
    return _sections(name)


@cache
def _sections(name: str) -> dict[str, Section]:
    outer, current = "", Section()
    sections = {outer: current}
    for line in _lines(name):
        if line.startswith("## "):
            current = sections.setdefault(f"{outer}/{line[3:].strip()}", Section())
        elif line.startswith("# "):
            outer = line[2:].strip()
            current = sections.setdefault(outer, Section())
        else:
            current.lines.append(line.strip())
    return sections


def _lines(name: str) -> Iterator[str]:
    """All lines; headings apply only within their file."""
    for path in _paths(name):
        first, *others = path.read_text(encoding="utf-8").splitlines()
        yield from (first, *others) if first.startswith("# ") else ("# ", first, *others)
        yield ""


def _paths(name: str) -> list[Path]:
    single = DIRECTORY / f"{name}.txt"
    return [single] if single.exists() else sorted((DIRECTORY / name).glob("*.txt"))


def plain(name: str, heading: str) -> tuple[str, ...]:
    """Return the templates of a section."""
    return read(name)[heading].plain


def wording(rng: random.Random, lines: Sequence[str], first: str, share: float = 0.7) -> str:
    """Return one of the lines in a fraction `share` of the cases, else the template `first`."""
    return rng.choice(lines) if rng.random() < share else first
