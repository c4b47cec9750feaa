"""The values of the turn tree: nodes and the names that point at them. Nothing in here changes once it is made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypedDict

# root: a prompt's start. chat: a person's line and its reply. continue: more of the parent's reply. edit: a reply in a
# person's words. say: a line without a reply. draft: free writing, outside the chat. imported: read from a file.
# line: what somebody in a scene says, or what is told. stage: somebody enters or leaves a scene.
INITIAL = "initial"  # in a root's `sampling`
NodeKind = Literal["root", "chat", "continue", "edit", "say", "draft", "imported", "line", "stage"]


class SceneFacts(TypedDict, total=False):
    """What a turn means to a scene; empty outside of one."""

    rules: Mapping[str, object]  # of its root: all of the scene but cast and lines
    cast: Sequence[Mapping[str, object]]  # of its root: who is there at first
    heard: Sequence[str]  # of a line: who heard it
    whisper: bool  # of a line: it was not for everybody
    origin: str  # of a line: "opening", or "edited" where a person has changed a drawn one
    enter: Mapping[str, object]  # somebody comes; new ones bring what `input` says of them
    leave: str  # who goes


BookmarkKind = Literal["save", "branch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One committed turn. Its path from the root, token by token, is what the model has read there."""

    id: int
    channel: int
    parent: int | None
    kind: NodeKind
    author: str = ""  # who spoke: the name that others saw; for a root, the prompt's name
    user: str = ""  # who that was, as "platform:id"; empty: nobody, or not known
    speaker: str = ""  # whom the output is from; empty: not known
    input: str = ""  # what was said, as shown (for a root: the prompt's text)
    output: str = ""  # what was answered, as shown
    input_tokens: tuple[int, ...] = ()  # all that was fed for this turn: separators and names too
    output_tokens: tuple[int, ...] = ()  # all that was written
    finish_reason: str | None = None  # "stop", "eos", "length", "cancelled", "timeout"; None where nothing was written
    sampling: Mapping[str, object] = field(default_factory=dict)  # non-neutral parameters, seed, tokens per second
    created: datetime | None = None  # UTC
    previous: int | None = None  # where HEAD stood: of a root before the reset, of a draft while it was written
    vocabulary: str = ""  # whose tokens these are; empty: the running model's
    read: str = ""  # the exact text of input_tokens, for a model with another vocabulary
    written: str = ""  # the exact text of output_tokens
    scene: SceneFacts = field(default_factory=SceneFacts)
    digest: str = ""  # of the path's tokens; empty: not computed, or of another vocabulary's tokens
    names: tuple[str, ...] = ()  # the bookmarks that point here; filled in by history() and tree()

    @property
    def tokens(self) -> tuple[int, ...]:
        """What this turn adds to the path."""
        return self.input_tokens + self.output_tokens

    @property
    def initial(self) -> str:
        """Of a root: the tuned state that is read from; "" for the model's own beginning."""
        found = self.sampling.get(INITIAL)
        return found if isinstance(found, str) else ""


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A name for a turn: a save, or the tip of a branch."""

    name: str
    node: int
    kind: BookmarkKind
    created: datetime
    current: bool = False  # of a branch: the one that is being talked on
