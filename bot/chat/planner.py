"""Plans turns: combines what a composer produces with the layers of sampling settings."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.chat.channel import Channel
from bot.chat.composer import RECENT_TURNS, Composer, Composition, Fork, Line
from bot.chat.core import Core
from bot.chat.passage import Passage, passage_of
from bot.chat.play import read_play
from bot.chat.prompt_composer import PromptComposer
from bot.chat.turn import Keep, Plan, PlannedFork, TurnOptions, sampling_params
from bot.engine.types import Guidance, SamplingParams
from bot.errors import InvalidOption, NotFound
from bot.library.prompts import ChatPrompt, clean_name, clean_text, typed_text
from bot.sampling import within_vocabulary
from bot.store.node import Node, NodeKind
from bot.store.nodes import storable

MAX_CANDIDATES = 8
MORE_TOKENS = 4  # minimum length of a continuation
SCOPE = "characters"  # channel setting: whose characters may be played here


class Planner:
    """Plans the turns of one channel. Its methods are called with the channel's lock held."""

    def __init__(self, core: Core, channel: Channel) -> None:
        self._core = core
        self._channel = channel

    @property
    def prompt(self) -> ChatPrompt:
        """The channel's prompt, as it currently is on disk; for a character, its names."""
        root = self._channel.beginning
        play = read_play(root.sampling)
        return self._core.prompts.find(self._channel.prompt_name) if play is None else play.prompt(root.output)

    async def composer(self) -> Composer:
        """Return the composer for this channel, as determined by the root of its path."""
        root = self._channel.beginning
        play = read_play(root.sampling)
        if play is None:
            return await self._core.prompt_composer(self.prompt, root, self._channel.key)
        scope = str(self._channel.settings.get(SCOPE, ""))
        play = replace(play, by=self._channel.beginning.user)
        return await self._core.character_composer(play, scope, self._channel.key)

    async def path(self, node: Node | None) -> Sequence[Node]:
        """Return the last turns up to ``node``, for a composer."""
        return [] if node is None else await self._core.store.nodes.path(node.id, RECENT_TURNS)

    async def path_for(self, composer: Composer, node: Node | None, line: Line) -> Sequence[Node]:
        """Return as much of the path as the composer needs for ``line``."""
        if node is not None and not line.named and is_plain(composer):
            return [node]
        return await self.path(node)

    def _sampling(self, options: TurnOptions, *layers: Mapping[str, object]) -> SamplingParams:
        """Merge the layers, later ones winning and the options last; drop tokens the model does not have."""
        merged: dict[str, object] = {}
        for layer in (*layers, {"seed": self._core.settings.seed}, options.sampling):
            merged |= layer
        sampling = sampling_params(within_vocabulary(merged, self._core.engine.info.vocab_size))
        tokens = ((self.encode(text), bias) for text, bias in options.bias.items())
        added = tuple((found[0], bias) for found, bias in tokens if len(found) == 1)
        return replace(sampling, logit_bias=(*sampling.logit_bias, *added)) if added else sampling

    def reply(
        self, above: Node | None, composer: Composer, composition: Composition, options: TurnOptions, *,
        kind: NodeKind = "chat", keep: Keep | None = None,
    ) -> Plan:  # fmt: skip
        """Plan the reply to ``composition``. Raises InvalidOption."""
        line = composition.line
        keep = keep or ("pending" if options.pending else "head")
        own = {"min_tokens": 1} | self._core.sampling | dict(composer.sampling)
        forced = f" {clean_text(options.prefix)}" if options.prefix else ""
        return Plan(
            parent=above, kind=kind, keep=keep, options=checked_options(options), forced=forced,
            sampling=self._sampling(options, own), guidance=self._guidance(options),
            stop=(*composition.stop, *options.stop), forced_tokens=self.encode(forced),
            # Keep leading white space of a continuation: it joins with the reply it continues.
            shown=str.rstrip if kind == "continue" else composer.shown,
            author=line.author, speaker=composition.speaker, input=line.text,
            input_tokens=self.encode(composition.read),
            fork=None if composition.fork is None else self._fork(composition.fork),
        )  # fmt: skip

    def free(self, above: Node | None, passage: Passage, options: TurnOptions, author: str) -> Plan:
        """Plan free writing: read exactly as given, with white space kept so that the pieces join."""
        return Plan(
            parent=above, kind="draft", keep="draft", options=checked_options(options), forced=options.prefix,
            sampling=self._sampling(options), stop=options.stop, forced_tokens=self.encode(options.prefix),
            shown=lambda text: passage.lead + text, author=author, input=passage.typed or passage.read,
            input_tokens=self.encode(passage.read), guidance=self._guidance(options), notes=passage.notes,
            previous=self._channel.head.id,
        )  # fmt: skip

    def _guidance(self, options: TurnOptions) -> Guidance | None:
        guiding = options.guidance
        return None if guiding is None else Guidance(tokens=self.encode(guiding.text), factor=guiding.factor)

    async def alternate(self, old: Node, options: TurnOptions) -> Plan:
        """Plan another answer to the input of ``old``. Raises NotFound."""
        if not old.output_tokens:
            raise NotFound("There is nothing to regenerate yet.")
        parent = None if old.parent is None else await self._channel.node(old.parent)
        plan = await self._again(old, parent, options)
        if old.kind == "continue" or (old.kind == "draft" and not old.input_tokens):
            plan = more_of(plan)
        given = await self._core.store.nodes.siblings(old)
        plan = replace(plan, unlike=tuple(node.output for node in given))
        if plan.sampling.seed is None:
            return plan
        seed = plan.sampling.seed + len(given)  # the same seed would give the same answer
        return replace(plan, sampling=replace(plan.sampling, seed=seed))

    async def _again(self, old: Node, parent: Node | None, options: TurnOptions) -> Plan:
        if old.kind == "draft":
            passage = passage_of(old, self._core.engine.coder.decode(old.input_tokens))
            plan = self.free(parent, passage, options, old.author)
        else:
            path, composer = await self.path(parent), await self.composer()
            line = Line(text=old.input, author=old.author, named=options.speaker_names)
            if not old.input and old.kind == "chat":
                composition = spoken_by(old.speaker, composer, path)
            else:
                composition = await composed(composer, path, line) if old.input else composer.more(path, line)
            kind: NodeKind = "continue" if old.kind == "continue" else "chat"
            plan = self.reply(parent, composer, composition, options, kind=kind)
        # Read the stored tokens, whatever the prompt says now, and keep the original person as the author.
        return replace(plan, input_tokens=old.input_tokens, user=old.user)

    def _fork(self, fork: Fork) -> PlannedFork:
        pieces = (self.encode(piece) if isinstance(piece, str) else piece for piece in fork.pieces)
        return PlannedFork(start=fork.start, tokens=tuple(token for piece in pieces for token in piece))

    def encode(self, text: str) -> tuple[int, ...]:
        """Return the token ids of ``text``."""
        return tuple(self._core.engine.coder.encode(storable(text))) if text else ()

    def checked(self, text: str) -> str:
        """Return a person's input cleaned up and as shown. Raises InvalidOption."""
        self.check_length(text)
        if not clean_text(text):
            raise InvalidOption("The message is empty.")
        return typed_text(text)

    def check_length(self, text: str) -> None:
        """Raise InvalidOption if ``text`` exceeds the maximum input length."""
        most = self._core.settings.max_input_chars
        if len(text) > most:
            message = "The message is too long: {length} characters; the limit is {most}."
            raise InvalidOption(message, length=len(text), most=most)


