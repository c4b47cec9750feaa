"""What the page asks of the conversations, and a channel's history as JSON values."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

TURNS_SHOWN = 200


class Turn(Protocol):
    """A node of the turn tree."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def kind(self) -> str:
        """One of "chat", "continue", "edit", "say", "imported", or "root": the prompt's start."""

    @property
    def author(self) -> str:
        """Who spoke."""

    @property
    def input(self) -> str:
        """What was said."""

    @property
    def output(self) -> str:
        """What was answered."""

    @property
    def finish_reason(self) -> str | None:
        """How the answer ended."""


class Prompt(Protocol):
    """A channel's prompt."""

    @property
    def name(self) -> str:
        """The file's name."""

    @property
    def title(self) -> str:
        """What people call it; may be empty."""

    @property
    def bot(self) -> str:
        """Who answers."""

    @property
    def greeting(self) -> str:
        """The first line; may be empty."""


class Channel(Protocol):
    """Where a channel stands among its turns."""

    async def history(self, turns: int | None = None) -> Sequence[Turn]:
        """The last turns up to HEAD, oldest first."""

    async def position(self) -> tuple[int, int]:
        """(2, 3): HEAD is the second of three answers."""


class Conversation(Protocol):
    """A channel's conversation."""

    @property
    def prompt(self) -> Prompt:
        """As it is now."""

    @property
    def channel(self) -> Channel:
        """Its turns."""


class Conversations(Protocol):
    """All channels."""

    async def open(self, platform: str, channel: str) -> Conversation:
        """The conversation of a channel."""


Filter = Callable[[Sequence[str]], Awaitable[Sequence[str]]]  # replies of earlier, as they may be shown


async def history_values(conversation: Conversation, filtered: Filter) -> dict[str, object]:
    """What a page shows when it is opened."""
    nodes = await conversation.channel.history(TURNS_SHOWN + 1)
    shown = [node for node in nodes if node.kind != "root"]
    last = shown[-TURNS_SHOWN:]
    outputs = await filtered([node.output for node in last])
    prompt = conversation.prompt
    values: dict[str, object] = {
        "turns": [_turn_values(node, output) for node, output in zip(last, outputs, strict=True)],
        "more": len(shown) > TURNS_SHOWN,
        "bot": prompt.bot,
        "greeting": prompt.greeting,
        "prompt": {"name": prompt.name, "title": prompt.title},
    }
    if shown:
        values["position"] = list(await conversation.channel.position())
    return values


def _turn_values(node: Turn, output: str) -> dict[str, object]:
    return {
        "node": node.id,
        "kind": node.kind,
        "author": node.author,
        "input": node.input,
        "output": output,
        "finish_reason": node.finish_reason,
    }
