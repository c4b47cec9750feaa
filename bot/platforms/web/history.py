"""What the page asks of the conversations, and a channel's history as JSON values."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

TURNS_SHOWN = 200
POSITIONS_SHOWN = 30  # of the last turns it is told how many answers there are


class Turn(Protocol):
    """A node of the turn tree."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def parent(self) -> int | None:
        """The turn that it follows; None for a start."""

    @property
    def kind(self) -> str:
        """One of "chat", "continue", "edit", "say", "imported", "draft" (free writing) and "root" (the start)."""

    @property
    def author(self) -> str:
        """Who spoke."""

    @property
    def speaker(self) -> str:
        """Whom the answer is from; "" where that is not known."""

    @property
    def input(self) -> str:
        """What was said."""

    @property
    def output(self) -> str:
        """What was answered."""

    @property
    def finish_reason(self) -> str | None:
        """How the answer ended."""

    @property
    def sampling(self) -> Mapping[str, object]:
        """How it was drawn; of free writing also its ``form``, and ``cfg`` where answers are compared."""

    @property
    def created(self) -> datetime | None:
        """When it was committed."""

    @property
    def output_tokens(self) -> Sequence[int]:
        """What was answered, as the model wrote it."""

    @property
    def names(self) -> Sequence[str]:
        """Saves and branches that point here, where they were asked for."""


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

    @property
    def sampling(self) -> Mapping[str, object]:
        """Its own sampling parameters."""


class Channel(Protocol):
    """Where a channel stands among its turns."""

    @property
    def settings(self) -> Mapping[str, object]:
        """What is set here: ``{"preset": name, "sampling": {...}}``."""

    @property
    def can_redo(self) -> bool:
        """Whether there is something to redo."""

    async def history(self, turns: int | None = None, *, node: int | None = None) -> Sequence[Turn]:
        """The last turns up to HEAD (or ``node``), oldest first."""

    @property
    def head(self) -> Turn:
        """Where the conversation goes on from."""

    async def node(self, node: int) -> Turn:
        """A turn by its number. Raises NotFound."""

    async def siblings(self, node: int | None = None) -> Sequence[Turn]:
        """All answers to the words of ``node`` (HEAD), oldest first."""

    async def tree(self) -> Sequence[Turn]:
        """Every turn, oldest first."""

    async def position(self, node: int | None = None) -> tuple[int, int]:
        """(2, 3): ``node`` (HEAD) is the second of three answers."""


class Conversation(Protocol):
    """A channel's conversation."""

    @property
    def prompt(self) -> Prompt:
        """As it is now."""

    @property
    def channel(self) -> Channel:
        """Its turns."""

    async def face(self) -> str | None:
        """The picture of who answers, as an address."""


class FoundTurn(Protocol):
    """A turn in which words were found."""

    @property
    def channel(self) -> str: ...

    @property
    def node(self) -> int: ...

    @property
    def input(self) -> str: ...

    @property
    def output(self) -> str: ...


class Conversations(Protocol):
    """All channels."""

    async def search(self, platform: str, channels: Sequence[str], words: str) -> Sequence[FoundTurn]:
        """Turns with ``words`` in them, the channels in their order."""

    async def last_words(self, platform: str, channels: Sequence[str]) -> Mapping[str, str]:
        """The beginning of what was said last in each of these channels."""

    def first_prompt(self, language: str | None) -> Prompt:
        """What a conversation that nobody has begun will begin with."""

    async def delete(self, platform: str, channel: str) -> bool:
        """Delete a conversation with all its turns. Whether there was one."""

    async def forget_user(self, user: str) -> None:
        """Delete what else is kept of a person, "platform:id"."""

    async def find(self, platform: str, channel: str) -> Conversation | None:
        """The conversation of a channel; None where nobody has spoken yet."""


Filter = Callable[[Sequence[str]], Awaitable[Sequence[str]]]  # replies of earlier, as they may be shown


async def history_values(conversation: Conversation, filtered: Filter, before: int | None = None) -> dict[str, object]:
    """What a page shows when it is opened, or the turns ``before`` one. Raises NotFound."""
    channel = conversation.channel
    nodes = await channel.history(TURNS_SHOWN + 2, node=before)
    shown = [node for node in nodes if node.kind != "root" and node.id != before]
    last = shown[-TURNS_SHOWN:]
    numbered = [node for node in last if node.kind != "draft"]
    outputs = await filtered([node.output for node in last])
    positions = {node.id: list(await channel.position(node.id)) for node in numbered[-POSITIONS_SHOWN:]}
    if not shown:
        positions[0] = list(await channel.position())  # of the greeting
    return {
        "turns": [_turn_values(node, output) for node, output in zip(last, outputs, strict=True)],
        "positions": positions,
        "redo": channel.can_redo,
        "more": len(shown) > TURNS_SHOWN,
        "avatar": await picture_of(conversation),
    } | prompt_values(conversation.prompt)


async def picture_of(conversation: Conversation) -> str | None:
    """The picture of who answers, as a data: address. The page shows nothing that lies on other sites."""
    face = await conversation.face()
    return face if face and face.startswith("data:image/") else None


def prompt_values(prompt: Prompt) -> dict[str, object]:
    """Who is talked to."""
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
