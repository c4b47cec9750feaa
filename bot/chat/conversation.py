"""One channel's conversation: what is said to the model, and how its replies become turns."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal
from weakref import WeakValueDictionary

from bot.chat.channel import checked_name
from bot.chat.core import Services
from bot.chat.engine import Engine as Engine
from bot.chat.runner import TurnRunner
from bot.chat.turn import Plan, sampling_params
from bot.chat.turn import TurnOptions as TurnOptions
from bot.chat.turn import TurnUpdate as TurnUpdate
from bot.errors import InvalidOption, NotFound
from bot.library.prompts import ChatPrompt, clean_name, clean_text
from bot.store.node import Node, NodeKind
from bot.store.store import Turn as StoredTurn
from bot.store.store import storable

MOST_CANDIDATES = 8
MORE_TOKENS = 4  # the least that a continuation writes
LONGEST_ID = 255  # characters of a platform's name for a channel
REMEMBERED = 1000  # conversations that stay in memory though nobody holds them


class Conversation(TurnRunner):
    """One channel's turns. All that changes the tree or HEAD runs one after another, in the order of the calls.

    Methods that return an iterator of updates start their turn when the iteration starts. Leaving the iteration early
    cuts the reply; what was written so far is committed. If a turn fails, HEAD stands where it stood.
    """

    @property
    def prompt(self) -> ChatPrompt:
        """The prompt of this channel, as it is now on disk."""
        return self._services.prompts.find(self._row.prompt)

    # --- talk ---------------------------------------------------------------------------------------------------

    def chat(
        self, text: str, *, author: str, options: TurnOptions, parent: int | None = None
    ) -> AsyncIterator[TurnUpdate]:
        """Say ``text`` and stream the reply. ``parent``: after that turn instead of HEAD. Raises NotFound, Busy."""

        async def plan() -> Plan:
            above = self._head if parent is None else self._talk(await self.node(parent))
            said = self._checked(text)
            speaker = author if options.speaker_names else None
            read = self.prompt.turn(said, speaker, first=not await self._path_has_tokens(above))
            return await self._plan(above, "chat", options, author=author, input=said, input_tokens=self._encode(read))

        return self._stream(plan)

    def alternate(self, *, options: TurnOptions, node: int | None = None) -> AsyncIterator[TurnUpdate]:
        """Stream another answer to the same input, as a sibling of ``node`` (HEAD). Raises NotFound at a start."""

        async def plan() -> Plan:
            return await self._alternate_plan(self._head if node is None else await self.node(node), options)

        return self._stream(plan)

    def continue_reply(self, *, options: TurnOptions, node: int | None = None) -> AsyncIterator[TurnUpdate]:
        """Write on where ``node`` (HEAD) ends, as a child without input.

        Updates show the new part, white space at its beginning included: both outputs make one text.
        """

        async def plan() -> Plan:
            above = self._head if node is None else self._talk(await self.node(node))
            if not above.output_tokens:
                raise NotFound("There is no reply here to go on with.")
            return more_of(await self._plan(above, "continue", options, author=above.author))

        return self._stream(plan)

    def impersonate(self, *, author: str, options: TurnOptions) -> AsyncIterator[TurnUpdate]:
        """Write the person's next line for them. Nothing is committed."""

        async def plan() -> Plan:
            first = not await self._path_has_tokens(self._head)
            cue = self.prompt.cue(author if options.speaker_names else None, first=first)
            tokens = self._encode(cue)
            return await self._plan(self._head, "say", options, keep="nothing", author=author, input_tokens=tokens)

        return self._stream(plan)

    async def say(self, text: str, *, author: str, options: TurnOptions | None = None) -> Node:
        """Insert a line of a person without an answer."""
        options = options or TurnOptions()
        async with self._ready():
            said = self._checked(text)
            first = not await self._path_has_tokens(self._head)
            read = self.prompt.line(said, author if options.speaker_names else None, first=first)
            node = Node(
                id=0, channel=self.id, parent=self._head.id, kind="say", author=author, input=said,
                input_tokens=self._encode(read),
            )  # fmt: skip
            return await self._read_turn(self._head, node, options.user)

    async def edit(self, text: str, *, node: int | None = None, author: str = "") -> Node:
        """Put ``text`` in place of the reply of ``node`` (HEAD), as a sibling; the state follows."""
        async with self._ready():
            old = self._head if node is None else self._talk(await self.node(node))
            if not old.output_tokens:
                raise NotFound("There is no reply here to replace.")
            said = self._checked(text)
            parent = None if old.parent is None else await self.node(old.parent)
            new = replace(
                old, id=0, kind="continue" if old.kind == "continue" else "edit", output=said, created=None,
                output_tokens=self._encode(self.prompt.reply(said)), finish_reason="stop", vocabulary="",
                sampling={"edited_by": author} if author else {},
            )  # fmt: skip
            return await self._read_turn(parent, new, "")

    # --- starts -------------------------------------------------------------------------------------------------

    async def reset(self) -> Node:
        """Start anew from the prompt; the old tree stays and can be loaded."""
        async with self._ready():
            root = self._services.root(self.prompt)
            if self._head.kind == "root" and self._head.tokens == root.tokens:
                return self._head
            return await self._start(root)

    async def switch_prompt(self, name: str) -> Node:
        """Start anew from another prompt. Raises NotFound."""
        prompt = self._services.prompts.get(name)
        async with self._ready():
            return await self._start(self._services.root(prompt), prompt=prompt.name)

    async def refresh(self, turns: int = 4) -> Node:
        """Read the prompt and the last ``turns`` turns anew: against drift in long chats. The old tree stays."""
        if turns < 1:
            raise InvalidOption("The number of turns must be at least 1.")
        async with self._ready():
            path = [node for node in await self._store.path(self._head.id, turns) if node.kind != "root"]
            if not path:
                return self._head
            head = await self._start(self._services.root(self.prompt))
            copies = [replace(node, id=0, parent=-1, previous=None) for node in path]
            copies[0] = replace(copies[0], parent=head.id)
            return await self._read_turns(head, copies, "")

    async def import_turns(
        self, nodes: Sequence[Node], head: int, *, prompt: str | None = None, saves: Mapping[str, int] | None = None,
        state: bytes | None = None, fingerprint: str = "",
    ) -> Node:  # fmt: skip
        """Take in a tree that was exported, or read from a log: HEAD moves to ``nodes[head]``.

        A node's ``parent`` is -k for the node k places before it in ``nodes``, None for a start. Nodes without tokens
        get those of their words in this channel's prompt. ``saves`` name places in ``nodes``; ``state`` is HEAD's,
        made by the model ``fingerprint``. Other states are rebuilt when they are needed.
        """
        async with self._ready():
            ready = [self._tokenized(node) for node in nodes]
            here = self._head.id  # undo at a new root leads back
            ready = [replace(node, previous=here) if node.parent is None else node for node in ready]
            columns = {"undone": [], **({"prompt": prompt} if prompt else {})}
            states = [state if place == head else None for place in range(len(ready))] if state else []
            turn = StoredTurn(nodes=ready, head=head, channel=columns, states=states, fingerprint=fingerprint)
            made = await self._store.commit(self.id, turn)
            self._head = made[head]
            self._note(head_id=made[head].id, **columns)
            for name, place in (saves or {}).items():
                await self._store.set_bookmark(self.id, "save", checked_name(name), made[place].id)
            return self._head

    def _tokenized(self, node: Node) -> Node:
        if node.tokens:
            return replace(node, id=0)
        if node.parent is None:
            return replace(node, id=0, kind="root", input_tokens=self._encode(node.input), vocabulary="")
        read = self.prompt.turn(node.input) if node.input and node.output else self.prompt.line(node.input)
        reply = self._encode(self.prompt.reply(node.output)) if node.output else ()
        tokens = self._encode(read) if node.input else ()
        return replace(node, id=0, input_tokens=tokens, output_tokens=reply, vocabulary="")

    async def _start(self, root: Node, **columns: Any) -> Node:
        """HEAD stands on a new root. The lock is held."""
        root = replace(root, channel=self.id, previous=self._head.id)
        made = await self._store.commit(self.id, StoredTurn(nodes=[root], head=0, channel=columns | {"undone": []}))
        self._head = made[0]
        self._note(head_id=made[0].id, undone=[], **columns)
        return made[0]

    # --- free writing, outside the chat -------------------------------------------------------------------------

    def complete(
        self, text: str, *, options: TurnOptions, from_prompt: bool = False, author: str = ""
    ) -> AsyncIterator[TurnUpdate]:
        """Write on from ``text``, exactly as given: after nothing, or after the prompt's start. HEAD stays."""

        async def plan() -> Plan:
            above = (await self._store.path(self._head.id))[0] if from_prompt else None
            self._check_length(text)
            tokens = self._encode(text)
            if not tokens:
                raise InvalidOption("There is nothing to go on from: the text is empty.")
            return await self._plan(
                above, "draft", options, keep="draft", author=author, input=text, input_tokens=tokens
            )

        return self._stream(plan)

    def more(self, *, options: TurnOptions) -> AsyncIterator[TurnUpdate]:
        """Write on from where the last free text ended. Raises NotFound when there is none."""

        async def plan() -> Plan:
            draft = await self._draft()
            return more_of(await self._plan(draft, "draft", options, keep="draft", author=draft.author))

        return self._stream(plan)

    def again(self, *, options: TurnOptions) -> AsyncIterator[TurnUpdate]:
        """Write the last piece of free text once more. Raises NotFound when there is none."""

        async def plan() -> Plan:
            return await self._alternate_plan(await self._draft(), options)

        return self._stream(plan)

    async def _draft(self) -> Node:
        if self._row.draft is None:
            raise NotFound("There is no free text yet to go on with.")
        return await self.node(self._row.draft)

    # --- plans --------------------------------------------------------------------------------------------------

    async def _plan(
        self, parent: Node | None, kind: NodeKind, options: TurnOptions, *,
        keep: Literal["head", "draft", "nothing"] = "head", **turn: Any,
    ) -> Plan:  # fmt: skip
        """What to read after ``parent`` and how to write. The lock is held."""
        if not 1 <= options.n <= MOST_CANDIDATES:
            raise InvalidOption("n must be from 1 to {most}.", most=MOST_CANDIDATES)
        free = kind == "draft"
        layers = ({}, {}) if free else ({"min_tokens": 1} | self._services.sampling, self.prompt.sampling)
        sampling = sampling_params(*layers, {"seed": self._services.seed}, options.sampling)
        forced = options.prefix if free or not options.prefix else f" {clean_text(options.prefix)}"
        speakers = await self._speakers(turn.get("author", "")) if options.speaker_names and not free else ()
        stop = options.stop if free else (*self.prompt.stops(speakers), *options.stop)
        # The edges of free writing, and the beginning of more of a reply, are part of what one text they make.
        shown = str if free else str.rstrip if kind == "continue" else self.prompt.shown
        return Plan(
            parent=parent, kind=kind, keep=keep, options=options, sampling=sampling, stop=stop, forced=forced,
            forced_tokens=self._encode(forced), shown=shown, **turn,
        )  # fmt: skip

    async def _alternate_plan(self, old: Node, options: TurnOptions) -> Plan:
        if not old.output_tokens:
            raise NotFound("There is no reply here to answer differently.")
        parent = None if old.parent is None else await self.node(old.parent)
        kind: NodeKind = "chat" if old.kind in ("edit", "imported") else old.kind
        keep: Literal["head", "draft"] = "draft" if kind == "draft" else "head"
        plan = await self._plan(
            parent, kind, options, keep=keep, author=old.author, input=old.input, input_tokens=old.input_tokens
        )
        if kind == "continue":
            plan = more_of(plan)
        if plan.sampling.seed is None:
            return plan
        seed = plan.sampling.seed + len(await self._store.siblings(old))  # the same one would give the same answer
        return replace(plan, sampling=replace(plan.sampling, seed=seed))

    async def _speakers(self, author: str) -> list[str]:
        """Who spoke last here, the nearest first."""
        recent = await self._store.path(self._head.id, 32)
        names = [author, *(node.author for node in reversed(recent) if node.kind != "root")]
        return [name for name in dict.fromkeys(names) if clean_name(name)]

    async def _path_has_tokens(self, node: Node) -> bool:
        return bool(node.tokens) or node.parent is not None

    def _checked(self, text: str) -> str:
        self._check_length(text)
        cleaned = clean_text(text)
        if not cleaned:
            raise InvalidOption("The message is empty.")
        return cleaned

    def _check_length(self, text: str) -> None:
        if len(text) > self._services.max_input_chars:
            message = "The message is too long: {length} characters, {most} are allowed."
            raise InvalidOption(message, length=len(text), most=self._services.max_input_chars)

    def _encode(self, text: str) -> tuple[int, ...]:
        return tuple(self._engine.encode(storable(text))) if text else ()


