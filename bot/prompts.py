"""Chat prompts: prompts/chat/*.toml, loaded, checked and rendered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

ThinkMode = Literal["off", "on", "spoiler"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatPrompt:
    """How one kind of conversation begins and how its turns are written.

    A turn reads ``"\\n\\nUser: text\\n\\nAssistant:"`` and the model writes on with ``" reply"``.
    """

    name: str  # the file's name without .toml
    title: str = ""
    user: str = "User"
    bot: str = "Assistant"
    separator: str = ":"
    text: str = ""  # what is read before the first turn, exactly
    greeting: str = ""  # the bot's first line; part of what is read
    stop: tuple[str, ...] = ("\n\n",)
    sampling: Mapping[str, Any] = field(default_factory=dict)  # SamplingParams' fields
    language: str = "en"  # "en", "zh_CN", "ja"
    think: ThinkMode = "off"

    def start(self) -> str:
        """The text that a fresh conversation has read."""
        raise NotImplementedError

    def turn(self, text: str, speaker: str | None = None, *, first: bool = False) -> str:
        """A person's line and the cue for the reply. ``first``: nothing stands before it."""
        raise NotImplementedError

    def line(self, text: str, speaker: str | None = None, *, first: bool = False) -> str:
        """A person's line without a cue."""
        raise NotImplementedError

    def cue(self, speaker: str | None = None, *, first: bool = False) -> str:
        """The cue for a person's line, for the model to write it."""
        raise NotImplementedError

    def stops(self, speakers: Sequence[str] = ()) -> tuple[str, ...]:
        """Stop strings: the prompt's own, and every speaker's name at the start of a line."""
        raise NotImplementedError


class Prompts:
    """The prompts of some folders, by name; a later folder's prompt hides an earlier one's of the same name."""

    def get(self, name: str) -> ChatPrompt:
        """Raises NotFound that names the nearest."""
        raise NotImplementedError

    def names(self) -> list[str]:
        """All prompts' names, in order."""
        raise NotImplementedError

    def reload(self) -> list[str]:
        """Read what changed. Returns one line for each file that is broken; its old version stays in use."""
        raise NotImplementedError

    def check(self) -> list[str]:
        """Problems of the files on disk, one line each, with the file and the line; changes nothing."""
        raise NotImplementedError
