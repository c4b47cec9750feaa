"""One channel's conversation: a tree of turns, its HEAD, and the lock that keeps its turns in order."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.engine.types import Chunk, EngineInfo, EngineStatus, Guidance, Request, StateHandle, Stats
from bot.prompts import ChatPrompt
from bot.tree import Bookmark, Node


class Engine(Protocol):
    """What a conversation asks of the model's engine. ``bot.engine.worker.EngineWorker`` fulfils it."""

    @property
    def info(self) -> EngineInfo:
        """The model that is running; raises ModelError before ``start``."""

    def encode(self, text: str) -> list[int]:
        """Token ids of ``text``; safe from any thread."""

    def decode(self, tokens: Sequence[int]) -> str:
        """Text of ``tokens``; safe from any thread."""

    def stream(self, request: Request) -> AsyncIterator[Chunk]:
        """Run ``request``. Raises Busy when the queue is full; closing the iterator cancels."""

    async def cancel(self, channel: str) -> int:
        """End the running replies of ``channel`` with finish_reason "cancelled"; return how many there were."""

    async def export_state(self, state: StateHandle) -> bytes:
        """Serialise ``state``, fingerprint and checksum inside."""

    async def import_state(self, data: bytes) -> StateHandle:
        """Load what ``export_state`` made. Raises ModelError when it is foreign or corrupt."""

    def status(self) -> EngineStatus:
        """A momentary view."""

    async def start(self) -> None:
        """Load the model in the engine's thread. Raises what loading raised."""

    async def close(self) -> None:
        """End the running replies as "cancelled" and join the thread. Idempotent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnOptions:
    """How one turn is to be written. ``sampling`` holds SamplingParams' fields by name.

    The caller merges preset < channel < user < message into ``sampling``; the conversation lays that over the
    prompt's own sampling, and the prompt's over the configuration's.
    """

    sampling: Mapping[str, Any] = field(default_factory=dict)
    n: int = 1  # candidates: all are committed as siblings, HEAD stands on the first
    user: str = ""  # "platform:id" of the person, for fairness and usage
    speaker_names: bool = False  # the author's own name stands in place of the prompt's `user`
    prefix: str = ""  # the reply begins with this
    stop: tuple[str, ...] = ()  # besides the prompt's own
    guidance: Guidance | None = None
    timeout: float | None = None  # seconds; None: the configuration's


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnUpdate:
    """A frame of a reply: the whole text so far, as shown. The last one of each candidate has ``finish_reason``.

    ``node`` comes with the last update, after the commit; it is None where nothing was committed (impersonate, and a
    reply that was stopped before its first word).
    """

    text: str
    node: Node | None = None
    position: tuple[int, int] | None = None  # (2, 3): the second of three answers
    finish_reason: str | None = None
    stats: Stats | None = None
    index: int = 0  # which candidate
    tokens: tuple[int, ...] = ()  # of the last update: what was written


class Conversation:
    """One channel's turns. All that changes the tree or HEAD runs one after another, in the order of the calls.

    Methods that return an iterator of updates start their turn when the iteration starts. Leaving the iteration early
    cuts the reply; what was written so far is committed. If a turn fails, HEAD stands where it stood.
    """

    id: int
    platform: str
    channel: str
    guild: str | None

    @property
    def prompt(self) -> ChatPrompt:
        """The prompt of this channel, as it is now on disk."""
        raise NotImplementedError

    @property
    def head(self) -> Node:
        """The turn that the next one follows."""
        raise NotImplementedError

    @property
    def settings(self) -> Mapping[str, Any]:
        """This channel's settings (JSON values)."""
        raise NotImplementedError

    @property
    def busy(self) -> bool:
        """Whether a turn is running or waiting."""
        raise NotImplementedError

    @property
    def branch_name(self) -> str:
        """The branch that is being talked on; "main" at first."""
        raise NotImplementedError

    # --- talk ---------------------------------------------------------------------------------------------------

    def chat(
        self, text: str, *, author: str, options: TurnOptions, parent: int | None = None
    ) -> AsyncIterator[TurnUpdate]:
        """Say ``text`` and stream the reply. ``parent``: after that turn instead of HEAD. Raises NotFound, Busy."""
        raise NotImplementedError

    def alternate(self, *, options: TurnOptions, node: int | None = None) -> AsyncIterator[TurnUpdate]:
        """Stream another answer to the same input, as a sibling of ``node`` (HEAD). Raises NotFound at a start."""
        raise NotImplementedError

    def continue_reply(self, *, options: TurnOptions, node: int | None = None) -> AsyncIterator[TurnUpdate]:
        """Write on where ``node`` (HEAD) ends, as a child without input. Updates show the new part only."""
        raise NotImplementedError

    def impersonate(self, *, author: str, options: TurnOptions) -> AsyncIterator[TurnUpdate]:
        """Write the person's next line for them. Nothing is committed."""
        raise NotImplementedError

    async def say(self, text: str, *, author: str, options: TurnOptions | None = None) -> Node:
        """Insert a line of a person without an answer."""
        raise NotImplementedError

    async def edit(self, text: str, *, node: int | None = None, author: str = "") -> Node:
        """Put ``text`` in place of the reply of ``node`` (HEAD), as a sibling; the state follows."""
        raise NotImplementedError

    async def stop(self) -> bool:
        """Cut the running reply; what was written stays. Whether there was one."""
        raise NotImplementedError

    # --- moving in the tree (no model needed) -------------------------------------------------------------------

    async def swipe(self, step: int, *, node: int | None = None) -> Node:
        """Move HEAD ``step`` siblings right (left when negative). Raises NotFound past the first or last."""
        raise NotImplementedError

    async def undo(self, turns: int = 1) -> Node:
        """Move HEAD ``turns`` back. On a fresh start it takes the reset back. Raises NotFound at the beginning."""
        raise NotImplementedError

    async def redo(self, turns: int = 1) -> Node:
        """Take undo back. Raises NotFound when nothing was undone."""
        raise NotImplementedError

    async def go(self, node: int) -> Node:
        """Move HEAD to any turn of this channel. Raises NotFound."""
        raise NotImplementedError

    async def node(self, node: int) -> Node:
        """A turn of this channel by its number. Raises NotFound (also for another channel's)."""
        raise NotImplementedError

    async def position(self, node: int | None = None) -> tuple[int, int]:
        """(2, 3): ``node`` (HEAD) is the second of three answers to the same input."""
        raise NotImplementedError

    async def siblings(self, node: int | None = None) -> list[Node]:
        """All answers to the input of ``node`` (HEAD), oldest first, itself included."""
        raise NotImplementedError

    async def history(self, turns: int | None = None, *, node: int | None = None) -> list[Node]:
        """The last ``turns`` turns up to HEAD (or ``node``), oldest first; all of them, root first, for None."""
        raise NotImplementedError

    async def tree(self) -> list[Node]:
        """Every turn of this channel (drafts left out), oldest first, with bookmark names."""
        raise NotImplementedError

    # --- names --------------------------------------------------------------------------------------------------

    async def branch(self, name: str) -> Node:
        """Talk on under a new branch name from HEAD, or change to the branch of that name. Returns the new HEAD."""
        raise NotImplementedError

    async def branches(self) -> list[Bookmark]:
        """All branches, the current one marked."""
        raise NotImplementedError

    async def save(self, name: str) -> Bookmark:
        """Name HEAD; an older save of that name is replaced."""
        raise NotImplementedError

    async def load(self, name: str) -> Node:
        """Move HEAD to the save (or branch) ``name``. Raises NotFound that names the nearest."""
        raise NotImplementedError

    async def saves(self) -> list[Bookmark]:
        """All saves, newest first."""
        raise NotImplementedError

    async def forget(self, name: str) -> None:
        """Drop the save ``name``; its turns stay in the tree. Raises NotFound."""
        raise NotImplementedError

    # --- starts -------------------------------------------------------------------------------------------------

    async def reset(self) -> Node:
        """Start anew from the prompt; the old tree stays and can be loaded."""
        raise NotImplementedError

    async def switch_prompt(self, name: str) -> Node:
        """Start anew from another prompt. Raises NotFound."""
        raise NotImplementedError

    async def refresh(self, turns: int = 4) -> Node:
        """Read the prompt and the last ``turns`` turns anew: against drift in long chats. The old tree stays."""
        raise NotImplementedError

    async def set_setting(self, name: str, value: object | None) -> None:
        """Set one of this channel's settings to a JSON value; None removes it."""
        raise NotImplementedError

    # --- free writing, outside the chat -------------------------------------------------------------------------

    def complete(
        self, text: str, *, options: TurnOptions, from_prompt: bool = False, author: str = ""
    ) -> AsyncIterator[TurnUpdate]:
        """Write on from ``text``, exactly as given: after nothing, or after the prompt's start. HEAD stays."""
        raise NotImplementedError

    def more(self, *, options: TurnOptions) -> AsyncIterator[TurnUpdate]:
        """Write on from where the last free text ended. Raises NotFound when there is none."""
        raise NotImplementedError

    def again(self, *, options: TurnOptions) -> AsyncIterator[TurnUpdate]:
        """Write the last piece of free text once more. Raises NotFound when there is none."""
        raise NotImplementedError


class Conversations:
    """All channels' conversations: one per app."""

    async def open(self, platform: str, channel: str, guild: str | None = None) -> Conversation:
        """The conversation of a channel: made with the default prompt when it is new."""
        raise NotImplementedError

    async def find_message(self, platform: str, channel: str, message_id: str) -> int | None:
        """The turn that an old message of the platform belongs to."""
        raise NotImplementedError

    async def remember_message(self, platform: str, channel: str, message_id: str, node: int) -> None:
        """Let ``message_id`` stand for turn ``node``."""
        raise NotImplementedError
