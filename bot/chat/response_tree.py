"""Responses of the HTTP API as turns of a tree. A response's id names a turn, and continuing from any of them is free.

A chat starts at a root with the start of the prompt and the instructions. A request with other instructions gets
another root, under which the earlier turns are read again.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.chat.chat_turns import ForkedTurns, ReadTurn
from bot.chat.completions import Completion, CompletionFork, TreePosition
from bot.chat.composer import RECENT_TURNS
from bot.chat.core import Core
from bot.chat.program_channels import ProgramChannels
from bot.chat.state_cache import Reader, ReadingStopped
from bot.chat.turn import sampling_values
from bot.engine.types import Chunk, StateHandle
from bot.errors import Busy, NotFound
from bot.library.prompts import GAP
from bot.store.node import INITIAL, Node
from bot.store.store import Commit
from bot.store.stored_answers import AnswerKind, AnswerPage, StoredAnswer

PRUNE_EVERY = 64  # answers per caller


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatPrefix:
    """What comes before a chat."""

    text: str  # may be empty
    initial: str = ""  # the tuned state that it is read from
    greeting: str = ""  # the first line, as shown; part of ``text``


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseStart:
    """Where a response continues."""

    place: TreePosition  # a root that is not committed yet has no id
    carried: str = ""  # earlier text that has to be read again
    previous: str = ""  # id of the response that it follows
    turns: Sequence[ReadTurn] = ()  # the last ones: the root and nodes under it, or parts of ``carried``

    @property
    def is_new(self) -> bool:
        """Whether only the root comes before it."""
        return self.place.is_new

    def fork(self, forked: ForkedTurns) -> CompletionFork:
        """Return where in the tree ``forked`` is read."""
        later = self.turns[forked.above :]
        size = sum(len(turn.piece) for turn in later)
        if self.carried:
            return CompletionFork(after=self.place, pieces=(self.carried[: len(self.carried) - size], *forked.pieces))
        at = self.turns[forked.above - 1].node
        return CompletionFork(after=TreePosition(at, self.place.tokens - size), pieces=forked.pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletedResponse:
    """A response to store."""

    answer: StoredAnswer
    said: str  # the last input, as shown
    text: str  # the answer, as shown
    last: Chunk


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatQuery:
    """A query for stored chats."""

    limit: int
    order: Literal["asc", "desc"]
    after: str = ""  # last id of the previous page
    model: str = ""  # "": any
    metadata: Mapping[str, str] = field(default_factory=dict)  # required values


class ResponseTree:
    """What API clients have stored: responses, which are turns, and chats, which are not."""

    def __init__(self, core: Core, channels: ProgramChannels, most: int) -> None:
        """``most``: answers stored per caller; beyond that the oldest are deleted."""
        self._core = core
        self._channels = channels
        self._most = most
        self._since_pruning: dict[str, int] = {}

    async def find(self, caller: str, name: str, kind: AnswerKind) -> StoredAnswer:
        """Return the answer that ``caller`` stored under that id. Raises NotFound."""
        found = await self._core.store.answers.get((await self._channels.of(caller)).id, name)
        if found is None or found.kind != kind:
            raise NotFound('There is no {what} "{name}".', what=_WORDS[kind], name=name[:100])
        return found

    async def begin(self, caller: str, prefix: ChatPrefix, previous: str = "") -> ResponseStart:
        """Return where a response that follows ``previous`` continues. Raises NotFound."""
        root = await self._root(prefix)
        if not previous:
            return ResponseStart(place=TreePosition(root, len(root.tokens)), turns=[ReadTurn(root, root.tokens)])
        answer = await self.find(caller, previous, "response")
        path = await self._core.store.nodes.path(answer.node or 0)
        if not path:
            raise NotFound('There is no response "{name}".', name=previous[:100])
        if (path[0].input, path[0].initial) == (root.input, root.initial):
            tokens = sum(len(node.tokens) for node in path)
            turns = [ReadTurn(node, node.tokens) for node in path[-RECENT_TURNS:]]
            return ResponseStart(place=TreePosition(path[-1], tokens), previous=previous, turns=turns)
        texts = await asyncio.to_thread(self._texts, path[1:])
        texts[0] = (GAP if root.tokens else "") + texts[0].removeprefix(GAP)
        turns = [ReadTurn(root, root.tokens), *map(ReadTurn, path[1:], texts)][-RECENT_TURNS:]
        return ResponseStart(
            place=TreePosition(root, len(root.tokens)), carried="".join(texts), previous=previous, turns=turns
        )

    async def keep(self, start: ResponseStart, wanted: Completion, completed: CompletedResponse) -> None:
        """Store a response as a turn, even if the client disconnects meanwhile."""
        await asyncio.shield(self._core.spawn(self._keep(start, wanted, completed)))

    async def keep_chat(
        self, caller: str, body: Mapping[str, object], messages: Sequence[object], metadata: Mapping[str, str]
    ) -> None:
        """Store the answer of a chat, even if the client disconnects meanwhile."""
        answer = StoredAnswer(
            id=str(body["id"]), kind="chat", model=str(body["model"])[:256], body=body, input=messages,
            metadata=metadata,
        )  # fmt: skip
        await asyncio.shield(self._core.spawn(self._keep_chat(caller, answer)))

    async def _keep_chat(self, caller: str, answer: StoredAnswer) -> None:
        await self._core.store.answers.add((await self._channels.of(caller)).id, answer)
        await self._prune(caller)

    async def chat(self, caller: str, name: str) -> dict[str, object]:
        """Return a stored chat as it was answered. Raises NotFound."""
        return _chat(await self.find(caller, name, "chat"))

    async def chats(self, caller: str, wanted: ChatQuery) -> list[dict[str, object]]:
        """Return a page of stored chats."""
        page = AnswerPage(
            kind="chat", limit=wanted.limit, after=wanted.after, ascending=wanted.order == "asc", model=wanted.model,
            metadata=wanted.metadata,
        )  # fmt: skip
        found = await self._core.store.answers.page((await self._channels.of(caller)).id, page)
        return [_chat(answer) for answer in found]

    async def describe(self, caller: str, name: str, metadata: Mapping[str, str]) -> None:
        """Replace the metadata of a stored chat. Raises NotFound."""
        await self.find(caller, name, "chat")
        await self._core.store.answers.describe((await self._channels.of(caller)).id, name, metadata)

    async def delete(self, caller: str, name: str, kind: AnswerKind) -> None:
        """Delete an answer and the turns that no other response needs. Raises NotFound."""
        await self.find(caller, name, kind)
        await self._forget((await self._channels.of(caller)).id, [name])

    async def _forget(self, channel: int, names: Sequence[str]) -> None:
        """Delete answers, their turns, and the states of those turns wherever they are."""
        if digests := await self._core.store.forget_answers(channel, names):
            await self._core.states.forget(digests)

    async def _keep(self, start: ResponseStart, wanted: Completion, completed: CompletedResponse) -> None:
        parent = start.place.node
        drawn = sampling_values(wanted.sampling)
        if completed.last.stats is not None:
            drawn["seed"] = completed.last.stats.seed
        tokens = await self._core.encode(wanted.text)
        node = Node(
            id=0, channel=0, parent=parent.id or -1, kind="chat", user=wanted.user, author=wanted.caller,
            input=completed.said, output=completed.text, input_tokens=tokens, output_tokens=completed.last.tokens,
            finish_reason=completed.last.finish_reason, sampling=drawn,
        )  # fmt: skip
        new = [node] if parent.id else [replace(parent, user=wanted.user), node]
        channel = (await self._channels.of(wanted.caller)).id
        commit = Commit(nodes=new, user=wanted.user, turns=0, tokens_written=0, kept=completed.answer)
        state = completed.last.state if wanted.fork is None else await self._read_plain(parent, node)
        made = await self._core.store.commit(channel, commit)
        if state is not None:
            await self._core.states.keep(made[-1].digest, state)
        await self._prune(wanted.caller)

    async def _read_plain(self, parent: Node, node: Node) -> StateHandle | None:
        """Read a turn without the lore and notes of its reply. None if interrupted: it is read later, when needed."""
        reader = Reader(node.user)
        try:
            state, first = await self._core.states.resume(parent, reader)
            return await self._core.states.read((*first, *node.tokens), state, reader)
        except (ReadingStopped, Busy):
            return None

    async def _prune(self, caller: str) -> None:
        """Delete the oldest answers from time to time; the limit may be exceeded by a few."""
        self._since_pruning[caller] = self._since_pruning.get(caller, PRUNE_EVERY) + 1
        if self._since_pruning[caller] < min(PRUNE_EVERY, self._most):
            return
        self._since_pruning[caller] = 0
        channel = (await self._channels.of(caller)).id
        if names := await self._core.store.answers.oldest(channel, self._most):
            await self._forget(channel, names)

    async def _root(self, prefix: ChatPrefix) -> Node:
        tokens = await self._core.encode(prefix.text) if prefix.text else ()
        kept = {INITIAL: prefix.initial} if prefix.initial else {}
        return Node(
            id=0, channel=0, parent=None, kind="root", input=prefix.text, output=prefix.greeting, input_tokens=tokens,
            sampling=kept,
        )  # fmt: skip

    def _texts(self, path: Sequence[Node]) -> list[str]:
        return [self._core.engine.coder.decode(node.tokens) for node in path]


_WORDS: dict[AnswerKind, str] = {"response": "response", "chat": "chat completion"}


def _chat(answer: StoredAnswer) -> dict[str, object]:
    return {**answer.body, "metadata": dict(answer.metadata)}


def kept_response(body: Mapping[str, object], items: Sequence[object]) -> StoredAnswer:
    """Return the stored form of a response. ``items``: its input."""
    return StoredAnswer(id=str(body["id"]), kind="response", model=str(body["model"])[:256], body=body, input=items)
