"""Responses of the HTTP API as turns of a tree: a response's id is a turn, and going on from any of them costs nothing.

A chat begins with a root that holds the prompt's beginning and the instructions. Who goes on with other instructions
gets another root, below which what was said before is read again.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from bot.chat.completions import Completion, Place
from bot.chat.core import Core
from bot.chat.program_channels import ProgramChannels
from bot.chat.turn import sampling_values
from bot.engine.types import Chunk
from bot.errors import NotFound
from bot.library.prompts import GAP
from bot.store.kept_answers import AnswerKind, AnswerPage, KeptAnswer
from bot.store.node import INITIAL, Node
from bot.store.store import Commit

PRUNE_EVERY = 64  # answers of a caller


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What stands before a chat."""

    text: str  # may be empty
    initial: str = ""  # the tuned state that it is read from


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """Where a response goes on."""

    place: Place  # its root is not committed yet where it has no id
    carried: str = ""  # what was said before, where it has to be read again
    previous: str = ""  # the response that it follows

    @property
    def is_new(self) -> bool:
        """Whether nothing stands before it but the root."""
        return self.place.is_new


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A response that is to be kept."""

    answer: KeptAnswer
    said: str  # the last thing that was said, as shown
    text: str  # the answer, as shown
    last: Chunk


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedChats:
    """Which of the kept chats are listed."""

    limit: int
    order: Literal["asc", "desc"]
    after: str = ""  # the last id of the page before
    model: str = ""  # "": any
    metadata: Mapping[str, str] = field(default_factory=dict)  # what they have to have


class ResponseTree:
    """What programs have had kept: responses, which are turns, and chats, which are not."""

    def __init__(self, core: Core, channels: ProgramChannels, most: int) -> None:
        """``most``: how many answers a caller may have kept; the oldest go first."""
        self._core = core
        self._channels = channels
        self._most = most
        self._since_pruning: dict[str, int] = {}

    async def find(self, caller: str, name: str, kind: AnswerKind) -> KeptAnswer:
        """What ``caller`` has had kept under that id. Raises NotFound."""
        found = await self._core.store.answers.get((await self._channels.of(caller)).id, name)
        if found is None or found.kind != kind:
            raise NotFound('There is no {what} "{name}".', what=_WORDS[kind], name=name[:100])
        return found

    async def begin(self, caller: str, head: Head, previous: str = "") -> Beginning:
        """Where a response goes on that follows ``previous``. Raises NotFound."""
        root = await self._root(head)
        if not previous:
            return Beginning(place=Place(root, len(root.tokens)))
        answer = await self.find(caller, previous, "response")
        path = await self._core.store.nodes.path(answer.node or 0)
        if not path:
            raise NotFound('There is no response "{name}".', name=previous[:100])
        if (path[0].input, path[0].initial) == (root.input, root.initial):
            tokens = sum(len(node.tokens) for node in path)
            return Beginning(place=Place(path[-1], tokens), previous=previous)
        said = await asyncio.to_thread(self._text, path[1:])
        carried = GAP + said.removeprefix(GAP) if root.tokens else said.removeprefix(GAP)
        return Beginning(place=Place(root, len(root.tokens)), carried=carried, previous=previous)

    async def keep(self, beginning: Beginning, wanted: Completion, written: Written) -> None:
        """Keep a response as a turn. It is done even if the program leaves meanwhile."""
        await asyncio.shield(self._core.spawn(self._keep(beginning, wanted, written)))

    async def keep_chat(
        self, caller: str, body: Mapping[str, object], messages: Sequence[object], metadata: Mapping[str, str]
    ) -> None:
        """Keep the answer of a chat. It is done even if the program leaves meanwhile."""
        answer = KeptAnswer(
            id=str(body["id"]), kind="chat", model=str(body["model"])[:256], body=body, input=messages,
            metadata=metadata,
        )  # fmt: skip
        await asyncio.shield(self._core.spawn(self._keep_chat(caller, answer)))

    async def _keep_chat(self, caller: str, answer: KeptAnswer) -> None:
        await self._core.store.answers.add((await self._channels.of(caller)).id, answer)
        await self._prune(caller)

    async def chat(self, caller: str, name: str) -> dict[str, object]:
        """A kept chat as it was answered. Raises NotFound."""
        return _chat(await self.find(caller, name, "chat"))

    async def chats(self, caller: str, wanted: ListedChats) -> list[dict[str, object]]:
        """A page of the kept chats."""
        page = AnswerPage(
            kind="chat", limit=wanted.limit, after=wanted.after, ascending=wanted.order == "asc", model=wanted.model,
            metadata=wanted.metadata,
        )  # fmt: skip
        found = await self._core.store.answers.page((await self._channels.of(caller)).id, page)
        return [_chat(answer) for answer in found]

    async def describe(self, caller: str, name: str, metadata: Mapping[str, str]) -> None:
        """Give a kept chat other metadata. Raises NotFound."""
        await self.find(caller, name, "chat")
        await self._core.store.answers.describe((await self._channels.of(caller)).id, name, metadata)

    async def delete(self, caller: str, name: str, kind: AnswerKind) -> None:
        """Forget it, and the turns that no other response needs. Raises NotFound."""
        await self.find(caller, name, kind)
        await self._forget((await self._channels.of(caller)).id, [name])

    async def _forget(self, channel: int, names: Sequence[str]) -> None:
        """Delete answers, and the states of the turns that go with them, wherever those are."""
        if digests := await self._core.store.forget_answers(channel, names):
            await self._core.states.forget(digests)

    async def _keep(self, beginning: Beginning, wanted: Completion, written: Written) -> None:
        parent = beginning.place.node
        drawn = sampling_values(wanted.sampling)
        if written.last.stats is not None:
            drawn["seed"] = written.last.stats.seed
        tokens = await self._core.encode(wanted.text)
        node = Node(
            id=0, channel=0, parent=parent.id or -1, kind="chat", user=wanted.user, author=wanted.caller,
            input=written.said, output=written.text, input_tokens=tokens, output_tokens=written.last.tokens,
            finish_reason=written.last.finish_reason, sampling=drawn,
        )  # fmt: skip
        new = [node] if parent.id else [replace(parent, user=wanted.user), node]
        channel = (await self._channels.of(wanted.caller)).id
        commit = Commit(nodes=new, user=wanted.user, turns=0, tokens_written=0, kept=written.answer)
        made = await self._core.store.commit(channel, commit)
        if written.last.state is not None:
            await self._core.states.keep(made[-1].digest, written.last.state)
        await self._prune(wanted.caller)

    async def _prune(self, caller: str) -> None:
        """Let go of the oldest answers now and then: the number is a bound within a few."""
        self._since_pruning[caller] = self._since_pruning.get(caller, PRUNE_EVERY) + 1
        if self._since_pruning[caller] < min(PRUNE_EVERY, self._most):
            return
        self._since_pruning[caller] = 0
        channel = (await self._channels.of(caller)).id
        if names := await self._core.store.answers.oldest(channel, self._most):
            await self._forget(channel, names)

    async def _root(self, head: Head) -> Node:
        tokens = await self._core.encode(head.text) if head.text else ()
        kept = {INITIAL: head.initial} if head.initial else {}
        return Node(id=0, channel=0, parent=None, kind="root", input=head.text, input_tokens=tokens, sampling=kept)

    def _text(self, path: Sequence[Node]) -> str:
        return self._core.engine.coder.decode([token for node in path for token in node.tokens])


_WORDS: dict[AnswerKind, str] = {"response": "response", "chat": "chat completion"}


def _chat(answer: KeptAnswer) -> dict[str, object]:
    return {**answer.body, "metadata": dict(answer.metadata)}


def kept_response(body: Mapping[str, object], items: Sequence[object]) -> KeptAnswer:
    """A response as it is kept. ``items``: what had been sent."""
    return KeptAnswer(id=str(body["id"]), kind="response", model=str(body["model"])[:256], body=body, input=items)
