"""What a turn is to read and how its reply is drawn: the layers of settings come together here."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.chat.channel import Channel
from bot.chat.core import Core
from bot.chat.turn import Keep, Plan, TurnOptions, sampling_params
from bot.errors import InvalidOption, NotFound
from bot.library.prompts import MOST_SPEAKERS, ChatPrompt, clean_name, clean_text
from bot.store.node import Node, NodeKind
from bot.store.nodes import storable

MOST_CANDIDATES = 8
MORE_TOKENS = 4  # the least that a continuation writes
RECENT_TURNS = 32  # whose authors' names end a reply


class Planner:
    """Makes the plans of one channel's turns. Its methods are called with the channel's lock held."""

    def __init__(self, core: Core, channel: Channel) -> None:
        self._core = core
        self._channel = channel

    @property
    def prompt(self) -> ChatPrompt:
        """The prompt of this channel, as it is now on disk."""
        return self._core.prompts.find(self._channel.prompt_name)

    async def plan(
        self, parent: Node | None, kind: NodeKind, options: TurnOptions, *,
        keep: Keep = "head", **turn: Any,
    ) -> Plan:  # fmt: skip
        """What to read after ``parent`` and how to write. Raises InvalidOption."""
        if not 1 <= options.n <= MOST_CANDIDATES:
            raise InvalidOption("n must be from 1 to {most}.", most=MOST_CANDIDATES)
        free = kind == "draft"
        layers = ({}, {}) if free else ({"min_tokens": 1} | dict(self._core.settings.sampling), self.prompt.sampling)
        sampling = sampling_params(*layers, {"seed": self._core.settings.seed}, options.sampling)
        forced = options.prefix if free or not options.prefix else f" {clean_text(options.prefix)}"
        speakers: Sequence[str] = ()
        if options.speaker_names and not free:
            speakers = await self._speakers(parent, turn.get("author", ""))
        stop = options.stop if free else (*self.prompt.stops(speakers), *options.stop)
        # The edges of free writing, and the beginning of more of a reply, are part of what one text they make.
        shown = str if free else str.rstrip if kind == "continue" else self.prompt.shown
        return Plan(
            parent=parent, kind=kind, keep=keep, options=options, sampling=sampling, stop=stop, forced=forced,
            forced_tokens=self.encode(forced), shown=shown, **turn,
        )  # fmt: skip

    async def alternate(self, old: Node, options: TurnOptions) -> Plan:
        """Another answer to the input of ``old``. Raises NotFound."""
        if not old.output_tokens:
            raise NotFound("There is no reply here to answer differently.")
        parent = None if old.parent is None else await self._channel.node(old.parent)
        kind: NodeKind = "chat" if old.kind in ("edit", "imported") else old.kind
        keep: Keep = "draft" if kind == "draft" else "head"
        plan = await self.plan(
            parent, kind, options, keep=keep, author=old.author, input=old.input, input_tokens=old.input_tokens
        )
        if kind == "continue":
            plan = more_of(plan)
        if plan.sampling.seed is None:
            return plan
        seed = plan.sampling.seed + len(
            await self._core.store.nodes.siblings(old)
        )  # the same one gives the same answer
        return replace(plan, sampling=replace(plan.sampling, seed=seed))

    async def _speakers(self, parent: Node | None, author: str) -> Sequence[str]:
        """Who spoke last before this turn, by name: the same people make the same stop strings."""
        recent = [] if parent is None else await self._core.store.nodes.path(parent.id, RECENT_TURNS)
        names = [author, *(node.author for node in reversed(recent) if node.kind != "root")]
        return sorted([name for name in dict.fromkeys(names) if clean_name(name)][:MOST_SPEAKERS])

    def encode(self, text: str) -> tuple[int, ...]:
        """Token ids of ``text``."""
        return tuple(self._core.engine.encode(storable(text))) if text else ()

    def checked(self, text: str) -> str:
        """``text`` as a person may say it. Raises InvalidOption."""
        self.check_length(text)
        cleaned = clean_text(text)
        if not cleaned:
            raise InvalidOption("The message is empty.")
        return cleaned

    def check_length(self, text: str) -> None:
        """Raise InvalidOption for more than one may say at once."""
        if len(text) > self._core.settings.max_input_chars:
            message = "The message is too long: {length} characters, {most} are allowed."
            raise InvalidOption(message, length=len(text), most=self._core.settings.max_input_chars)


def more_of(plan: Plan) -> Plan:
    """The plan of a continuation: a reply that ended by itself must not end at once again."""
    if plan.parent is None or plan.parent.finish_reason not in ("stop", "eos"):
        return plan
    return replace(plan, sampling=replace(plan.sampling, min_tokens=max(MORE_TOKENS, plan.sampling.min_tokens)))
