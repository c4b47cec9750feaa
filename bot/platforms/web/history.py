"""What the page needs from conversations, and a channel's history as JSON values."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

TURNS_SHOWN = 200
POSITIONS_SHOWN = 30  # turns, counted from the end, for which the number of alternative answers is sent


class Turn(Protocol):
    """A node of the turn tree."""

    @property
    def id(self) -> int:
        """The node's id."""

    @property
    def parent(self) -> int | None:
        """The id of the preceding turn; None for a root."""

    @property
    def kind(self) -> str:
        """One of "chat", "continue", "edit", "say", "imported", "draft" (free writing) and "root"."""

    @property
    def author(self) -> str:
        """Who sent the input."""

    @property
    def speaker(self) -> str:
        """The name of whoever gave the reply; "" if unknown."""

    @property
    def input(self) -> str:
        """The user's text."""

    @property
    def output(self) -> str:
        """The reply."""

    @property
    def finish_reason(self) -> str | None:
        """Why generation ended."""

    @property
    def sampling(self) -> Mapping[str, object]:
        """The sampling parameters; for free writing also its ``form``, and ``cfg`` if answers are compared."""

    @property
    def created(self) -> datetime | None:
        """When it was committed."""

    @property
    def output_tokens(self) -> Sequence[int]:
        """The reply's tokens as the model generated them."""

    @property
    def names(self) -> Sequence[str]:
        """Names of the saves and branches that point here, if they were requested."""


class Prompt(Protocol):
    """A channel's prompt."""

    @property
    def name(self) -> str:
        """The file's name."""

    @property
    def title(self) -> str:
        """The display title; may be empty."""

    @property
    def bot(self) -> str:
        """The name of the bot."""

    @property
    def greeting(self) -> str:
        """The bot's opening line; may be empty."""

    @property
    def sampling(self) -> Mapping[str, object]:
        """The prompt's own sampling parameters."""


class Channel(Protocol):
    """A channel's position in its turn tree."""

    @property
    def settings(self) -> Mapping[str, object]:
        """The channel's settings: ``{"preset": name, "sampling": {...}}``."""

    @property
    def can_redo(self) -> bool:
        """Whether there is something to redo."""

    async def history(self, turns: int | None = None, *, node: int | None = None) -> Sequence[Turn]:
        """Return the last turns up to ``node`` (default: HEAD), oldest first."""

    @property
    def head(self) -> Turn:
        """The current turn."""

    async def node(self, node: int) -> Turn:
        """Return a turn by id. Raises NotFound if there is none."""

    async def siblings(self, node: int | None = None) -> Sequence[Turn]:
        """Return all answers to the same input as ``node`` (default: HEAD), oldest first."""

    async def tree(self) -> Sequence[Turn]:
        """Return every turn, oldest first."""

    async def position(self, node: int | None = None) -> tuple[int, int]:
        """Return (2, 3) if ``node`` (default: HEAD) is the second of three answers."""


class Conversation(Protocol):
    """A channel's conversation."""

    @property
    def prompt(self) -> Prompt:
        """The current prompt."""

    @property
    def channel(self) -> Channel:
        """The channel's turns."""

    @property
    def scene_name(self) -> str:
        """The name of the scene that is being played; empty if there is none."""

    async def face(self) -> str | None:
        """Return the URL of the character's picture."""

    async def cover(self) -> str | None:
        """Return the URL of a picture for lists: the character's, or in a scene that of one of the cast."""


class FoundTurn(Protocol):
    """A turn that matches a search."""

    @property
    def channel(self) -> str: ...

    @property
    def node(self) -> int: ...

    @property
    def input(self) -> str: ...

    @property
    def output(self) -> str: ...


class Conversations(Protocol):
    """The conversations of all channels."""

    async def search(self, platform: str, channels: Sequence[str], words: str) -> Sequence[FoundTurn]:
        """Return the turns that contain ``words``, in the order of ``channels``."""

    async def last_words(self, platform: str, channels: Sequence[str]) -> Mapping[str, str]:
        """Return the beginning of the last text said in each channel."""

    async def any_words(self, platform: str, channels: Sequence[str]) -> Mapping[str, str]:
        """Return the beginning of the newest message in each channel, even if it was undone."""

    @property
    def sampling(self) -> Mapping[str, object]:
        """The sampling below all prompts and settings."""

    def first_prompt(self, language: str | None) -> Prompt:
        """Return the prompt with which a new conversation will begin."""

    async def delete(self, platform: str, channel: str) -> bool:
        """Delete a conversation with all its turns. Return whether there was one."""

    async def forget_user(self, user: str) -> None:
        """Delete everything else stored about a user, "platform:id"."""

    async def find(self, platform: str, channel: str) -> Conversation | None:
        """Return the conversation of a channel, or None if nothing was said there yet."""


Filter = Callable[[Sequence[str]], Awaitable[Sequence[str]]]  # applies the plugins' filters to stored replies


async def history_values(conversation: Conversation, filtered: Filter, before: int | None = None) -> dict[str, object]:
    """Return what a page shows when opened, or the turns before the turn ``before``. Raises NotFound."""
    channel = conversation.channel
    nodes = await channel.history(TURNS_SHOWN + 2, node=before)
    shown = [node for node in nodes if node.kind != "root" and node.id != before]
    last = shown[-TURNS_SHOWN:]
    numbered = [node for node in last if node.kind != "draft"]
    outputs = await filtered([node.output for node in last])
    positions = {node.id: list(await channel.position(node.id)) for node in numbered[-POSITIONS_SHOWN:]}
    if not shown:
        positions[0] = list(await channel.position())  # position of the greeting
    return {
        "turns": [_turn_values(node, output) for node, output in zip(last, outputs, strict=True)],
        "positions": positions,
        "redo": channel.can_redo,
        "more": len(shown) > TURNS_SHOWN,
        "avatar": await picture_of(conversation),
    } | prompt_values(conversation.prompt)


async def picture_of(conversation: Conversation) -> str | None:
    """Return the character's picture as a data: URL. The page shows nothing hosted on other sites."""
    return _own(await conversation.face())


async def cover_of(conversation: Conversation) -> str | None:
    """Return the picture shown in the list, as a data: URL."""
    return _own(await conversation.cover())


def _own(picture: str | None) -> str | None:
    return picture if picture and picture.startswith("data:image/") else None


def prompt_values(prompt: Prompt) -> dict[str, object]:
    """Return the bot's name, its greeting, and the prompt's name and title."""
    return {
        "bot": prompt.bot,
        "greeting": prompt.greeting,
        "prompt": {"name": prompt.name, "title": prompt.title},
    }


def _turn_values(node: Turn, output: str) -> dict[str, object]:
    free = {name: node.sampling[name] for name in ("form", "cfg") if node.kind == "draft" and name in node.sampling}
    return free | {
        "node": node.id,
        "parent": node.parent,
        "kind": node.kind,
        "author": node.author,
        "speaker": node.speaker,
        "input": node.input,
        "output": output,
        "finish_reason": node.finish_reason,
    }
