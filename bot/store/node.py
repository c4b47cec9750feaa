"""Immutable values of the turn tree: nodes, and the names that point at them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypedDict

# root: a prompt's start. chat: a person's line and its reply. continue: a continuation of the parent's reply. edit: a
# reply rewritten by a person. say: a line without a reply. draft: free writing, outside the chat. imported: read from
# a file. line: a line or narration in a scene. stage: somebody enters or leaves a scene.
INITIAL = "initial"  # key in a root's `sampling`
NodeKind = Literal["root", "chat", "continue", "edit", "say", "draft", "imported", "line", "stage"]


class SceneFacts(TypedDict, total=False):
    """What a turn means to a scene; empty outside a scene."""

    rules: Mapping[str, object]  # for a root: the scene without its cast and lines
    cast: Sequence[Mapping[str, object]]  # for a root: the initial cast
    heard: Sequence[str]  # for a line: who heard it
    whisper: bool  # for a line: not everyone heard it
    origin: str  # for a line: "opening", or "edited" if a person changed a generated line
    enter: Mapping[str, object]  # somebody enters; for new roles, `input` describes them
    leave: str  # who leaves


BookmarkKind = Literal["save", "branch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A committed turn. The tokens on the path from the root to it are exactly what the model has read."""

    id: int
    channel: int
    parent: int | None
    kind: NodeKind
    author: str = ""  # speaker's name as others saw it; for a root, the prompt's name
    user: str = ""  # speaker's "platform:id"; empty: none, or unknown
    speaker: str = ""  # whose output it is; empty: unknown
    input: str = ""  # the input, as shown (for a root: the prompt's text)
    output: str = ""  # the output, as shown
    input_tokens: tuple[int, ...] = ()  # everything fed for this turn, including separators and names
    output_tokens: tuple[int, ...] = ()  # everything the model wrote
    finish_reason: str | None = None  # "stop", "eos", "length", "cancelled", "timeout"; None if nothing was written
    sampling: Mapping[str, object] = field(default_factory=dict)  # non-neutral parameters, seed, tokens per second
    created: datetime | None = None  # UTC
    previous: int | None = None  # position of HEAD: for a root before the reset, for a draft while it was written
    vocabulary: str = ""  # of the tokens; empty: the running model's
    read: str = ""  # the exact text of input_tokens, for a model with another vocabulary
    written: str = ""  # the exact text of output_tokens
    scene: SceneFacts = field(default_factory=SceneFacts)
    digest: str = ""  # of the path's tokens; empty: not computed, or from another vocabulary
    names: tuple[str, ...] = ()  # the bookmarks that point here; filled in by history() and tree()

    @property
    def tokens(self) -> tuple[int, ...]:
        """The tokens that this turn adds to the path."""
        return self.input_tokens + self.output_tokens

    @property
    def initial(self) -> str:
        """For a root: the name of the tuned state it starts from; "": the model's default."""
        found = self.sampling.get(INITIAL)
        return found if isinstance(found, str) else ""


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A name for a turn: a save, or the tip of a branch."""

    name: str
    node: int
    kind: BookmarkKind
    created: datetime
    current: bool = False  # for a branch: whether it is the current one
