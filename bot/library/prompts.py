r"""Chat prompts: how a conversation begins and how its turns are formatted. Pure text, no files.

A turn reads ``"\n\nUser: text\n\nAssistant:"``, and the model continues with ``" reply"``. A blank line thus separates
turns, so user text must not contain one.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

# none: not a reasoning model. off: a reasoning model told not to reason. on: it reasons, and only the answer is
# shown. spoiler: the reasoning is shown too, as a spoiler.
ThinkMode = Literal["none", "off", "on", "spoiler"]

THINK_START, THINK_END = "<think", "</think>"  # as RWKV-7's reasoning models write them; the start is part of the cue
CUE_SUFFIX: Mapping[ThinkMode, str] = {"none": "", "off": " <think>\n</think>", "on": " <think", "spoiler": " <think"}
GAP = "\n\n"
NAME_LENGTH = 32
MAX_SPEAKERS = 16
JOINERS = "\u200c\u200d"  # used in emoji and in several scripts
BLANKS = "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"  # render as nothing
INVISIBLE = frozenset(JOINERS + BLANKS + "".join(map(chr, range(0xFE00, 0xFE10))))  # and variation selectors
BLANK_LINES = re.compile(r"\n(?:[ \t]*\n)+")
LINE_BREAKS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
SEPARATORS = ":：\uff1a\ufe55\ua789"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatPrompt:
    """The names, initial text and settings of a kind of conversation."""

    name: str  # the file's name without .toml
    title: str = ""
    user: str = "User"
    bot: str = "Assistant"
    separator: str = ":"
    text: str = ""  # text before the first turn; {user} and {bot} are replaced by the names
    greeting: str = ""  # the bot's first line; part of the initial text
    stop: tuple[str, ...] = (GAP,)
    sampling: Mapping[str, object] = field(default_factory=dict)  # fields of SamplingParams
    language: str = "en"  # "en", "zh_CN", "ja"
    think: ThinkMode = "none"
    character: bool = False  # the bot's lines appear under the name `bot` instead of the account's
    avatar: str = ""  # https URL of the character's picture; "": none

    def start(self) -> str:
        """Return the initial text of a new conversation. May be empty."""
        text = LINE_BREAKS.sub("\n", self.text).replace("{user}", self.user).replace("{bot}", self.bot).strip("\n")
        text = self._folded(text)
        if not self.greeting:
            return text
        line = f"{self.bot}{self.separator} {clean_text(self.greeting)}"
        return f"{text}{GAP}{line}" if text else line

    def _folded(self, text: str) -> str:
        """Remove blank lines except before a speaker's line: to the model they end a turn."""
        labels = (f"{self.user}{self.separator}", f"{self.bot}{self.separator}")
        parts = [part.strip("\n") for part in BLANK_LINES.split(text)]
        folded = parts[0]
        for part in parts[1:]:
            folded += (GAP if part.startswith(labels) else "\n") + part
        return folded

    def turn(self, text: str, speaker: str | None = None, *, first: bool = False) -> str:
        """Return a user's line and the cue for the reply. ``first``: omit the blank line before it."""
        return f"{self.line(text, speaker, first=first)}{GAP}{self.bot}{self.separator}{CUE_SUFFIX[self.think]}"

    def line(self, text: str, speaker: str | None = None, *, first: bool = False) -> str:
        """Return a user's line without a cue."""
        return f"{self.cue(speaker, first=first)} {clean_text(text)}"

    def cue(self, speaker: str | None = None, *, first: bool = False) -> str:
        """Return the cue for a user's line, for the model to write it."""
        return f"{'' if first else GAP}{self.speaker(speaker)}{self.separator}"

    def reply(self, text: str) -> str:
        """Return a reply written by someone else in the form that the model would have written after the cue."""
        return f" {clean_text(text)}"

    def speaker(self, name: str | None) -> str:
        """Return the name to use for a user: never the bot's, never one that could pass for a turn."""
        if name is None:
            return self.user
        cleaned = clean_name(name) or self.user
        return f"{cleaned}-2" if _looks_of(cleaned) == _looks_of(self.bot) else cleaned

    def stops(self, speakers: Sequence[str] = ()) -> tuple[str, ...]:
        """Return the stop strings: the prompt's own, and every speaker's name at the start of a line."""
        names = dict.fromkeys((self.user, self.bot, *(self.speaker(name) for name in speakers[:MAX_SPEAKERS])))
        own = [f"{gap}{name}{self.separator}" for name in names for gap in (GAP, "\n")]
        return tuple(dict.fromkeys((*self.stop, *own)))

    def shown(self, text: str) -> str:
        """Return a reply as shown to users: stripped, and without reasoning (or with it as a spoiler)."""
        if self.think not in ("on", "spoiler"):
            return text.strip()
        thoughts, ended, answer = text.partition(THINK_END)
        if self.think == "on":
            return answer.strip()
        hidden = thoughts.lstrip(">").strip().replace("||", "| |")
        spoiler = f"||{hidden}||" if hidden else ""
        return f"{spoiler}\n{answer.strip()}".strip() if ended else spoiler


def typed_text(text: str) -> str:
    """Clean a user's text for display: blank lines are kept; control and bidi characters are removed."""
    text = LINE_BREAKS.sub("\n", text.encode("utf-8", "replace").decode("utf-8"))
    if not text.isprintable():
        text = "".join(char for char in text if char in "\n\t" or not _is_control(char))
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


def clean_text(text: str) -> str:
    """Clean a user's text for the model: as for display, but without blank lines, which would end the turn."""
    lines = typed_text(text).split("\n")
    return "\n".join(line for line in lines if not INVISIBLE.issuperset("".join(line.split()))).strip()


def clean_name(name: str) -> str:
    """Clean a display name: one line, no separator, at most 32 characters. May return an empty string."""
    text = LINE_BREAKS.sub(" ", name.encode("utf-8", "replace").decode("utf-8")).replace("\n", " ")
    text = "".join(char for char in text if char not in SEPARATORS and not _is_control(char))
    words = unicodedata.normalize("NFC", " ".join(text.split()))
    return words[:NAME_LENGTH].strip(f" {JOINERS}{BLANKS}")


def _looks_of(name: str) -> str:
    """Return a key that is equal for names that look alike."""
    visible = "".join(char for char in unicodedata.normalize("NFKC", name) if char not in INVISIBLE)
    return " ".join(visible.casefold().split())


def _is_control(char: str) -> bool:
    category = unicodedata.category(char)
    return category in ("Cc", "Cs", "Cn") or (category == "Cf" and char not in JOINERS)
