"""One channel's conversation: what is said to the model, and how its replies become turns."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace

from bot.chat.channel import Channel, checked_name, conversational
from bot.chat.character_composer import CharacterComposer
from bot.chat.composer import Composer, Line
from bot.chat.core import Core
from bot.chat.free_writing import FreeWriting
from bot.chat.pending import PendingLines
from bot.chat.planner import SCOPE, Planner, composed, more_of, spoken_by
from bot.chat.play import Play, read_play
from bot.chat.prompt_composer import PromptComposer
from bot.chat.runner import Runner
from bot.chat.scene_play import ScenePlay
from bot.chat.scene_stage import Stage
from bot.chat.token_scores import token_scores
from bot.chat.turn import Plan, TurnOptions, TurnUpdate
from bot.engine.types import TokenScore
from bot.errors import InvalidOption, NotFound
from bot.library.cards.pictures import data_url
from bot.library.lore.lore_scan import ScanResult
from bot.library.prompts import ChatPrompt
from bot.store.node import Node
from bot.store.state_budget import SerializedState
from bot.store.store import Commit

NOT_FIRST = (Node(id=0, channel=0, parent=0, kind="imported", author=""),)  # stands for any earlier turn


class Conversation:
    """One channel's conversation.

    Everything that changes the tree or HEAD runs one at a time, in the order of the calls.

    Methods that return an iterator of updates start their turn when iteration starts. Leaving the iteration early cuts
    the reply and commits what was written so far. If a turn fails, HEAD does not move.
    """

    def __init__(self, core: Core, channel: Channel) -> None:
        self.channel = channel
        self._core = core
        self._runner = Runner(core, channel)
        self._planner = Planner(core, channel)
        self.pending = PendingLines(channel)
        self.writing = FreeWriting(channel, self._runner, self._planner)
        self.scene = ScenePlay(core, channel, self._runner, self._planner, self.pending)

    @property
    def prompt(self) -> ChatPrompt:
        """The channel's prompt, as it currently is on disk."""
        return self._planner.prompt

    async def face(self) -> str | None:
        """Return the picture of the speaker as an ``https:`` or ``data:`` URL, if there is one."""
        play = read_play(self.channel.beginning.sampling)
        if play is None:
            return self.prompt.avatar or None
        return await self._core.characters.face_url(play.character, self._scope)

    @property
    def _scope(self) -> str:
        """Whose characters may be played here."""
        return str(self.channel.settings.get(SCOPE, ""))

    @property
    def scene_name(self) -> str:
        """The name of the scene that is being played; empty if there is none."""
        rules = self.channel.beginning.scene.get("rules")
        return str(rules.get("name") or "") if rules else ""

    async def cover(self) -> str | None:
        """Return a picture for lists, as ``face`` does: the character's, or in a scene that of one of the cast."""
        try:
            stage = await self.scene.stage() if self.scene.is_active else None
        except NotFound:  # the scene has just ended
            stage = None
        if stage is None:
            return await self.face()
        for name in stage.roles:
            if (picture := await self._picture(stage, name, self._scope)) is not None:
                return data_url(picture)
        return None

    async def picture(self, speaker: str, scope: str) -> bytes | None:
        """Return a small PNG of a role in the scene, if it has one. Raises NotFound if no scene is being played."""
        return await self._picture(await self.scene.stage(), speaker, scope)

    async def _picture(self, stage: Stage, speaker: str, scope: str) -> bytes | None:
        role = stage.roles.get(speaker)
        if role is not None and role.character:
            return await self._core.characters.face(role.character, scope)
        beside = role is not None and role.picture
        return await self._core.settings.scenes.face(str(stage.rules.get("id")), speaker) if beside else None

    @property
    def busy(self) -> bool:
        """Whether a turn is running or waiting."""
        return self._runner.busy

    async def stop(self) -> bool:
        """Cut what is being written or read, keeping what was written. Returns whether anything was running."""
        halted = self.scene.halt()
        return await self._runner.stop() or halted

    # --- talk ---------------------------------------------------------------------------------------------------

    def chat(
        self, text: str, *, author: str, options: TurnOptions, parent: int | None = None
    ) -> AsyncIterator[TurnUpdate]:
        """Say ``text`` and stream the reply, after turn ``parent`` or HEAD. Raises NotFound, Busy."""

        async def plan() -> Plan:
            above = await self._above(options) if parent is None else conversational(await self.channel.node(parent))
            line = Line(text=self._planner.checked(text), author=author, named=options.speaker_names)
            composer = await self._planner.composer()
            path = await self._planner.path_for(composer, above, line)
            composition = await composed(composer, path, line)
            return self._planner.reply(above, composer, composition, options)

        return self._runner.stream(plan)

    def alternate(self, *, options: TurnOptions, node: int | None = None) -> AsyncIterator[TurnUpdate]:
        """Stream another answer to the same input, as a sibling of ``node`` (default: HEAD).

        Raises NotFound at a root.
        """

        async def plan() -> Plan:
            old = await self._above(options) if node is None else await self.channel.node(node)
            return await self._planner.alternate(old, options)

        return self._runner.stream(plan)

    def continue_reply(self, *, options: TurnOptions, node: int | None = None) -> AsyncIterator[TurnUpdate]:
        """Continue the reply of ``node`` (default: HEAD), as a child without input.

        Updates contain only the new part, including leading white space, so that both outputs join into one text.
        """

        async def plan() -> Plan:
            above = await self._above(options) if node is None else conversational(await self.channel.node(node))
            if not above.output_tokens:
                raise NotFound("There is no reply here to continue.")
            line = Line(author=above.author, named=options.speaker_names)
            composer = await self._planner.composer()
            composition = composer.more(await self._planner.path(above), line)
            return more_of(self._planner.reply(above, composer, composition, options, kind="continue"))

        return self._runner.stream(plan)

    def impersonate(self, *, author: str, options: TurnOptions) -> AsyncIterator[TurnUpdate]:
        """Write the person's next line for them. Nothing is committed."""

        async def plan() -> Plan:
            line = Line(author=author, named=options.speaker_names)
            composer, head = await self._planner.composer(), self.channel.head
            composition = composer.cue(await self._planner.path(head), line)
            return self._planner.reply(head, composer, composition, options, kind="say", keep="nothing")

        return self._runner.stream(plan)

    def speak(self, name: str, *, options: TurnOptions) -> AsyncIterator[TurnUpdate]:
        """Let the model write what ``name`` says next, whether or not that name has a card. Raises InvalidOption."""

        async def plan() -> Plan:
            head, composer = self.channel.head, await self._planner.composer()
            composition = spoken_by(name, composer, await self._planner.path(head))
            return self._planner.reply(head, composer, composition, options)

        return self._runner.stream(plan)

    async def say(self, text: str, *, author: str, options: TurnOptions | None = None) -> Node:
        """Insert a person's line without a reply."""
        options = options or TurnOptions()
        async with self._runner.ready():
            head = self.channel.head
            line = Line(text=self._planner.checked(text), author=author, named=options.speaker_names)
            read = (await self._planner.composer()).line(await self._planner.path(head), line).read
            node = Node(
                id=0, channel=self.channel.id, parent=head.id, kind="say", author=author, input=line.text,
                user=options.user,
                input_tokens=self._planner.encode(read),
            )  # fmt: skip
            return await self._runner.read_turns(head, [node], options.user)

    async def lore(self, node: int | None = None) -> ScanResult:
        """Return which entries were triggered for the reply of ``node`` (default: HEAD), and why.

        Raises NotFound if nothing has been answered.
        """
        answered = self.channel.head if node is None else await self.channel.node(node)
        composer = await self._planner.composer()
        if answered.parent is None or not isinstance(composer, PromptComposer | CharacterComposer):
            raise NotFound("Nothing has been answered yet.")
        if composer.insertions is None:
            return ScanResult((), (), ())
        path = await self._planner.path(await self.channel.node(answered.parent))
        return await asyncio.to_thread(
            composer.insertions.lore, path, Line(text=answered.input, author=answered.author)
        )

    async def token_scores(self, node: int | None, *, options: TurnOptions) -> list[TokenScore]:
        """Return how likely each token of the reply of ``node`` (default: HEAD) was. Raises NotFound."""
        found = self.channel.head if node is None else await self.channel.node(node)
        return await token_scores(self._core, self._runner, found, options)

    async def edit(self, text: str, *, node: int | None = None, author: str = "") -> Node:
        """Replace the reply of ``node`` (default: HEAD) with ``text``, as a sibling, and read its state."""
        async with self._runner.ready():
            old = self.channel.head if node is None else conversational(await self.channel.node(node))
            if not old.output_tokens:
                raise NotFound("There is no reply here to replace.")
            said = self._planner.checked(text)
            composer = await self._planner.composer()
            parent = None if old.parent is None else await self.channel.node(old.parent)
            new = replace(
                old, id=0, kind="continue" if old.kind == "continue" else "edit", output=said, created=None,
                output_tokens=self._planner.encode(composer.reply(said)), finish_reason="stop",
                vocabulary="", sampling={"edited_by": author} if author else {},
            )  # fmt: skip
            return await self._runner.read_turns(parent, [new])

    async def head_state(self) -> bytes | None:
        """Return the exported state of HEAD, rebuilt if it was pruned. Raises ReadingStopped."""
        async with self._runner.ready():
            state, _ = await self._core.states.resume(self.channel.head, self._runner.reader)
            return None if state is None else await self._core.engine.export_state(state)

    async def _above(self, options: TurnOptions) -> Node:
        return await self.pending.tip() if options.pending else self.channel.head

    # --- starts -------------------------------------------------------------------------------------------------

    async def reset(self) -> Node:
        """Start over from the prompt; the old tree stays and can be loaded."""
        async with self._runner.ready():
            roots, head = await self._roots(), self.channel.head
            if head.kind == "root" and any(
                (root.tokens, root.initial) == (head.tokens, head.initial) for root in roots
            ):
                return head
            return await self._start(roots)

    async def switch_prompt(self, name: str) -> Node:
        """Start over from another prompt. Raises NotFound."""
        prompt = self._core.prompts.get(name)
        async with self._runner.ready():
            return await self._start(self._core.roots(self._core.composer(prompt)), prompt=prompt.name)

    async def play(self, play: Play, scope: str, *, turns: int = 0) -> Node:
        """Start over with a character, after reading the last ``turns`` turns again. Raises NotFound.

        ``scope``: whose characters may be played here.
        """
        await self._core.characters.get(play.character, scope)
        if self.channel.settings.get(SCOPE) != scope:
            await self.channel.set_setting(SCOPE, scope)
        async with self._runner.ready():
            roots = await self._all_roots(await self._core.character_composer(play, scope, self.channel.key))
            path = await self._last_turns(turns) if turns else []
            if not path:
                return await self._start(roots)
            return await self._read_again(roots[play.greeting % len(roots)], path)

    async def _roots(self) -> list[Node]:
        """Return the roots of the current prompt or character."""
        return await self._all_roots(await self._planner.composer())

    async def _all_roots(self, composer: Composer) -> list[Node]:
        return await asyncio.to_thread(self._core.roots, composer)  # a card may have hundreds of long greetings

    async def _start(self, roots: Sequence[Node], **columns: str) -> Node:
        """Set HEAD to the first of new roots. The caller holds the lock."""
        roots = [replace(root, channel=self.channel.id, previous=self.channel.head.id) for root in roots]
        changed: dict[str, object] = {"undone": [], **columns}
        return (await self.channel.commit(Commit(nodes=roots, head=0, channel=changed)))[0]

    async def refresh(self, turns: int = 4) -> Node:
        """Read the prompt and the last ``turns`` turns again, against drift in long chats. The old tree stays."""
        if turns < 1:
            raise InvalidOption("The number of turns must be at least 1.")
        async with self._runner.ready():
            path = await self._last_turns(turns)
            if not path:
                return self.channel.head
            play, roots = read_play(self.channel.beginning.sampling), await self._roots()
            greeting = play.greeting % len(roots) if play else 0  # the card may have fewer greetings now
            return await self._read_again(roots[greeting], path)

    async def _last_turns(self, turns: int) -> list[Node]:
        path = await self._core.store.nodes.path(self.channel.head.id, turns)
        return [node for node in path if node.kind != "root"]

    async def _read_again(self, root: Node, path: Sequence[Node]) -> Node:
        """Copy turns under a new root; the old tree stays. The caller holds the lock."""
        root = replace(root, previous=self.channel.head.id)
        return await self._runner.read_turns(root, [replace(node, id=0, parent=-1, previous=None) for node in path])

    async def import_turns(
        self, nodes: Sequence[Node], head: int, *, prompt: str | None = None, saves: Mapping[str, int] | None = None,
        state: bytes | None = None, fingerprint: str = "",
    ) -> Node:  # fmt: skip
        """Import a tree from an export or a log; HEAD moves to ``nodes[head]``.

        A node's ``parent`` is -k for the node k places before it, or None for a root. Nodes without tokens are
        tokenized here. ``saves`` maps names to indices in ``nodes``; ``state`` is the state of HEAD, made by the model
        ``fingerprint``.
        """
        async with self._runner.ready():
            composer = await self._planner.composer()
            ready = await asyncio.to_thread(self._ready, nodes, composer)
            columns = {"undone": [], **({"prompt": prompt} if prompt else {})}
            names = {checked_name(name): place for name, place in (saves or {}).items()}
            await self.channel.check_saves(names)
            drafts = [place for place, node in enumerate(ready) if node.kind == "draft"]
            tree = Commit(
                nodes=ready, head=head, draft=drafts[-1] if drafts else None, channel=columns, saves=names,
                tokens_written=0, apart=state is not None,
            )  # fmt: skip
            made = await self.channel.commit(tree)
            if state:
                kept = SerializedState(fingerprint=fingerprint, digest=made[head].digest, data=state)
                await self._core.states.save(kept)
            return self.channel.head

    def _ready(self, nodes: Sequence[Node], composer: Composer) -> list[Node]:
        """Return the nodes with their tokens. Undo at an imported root returns to the current HEAD."""
        here, ready = self.channel.head.id, [self._tokenized(node, composer) for node in nodes]
        return [replace(node, previous=here) if node.kind == "root" else node for node in ready]

    def _tokenized(self, node: Node, composer: Composer) -> Node:
        if node.tokens or node.kind == "draft":
            return replace(node, id=0)
        if node.parent is None:
            return replace(node, id=0, kind="root", input_tokens=self._planner.encode(node.input), vocabulary="")
        line = Line(text=node.input)
        said = composer.line(NOT_FIRST, line).read
        read = composer.turn(NOT_FIRST, line).read if node.output else said
        reply = self._planner.encode(composer.reply(node.output)) if node.output else ()
        tokens = self._planner.encode(read if node.input else read.removeprefix(said))
        return replace(node, id=0, input_tokens=tokens, output_tokens=reply, vocabulary="")
