"""One channel's conversation: what is said to the model, and how its replies become turns."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.chat.channel import Channel, checked_name, conversational
from bot.chat.core import Core
from bot.chat.free_writing import FreeWriting
from bot.chat.planner import Planner, more_of
from bot.chat.runner import Runner
from bot.chat.turn import Plan, TurnOptions, TurnUpdate
from bot.errors import InvalidOption, NotFound
from bot.library.prompts import ChatPrompt
from bot.store.node import Node
from bot.store.states import KeptState
from bot.store.store import Commit


class Conversation:
    """One channel's turns. All that changes the tree or HEAD runs one after another, in the order of the calls.

    Methods that return an iterator of updates start their turn when the iteration starts. Leaving the iteration early
    cuts the reply; what was written so far is committed. If a turn fails, HEAD stands where it stood.
    """

    def __init__(self, core: Core, channel: Channel) -> None:
        self.channel = channel
        self._core = core
        self._runner = Runner(core, channel)
        self._planner = Planner(core, channel)
        self.writing = FreeWriting(channel, self._runner, self._planner)

    @property
    def prompt(self) -> ChatPrompt:
        """The prompt of this channel, as it is now on disk."""
        return self._planner.prompt

    @property
    def busy(self) -> bool:
        """Whether a turn is running or waiting."""
        return self._runner.busy

    async def stop(self) -> bool:
        """Cut what is being written or read; what was written stays. Whether there was anything."""
        return await self._runner.stop()

    # --- talk ---------------------------------------------------------------------------------------------------

    def chat(
        self, text: str, *, author: str, options: TurnOptions, parent: int | None = None
    ) -> AsyncIterator[TurnUpdate]:
        """Say ``text`` and stream the reply. ``parent``: after that turn instead of HEAD. Raises NotFound, Busy."""

        async def plan() -> Plan:
            above = self.channel.head if parent is None else conversational(await self.channel.node(parent))
            said = self._planner.checked(text)
            speaker = author if options.speaker_names else None
            read = self.prompt.turn(said, speaker, first=not has_tokens(above))
            tokens = self._planner.encode(read)
            return await self._planner.plan(above, "chat", options, author=author, input=said, input_tokens=tokens)

        return self._runner.stream(plan)

    def alternate(self, *, options: TurnOptions, node: int | None = None) -> AsyncIterator[TurnUpdate]:
        """Stream another answer to the same input, as a sibling of ``node`` (HEAD). Raises NotFound at a start."""

        async def plan() -> Plan:
            old = self.channel.head if node is None else await self.channel.node(node)
            return await self._planner.alternate(old, options)

        return self._runner.stream(plan)

    def continue_reply(self, *, options: TurnOptions, node: int | None = None) -> AsyncIterator[TurnUpdate]:
        """Write on where ``node`` (HEAD) ends, as a child without input.

        Updates show the new part, white space at its beginning included: both outputs make one text.
        """

        async def plan() -> Plan:
            above = self.channel.head if node is None else conversational(await self.channel.node(node))
            if not above.output_tokens:
                raise NotFound("There is no reply here to go on with.")
            return more_of(await self._planner.plan(above, "continue", options, author=above.author))

        return self._runner.stream(plan)

    def impersonate(self, *, author: str, options: TurnOptions) -> AsyncIterator[TurnUpdate]:
        """Write the person's next line for them. Nothing is committed."""

        async def plan() -> Plan:
            first = not has_tokens(self.channel.head)
            cue = self.prompt.cue(author if options.speaker_names else None, first=first)
            tokens = self._planner.encode(cue)
            return await self._planner.plan(
                self.channel.head, "say", options, keep="nothing", author=author, input_tokens=tokens
            )

        return self._runner.stream(plan)

    async def say(self, text: str, *, author: str, options: TurnOptions | None = None) -> Node:
        """Insert a line of a person without an answer."""
        options = options or TurnOptions()
        async with self._runner.ready():
            said = self._planner.checked(text)
            first = not has_tokens(self.channel.head)
            read = self.prompt.line(said, author if options.speaker_names else None, first=first)
            node = Node(
                id=0, channel=self.channel.id, parent=self.channel.head.id, kind="say", author=author, input=said,
                input_tokens=self._planner.encode(read),
            )  # fmt: skip
            return await self._runner.read_turns(self.channel.head, [node], options.user)

    async def edit(self, text: str, *, node: int | None = None, author: str = "") -> Node:
        """Put ``text`` in place of the reply of ``node`` (HEAD), as a sibling; the state follows."""
        async with self._runner.ready():
            old = self.channel.head if node is None else conversational(await self.channel.node(node))
            if not old.output_tokens:
                raise NotFound("There is no reply here to replace.")
            said = self._planner.checked(text)
            parent = None if old.parent is None else await self.channel.node(old.parent)
            new = replace(
                old, id=0, kind="continue" if old.kind == "continue" else "edit", output=said, created=None,
                output_tokens=self._planner.encode(self.prompt.reply(said)), finish_reason="stop", vocabulary="",
                sampling={"edited_by": author} if author else {},
            )  # fmt: skip
            return await self._runner.read_turns(parent, [new])

    # --- starts -------------------------------------------------------------------------------------------------

    async def reset(self) -> Node:
        """Start anew from the prompt; the old tree stays and can be loaded."""
        async with self._runner.ready():
            root = self._core.root(self.prompt)
            if self.channel.head.kind == "root" and self.channel.head.tokens == root.tokens:
                return self.channel.head
            return await self._start(root)

    async def switch_prompt(self, name: str) -> Node:
        """Start anew from another prompt. Raises NotFound."""
        prompt = self._core.prompts.get(name)
        async with self._runner.ready():
            return await self._start(self._core.root(prompt), prompt=prompt.name)

    async def refresh(self, turns: int = 4) -> Node:
        """Read the prompt and the last ``turns`` turns anew: against drift in long chats. The old tree stays."""
        if turns < 1:
            raise InvalidOption("The number of turns must be at least 1.")
        async with self._runner.ready():
            path = [
                node for node in await self._core.store.nodes.path(self.channel.head.id, turns) if node.kind != "root"
            ]
            if not path:
                return self.channel.head
            head = await self._start(self._core.root(self.prompt))
            copies = [replace(node, id=0, parent=-1, previous=None) for node in path]
            copies[0] = replace(copies[0], parent=head.id)
            return await self._runner.read_turns(head, copies)

    async def import_turns(
        self, nodes: Sequence[Node], head: int, *, prompt: str | None = None, saves: Mapping[str, int] | None = None,
        state: bytes | None = None, fingerprint: str = "",
    ) -> Node:  # fmt: skip
        """Take in a tree that was exported, or read from a log: HEAD moves to ``nodes[head]``.

        A node's ``parent`` is -k for the node k places before it in ``nodes``, None for a start. Nodes without tokens
        get those of their words in this channel's prompt. ``saves`` name places in ``nodes``; ``state`` is HEAD's,
        made by the model ``fingerprint``. Other states are rebuilt when they are needed.
        """
        async with self._runner.ready():
            ready = [self._tokenized(node) for node in nodes]
            here = self.channel.head.id  # undo at a new root leads back
            ready = [replace(node, previous=here) if node.parent is None else node for node in ready]
            columns = {"undone": [], **({"prompt": prompt} if prompt else {})}
            made = await self.channel.commit(Commit(nodes=ready, head=head, channel=columns))
            if state:
                kept = KeptState(fingerprint=fingerprint, digest=made[head].digest, data=state)
                await self._core.states.save(kept)
            for name, place in (saves or {}).items():
                await self._core.store.bookmarks.set(self.channel.id, "save", checked_name(name), made[place].id)
            return self.channel.head

    def _tokenized(self, node: Node) -> Node:
        if node.tokens:
            return replace(node, id=0)
        if node.parent is None:
            return replace(node, id=0, kind="root", input_tokens=self._planner.encode(node.input), vocabulary="")
        read = self.prompt.turn(node.input) if node.input and node.output else self.prompt.line(node.input)
        reply = self._planner.encode(self.prompt.reply(node.output)) if node.output else ()
        tokens = self._planner.encode(read) if node.input else ()
        return replace(node, id=0, input_tokens=tokens, output_tokens=reply, vocabulary="")

    async def _start(self, root: Node, **columns: Any) -> Node:
        """HEAD stands on a new root. The lock is held."""
        root = replace(root, channel=self.channel.id, previous=self.channel.head.id)
        columns = columns | {"undone": []}
        return (await self.channel.commit(Commit(nodes=[root], head=0, channel=columns)))[0]


def has_tokens(node: Node) -> bool:
    """Whether anything stands on the path to ``node``."""
    return bool(node.tokens) or node.parent is not None