def more_of(plan: Plan) -> Plan:
    """The plan of a continuation: a reply that ended by itself must not end at once again."""
    if plan.parent is None or plan.parent.finish_reason not in ("stop", "eos"):
        return plan
    return replace(plan, sampling=replace(plan.sampling, min_tokens=max(MORE_TOKENS, plan.sampling.min_tokens)))


class Conversations:
    """All channels' conversations: one per app."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self._open: WeakValueDictionary[tuple[str, str], Conversation] = WeakValueDictionary()
        self._recent: OrderedDict[tuple[str, str], Conversation] = OrderedDict()
        self._opening: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def open(self, platform: str, channel: str, guild: str | None = None) -> Conversation:
        """The conversation of a channel: made with the default prompt when it is new."""
        key = (platform, channel)
        lock = self._opening.get(key)
        if lock is None:
            lock = self._opening[key] = asyncio.Lock()
        async with lock:  # two messages at once in a new channel must meet in one conversation
            found = self._open.get(key)
            if found is None:
                found = self._open[key] = await self._load(platform, channel, guild)
        self._recent[key] = found
        self._recent.move_to_end(key)
        if len(self._recent) > REMEMBERED:
            self._recent.popitem(last=False)
        return found

    async def _load(self, platform: str, channel: str, guild: str | None) -> Conversation:
        store, services = self.services.store, self.services
        if not 0 < len(channel) <= LONGEST_ID:
            raise ValueError(f"a platform's name for a channel has 1 to {LONGEST_ID} characters, not {len(channel)}")
        row = await store.find_channel(platform, channel)
        if row is None:
            prompt = services.prompts.find(services.default_prompt)
            row = await store.add_channel(platform, channel, guild, prompt.name, services.root(prompt))
        head = await store.node(row.head) if row.head is not None else None
        if head is None:
            raise RuntimeError(f"channel {row.id} has no HEAD: the database is damaged; `roost db check` tells more")
        return Conversation(services, row, head)

    async def find_message(self, platform: str, channel: str, message_id: str) -> int | None:
        """The turn that an old message of the platform belongs to."""
        return await self.services.store.messages.find(platform, channel, message_id)

    async def remember_message(self, platform: str, channel: str, message_id: str, node: int) -> None:
        """Let ``message_id`` stand for turn ``node``."""
        await self.services.store.messages.remember(platform, channel, message_id, node)

    async def close(self, seconds: float = 4.0) -> None:
        """Cut what is running, commit it, take nothing new."""
        await self.services.close([conversation.key for conversation in self._open.values()], seconds)