def is_plain(composer: Composer) -> bool:
    """Return whether the composer needs only the last turn for a line without a name."""
    return type(composer) is PromptComposer and composer.insertions is None


async def composed(composer: Composer, path: Sequence[Node], line: Line) -> Composition:
    """Compose the turn of ``line``, in a thread if there may be a large lorebook to scan."""
    if is_plain(composer):
        return composer.turn(path, line)
    return await asyncio.to_thread(composer.turn, path, line)


def spoken_by(name: str, composer: Composer, path: Sequence[Node]) -> Composition:
    """Compose the cue for a line by ``name``. Raises InvalidOption if that is not a name."""
    name = clean_name(name)
    if not name:
        raise InvalidOption("Who speaks? A name is missing.")
    return replace(composer.cue(path, Line(author=name, named=True)), speaker=name, line=Line(author=name))


def checked_options(options: TurnOptions) -> TurnOptions:
    """Return ``options`` if the number of candidates is allowed. Raises InvalidOption."""
    if not 1 <= options.n <= MAX_CANDIDATES:
        raise InvalidOption("n must be from 1 to {most}.", most=MAX_CANDIDATES)
    return options


def more_of(plan: Plan) -> Plan:
    """Return the plan of a continuation, with a minimum length if the reply had ended by itself."""
    if plan.parent is None or plan.parent.finish_reason not in ("stop", "eos"):
        return plan
    return replace(plan, sampling=replace(plan.sampling, min_tokens=max(MORE_TOKENS, plan.sampling.min_tokens)))
