"""Plays a scene in a channel: lines by the model and by people, entrances and exits, and pending lines."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from random import Random

from bot.chat.cast import Role
from bot.chat.channel import Channel
from bot.chat.composer import Composition, Line
from bot.chat.core import Core
from bot.chat.pending import PendingLines
from bot.chat.planner import Planner
from bot.chat.runner import Outcome, Runner
from bot.chat.scene_insertions import with_insertions
from bot.chat.scene_order import natural_speaker, next_in_order, others, predicted_speaker
from bot.chat.scene_stage import Stage, cue, root_node, said, shown, stage_at
from bot.chat.turn import Keep, Plan, TurnOptions, TurnUpdate
from bot.errors import Busy, InvalidOption, NotFound
from bot.library.prompts import GAP, typed_text
from bot.library.scenes.scene_definition import MAX_CAST, ORDERS, Order, Scene, same_name
from bot.store.node import Node, SceneFacts
from bot.store.store import Commit

MAX_PENDING = 200  # lines awaiting acceptance
MAX_CANDIDATES = 40  # per line
MAX_ROLES = 64  # per scene, including roles that have left


class ScenePlay:
    """One channel's scene. A role's view is read only when it is about to speak, and only the part it missed."""

    def __init__(self, core: Core, channel: Channel, runner: Runner, planner: Planner, pending: PendingLines) -> None:
        self._core, self._channel, self._runner = core, channel, runner
        self._planner, self._pending = planner, pending
        self._halted = asyncio.Event()
        self._auto_playing = False  # the characters are talking among themselves

    @property
    def is_active(self) -> bool:
        """Whether a scene is being played here."""
        return "rules" in self._channel.beginning.scene

    async def stage(self) -> Stage:
        """Return the current stage, including pending lines. Raises NotFound if no scene is being played."""
        return await self._stage_at(await self._pending.tip())

    # --- starting and ending ------------------------------------------------------------------------------------

    async def begin(self, scene: Scene, roles: Sequence[Role]) -> Node:
        """Start a scene; HEAD moves to its last opening line. Undo at its root returns to the earlier conversation."""
        async with self._runner.ready():
            head = self._channel.head
            root = root_node(scene, roles, self._planner.encode, self._channel.id, head.id)
            heard = [role.name for role in roles]
            known = (*heard, scene.narrator, scene.passer_by)
            lines = [
                self._line(same_name(line.speaker, known) or "", line.text, heard) for line in scene.lines
                if line.text.strip()
            ]  # fmt: skip
            lines = [replace(line, scene={**line.scene, "origin": "opening"}) for line in lines]
            nodes = [root, *lines]
            made = await self._channel.commit(
                Commit(nodes=nodes, head=len(nodes) - 1, tokens_written=0, channel={"undone": []})
            )
            return made[-1]

    async def end(self) -> Node:
        """Move HEAD back to where it was before the scene. Raises NotFound."""
        stage = await self.stage()
        before = stage.path[0].previous
        if before is None:
            raise NotFound("There is nothing before this scene to go back to.")
        return await self._channel.go(before)

    # --- lines --------------------------------------------------------------------------------------------------

    def speak(self, name: str, *, options: TurnOptions, last: int | None = None) -> AsyncIterator[TurnUpdate]:
        """Let the model write a line for ``name``, starting with ``options.prefix``.

        ``last``, here and below: only if that is still the last line, because a button below it was pressed.
        """

        async def plan() -> Plan:
            await self._pending.check(last)
            stage = await self.stage()
            await self._check_pending_limit()
            plan = await self._plan(stage, stage.speaker(name), options, self._keep(stage))
            return await self._other_than_before(plan)

        return self._runner.stream(plan)

    def more(self, *, options: TurnOptions, last: int | None = None) -> AsyncIterator[TurnUpdate]:
        """Stream further candidates for the last line; the old ones stay."""

        async def plan() -> Plan:
            await self._check_waiting(last)
            line = await self.last_line()
            siblings = await self._channel.siblings(line.id)
            if len(siblings) + options.n > MAX_CANDIDATES:
                raise InvalidOption("A line has at most {most} candidates.", most=MAX_CANDIDATES)
            stage = await self._stage_at(await self._channel.node(line.parent or 0))
            keep: Keep = "pending" if self._channel.pending is not None else "head"
            heard: SceneFacts = {"heard": line.scene.get("heard", ())}
            if "whisper" in line.scene:
                heard["whisper"] = True
            return await self._other_than_before(
                replace(await self._plan(stage, line.speaker, options, keep), scene=heard)
            )

        return self._runner.stream(plan)

    async def line(self, name: str, text: str, *, options: TurnOptions, person: bool = False, only: str = "") -> Node:
        """Add a line spoken by ``name``.

        ``person``: the speaker need not be in the cast. ``only``: the one who hears it, as a whisper.
        """
        async with self._runner.ready():
            stage = await self.stage()
            await self._check_pending_limit()
            speaker = name if person else stage.speaker(name)
            heard: Sequence[str] = stage.present
            if only:
                if stage.memory == "shared":
                    raise InvalidOption("In this scene everyone shares one memory, so nothing can be whispered.")
                listener = same_name(only, stage.present)
                if listener is None:
                    raise NotFound("{name} is not there to hear it.", name=only[:40])
                heard = [known for known in stage.present if known in (speaker, listener)]
            node = self._line(speaker, self._planner.checked(text), heard, whisper=bool(only))
            return await self._put(replace(node, user=options.user), stage, options)

    async def pick(self, number: int, *, node: int | None = None, last: int | None = None) -> Node:
        """Choose another candidate for the last line, or for the line ``node``."""
        async with self._channel.lock:
            await self._check_waiting(last)
            old = await self.last_line() if node is None else await self._channel.node(node)
            return await self._channel.choose(number, old)

    async def rewrite(self, text: str, *, node: int | None = None, last: int | None = None) -> Node:
        """Rewrite a line, as one more candidate; the following lines are read from it."""
        async with self._runner.ready():
            await self._check_waiting(last)
            old = await self.last_line() if node is None else await self._channel.node(node)
            if old.kind != "line":
                raise NotFound("There is no line here to change.")
            words = self._planner.checked(text)
            new = replace(
                old, id=0, output=words, output_tokens=self._planner.encode(said(old.speaker, words)),
                finish_reason="stop", sampling={}, created=None, vocabulary="", digest="", read="", written="",
                names=(), scene={**old.scene, "origin": "edited"} if old.sampling else old.scene,
            )  # fmt: skip
            keep: Keep = "pending" if self._channel.pending is not None else "head"
            return await self._commit(new, keep, TurnOptions())

    async def last_line(self) -> Node:
        """Return the line that the next one follows. Raises NotFound if there is none."""
        tip = await self._pending.tip()
        if tip.kind != "line" or not tip.output:
            raise NotFound("Nobody has said anything yet.")
        return tip

    # --- cast ---------------------------------------------------------------------------------------------------

    async def enter(self, role: Role, *, options: TurnOptions) -> Node:
        """Add somebody new to the scene, or bring back a role that left. Raises InvalidOption."""
        async with self._runner.ready():
            stage = await self.stage()
            await self._check_pending_limit()
            if same_name(role.name, stage.present) is not None:
                raise InvalidOption("{name} is already there.", name=role.name)
            if same_name(role.name, stage.voices) is not None:
                raise InvalidOption("{name} is the narrator's name, or the passer-by's.", name=role.name)
            if len(stage.present) >= MAX_CAST or len(stage.roles) >= MAX_ROLES:
                raise InvalidOption("A scene has at most {most} characters, not {count}.", most=MAX_CAST,
                                    count=len(stage.present) + 1)  # fmt: skip
            known = same_name(role.name, stage.roles)
            text = "" if known is not None and not role.text else role.text
            value = role.as_json() | {"name": known or role.name}
            node = self._step({"enter": value}, text=text)
            return await self._put(replace(node, user=options.user), stage, options)

    async def leave(self, name: str, *, options: TurnOptions) -> Node:
        """Remove ``name`` from the scene: this role does not hear later lines. Raises NotFound."""
        async with self._runner.ready():
            stage = await self.stage()
            await self._check_pending_limit()
            found = same_name(name, stage.present)
            if found is None:
                raise NotFound("{name} is not in the scene. In it are: {names}", name=name[:40],
                               names=", ".join(stage.present))  # fmt: skip
            return await self._put(self._step({"leave": found}), stage, options)

    # --- turn order ---------------------------------------------------------------------------------------------

    def order(self, stage: Stage) -> Order:
        """Return the order set in this channel, or else the scene's."""
        chosen = self._channel.settings.get("scene_order")
        return next((order for order in ORDERS if order == chosen), stage.order)

    async def answering(self, text: str) -> list[str]:
        """Return who answers ``text``, which has just been said."""
        stage = await self.stage()
        match self.order(stage):
            case "manual":
                return []
            case "list":
                return stage.actors()
            case "natural":
                return natural_speaker(stage, text, self._random(stage))
            case "model":
                next_one = await self._expected(stage)
                return [next_one] if next_one else []

    async def next_speaker(self) -> str | None:
        """Return who speaks next without being asked, or None for silence."""
        stage = await self.stage()
        match self.order(stage):
            case "natural":
                lines = stage.lines
                return next(iter(natural_speaker(stage, lines[-1].output if lines else "", self._random(stage))), None)
            case "model":
                return await self._expected(stage)
            case _:
                return next_in_order(stage)

    async def _expected(self, stage: Stage) -> str | None:
        """Return the likeliest speaker. None if that is a person, for whom the others wait, or silence."""
        able = others(stage)
        people = [name for name in stage.present if stage.roles[name].player and name != stage.last_speaker]
        view = stage.view(stage.narrator, self._planner.encode)
        found = await predicted_speaker(self._core.engine, self._core.states, view, [*able, *people], self._channel.key)
        return found if found in able else None

    def begin_auto_play(self) -> None:
        """Start an exchange among the characters. Raises Busy if one is already running."""
        if self._auto_playing:
            raise Busy("They are already talking. `+stop` ends it.")
        self._auto_playing = True
        self._halted.clear()

    def end_auto_play(self) -> None:
        self._auto_playing = False

    async def pause(self, seconds: float) -> bool:
        """Wait ``seconds``. Returns whether the exchange may go on."""
        try:
            async with asyncio.timeout(seconds):
                await self._halted.wait()
        except TimeoutError:
            return True
        return False

    def halt(self) -> bool:
        """Stop the exchange after this line. Returns whether one was running."""
        self._halted.set()
        return self._auto_playing

    # --- helpers ------------------------------------------------------------------------------------------------

    async def _stage_at(self, node: Node) -> Stage:
        stage = stage_at(await self._core.store.nodes.path(node.id)) if node.scene else None
        if stage is None:
            raise NotFound("No scene is being played here. `+scene begin NAME` starts one.")
        return stage

    async def _plan(self, stage: Stage, speaker: str, options: TurnOptions, keep: Keep) -> Plan:
        line = Line(author=speaker)
        composition = Composition(line=line, read=cue(speaker), speaker=speaker, stop=stage.stops())
        own = stage.rules.get("sampling")
        sampling = {**(own if isinstance(own, dict) else {}), **options.sampling}
        options = replace(options, sampling=sampling, pending=keep == "pending")
        composer = await self._planner.composer()
        plan = self._planner.reply(stage.path[-1], composer, composition, options, kind="line", keep=keep)
        view = stage.view(speaker, self._planner.encode)
        plan = replace(plan, shown=shown, view=view, fit=True, scene={"heard": list(stage.present)})
        scope = f"{self._channel.platform}:{self._channel.guild}" if self._channel.guild else f"user:{options.user}"
        return await with_insertions(self._core, stage, plan, self._planner.encode, (scope, self._channel.key))

    async def _other_than_before(self, plan: Plan) -> Plan:
        """Return the plan of a line that differs from all earlier candidates, including dropped ones."""
        above = None if plan.parent is None else plan.parent.id
        place = Node(id=0, channel=self._channel.id, parent=above, kind="line", author=plan.author)
        given = await self._core.store.nodes.siblings(place)
        if given and (seed := plan.sampling.seed) is not None:  # the same seed would give the same lines
            plan = replace(plan, sampling=replace(plan.sampling, seed=seed + len(given)))
        return replace(plan, unlike=tuple(node.output for node in given))

    def _keep(self, stage: Stage) -> Keep:
        return "pending" if self._waits(stage.rules) or self._channel.pending is not None else "head"

    def _waits(self, rules: Mapping[str, object]) -> bool:
        """Return whether lines wait for acceptance here."""
        chosen = self._channel.settings.get("scene_pending")
        return rules.get("pending") is not False if chosen is None else bool(chosen)

    async def _check_waiting(self, last: int | None) -> None:
        """Check that ``last`` is still the last line and, where lines are pending, has not been accepted meanwhile."""
        accepted = self._channel.pending is None and self._waits(self._channel.beginning.scene["rules"])
        await self._pending.check(0 if last is not None and accepted else last)

    async def _check_pending_limit(self) -> None:
        if self._channel.pending is not None and len(await self._pending.lines()) >= MAX_PENDING:
            message = "{most} lines are pending. `+accept` or `+drop` them before the scene goes on."
            raise InvalidOption(message, most=MAX_PENDING)

    def _line(self, speaker: str, text: str, heard: Sequence[str], *, whisper: bool = False) -> Node:
        words = typed_text(text)
        scene: SceneFacts = {"heard": list(heard)}
        if whisper:
            scene["whisper"] = True
        return Node(
            id=0, channel=self._channel.id, parent=-1, kind="line", author=speaker, speaker=speaker, output=words,
            input_tokens=self._planner.encode(cue(speaker)), output_tokens=self._planner.encode(said(speaker, words)),
            finish_reason="stop", scene=scene,
        )  # fmt: skip

    def _step(self, scene: SceneFacts, text: str = "") -> Node:
        return Node(
            id=0, channel=self._channel.id, parent=-1, kind="stage", input=text, scene=scene,
            input_tokens=self._planner.encode(f"{GAP}{text}") if text else (),
        )  # fmt: skip

    async def _put(self, node: Node, stage: Stage, options: TurnOptions) -> Node:
        return await self._commit(replace(node, parent=stage.path[-1].id), self._keep(stage), options)

    async def _commit(self, node: Node, keep: Keep, options: TurnOptions) -> Node:
        return (await self._runner.commit(Outcome(nodes=[node], states=[None], keep=keep, options=options)))[0]

    def _random(self, stage: Stage) -> Random:
        seed = self._core.settings.seed
        return Random(None if seed is None else f"{seed}/{stage.path[-1].id}")
