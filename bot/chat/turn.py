"""A turn in progress: what it reads, the frames it shows, and the nodes it produces."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from bot.engine.types import Chunk, Guidance, SamplingParams, Stats
from bot.errors import InvalidOption
from bot.events import Words
from bot.store.node import Node, NodeKind, SceneFacts
from bot.store.usage import Seconds

NEUTRAL = {item.name: getattr(SamplingParams(), item.name) for item in fields(SamplingParams)}
CUT = ("cancelled", "timeout")  # finish reasons of replies that did not end by themselves
Keep = Literal["head", "draft", "pending", "nothing"]  # which of the channel's pointers moves to the new turn


@dataclass(frozen=True, slots=True)
class GuidingText:
    """Classifier-free guidance: the text without the guiding part, and how far to push the answer away from it."""

    text: str
    factor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnOptions:
    """How one turn is to be written. ``sampling`` holds fields of SamplingParams by name.

    The caller merges preset < channel < user < message into ``sampling``; the conversation lays that over the prompt's
    own sampling, and the prompt's over the configuration's.
    """

    sampling: Mapping[str, object] = field(default_factory=dict)
    n: int = 1  # candidates: all are committed as siblings, HEAD moves to the first
    pending: bool = False  # the output stays pending after HEAD until it is accepted
    user: str = ""  # "platform:id" of the person, for fairness and usage
    address: str = ""  # network address of the client, for fairness
    speaker_names: bool = False  # use the author's own name instead of the prompt's `user`
    prefix: str = ""  # beginning of the reply
    stop: tuple[str, ...] = ()  # in addition to the prompt's own
    guidance: GuidingText | None = None
    bias: Mapping[str, float] = field(default_factory=dict)  # added to the logits of texts that are a single token
    timeout: float | None = None  # seconds; None: from the configuration
    messages: tuple[Words, ...] = ()  # platform messages that make up the turn, committed with it
    answers: tuple[str, ...] = ()  # platform ids of the messages being answered, marked with the turn


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnUpdate:
    """A frame of a reply: the whole text so far, as shown. The last frame of each candidate has a ``finish_reason``.

    ``node`` comes with the last frame, after the commit. It is None if nothing was committed (impersonate, or a reply
    that was stopped before its first word).
    """

    text: str
    node: Node | None = None
    position: tuple[int, int] | None = None  # (2, 3): the second of three answers
    finish_reason: str | None = None
    stats: Stats | None = None
    index: int = 0  # of the candidate
    tokens: tuple[int, ...] = ()  # in the last frame: the tokens written


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedFork:
    """Where a reply is generated, instead of after ``Plan.input_tokens``."""

    start: Node | None  # None: from scratch
    tokens: tuple[int, ...]
    view: tuple[tuple[int, ...], ...] | None = None  # what was read before, instead of a path


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a turn reads after its parent, and how its reply is generated, shown and stored."""

    parent: Node | None
    kind: NodeKind
    keep: Keep
    options: TurnOptions
    sampling: SamplingParams
    shown: Callable[[str], str]
    author: str = ""
    speaker: str = ""  # whose output it is
    input: str = ""
    input_tokens: tuple[int, ...] = ()
    stop: tuple[str, ...] = ()
    forced: str = ""  # beginning of the reply, not written by the model
    forced_tokens: tuple[int, ...] = ()
    fork: PlannedFork | None = None
    view: tuple[tuple[int, ...], ...] | None = None  # what the speaker knows, piece by piece, instead of the path
    scene: SceneFacts = field(default_factory=SceneFacts)
    fit: bool = False  # redraw replies that are blank, repeated or start with the speaker's name
    guidance: Guidance | None = None
    previous: int | None = None  # for free writing: the position of HEAD
    notes: Mapping[str, object] = field(default_factory=dict)  # stored with the sampling
    user: str | None = None  # "platform:id" of the person who said `input`; None: the person who asks for this turn
    unlike: tuple[str, ...] = ()  # texts that another answer must not repeat

    def node(self, channel: int, text: str, last: Chunk) -> Node:
        """Return the turn, ready to be committed. ``last``: the candidate's last chunk."""
        drawn = sampling_values(self.sampling)
        if last.stats is not None:
            drawn["seed"] = last.stats.seed
            if last.stats.decode_seconds > 0:
                drawn["tokens_per_second"] = round(last.stats.tokens_written / last.stats.decode_seconds, 1)
        drawn |= self.notes
        return Node(
            id=0, channel=channel, previous=self.previous, parent=self.parent.id if self.parent else None,
            kind=self.kind, author=self.author, user=self.options.user if self.user is None else self.user,
            speaker=self.speaker, input=self.input, output=text, input_tokens=self.input_tokens,
            output_tokens=self.forced_tokens + last.tokens, finish_reason=last.finish_reason, sampling=drawn,
            scene=self.scene,
        )  # fmt: skip


def sampling_params(*layers: Mapping[str, object]) -> SamplingParams:
    """Merge the layers, later ones winning. Raises InvalidOption, naming the parameter, if one is unknown."""
    merged: dict[str, Any] = {}
    for layer in layers:
        for name, value in layer.items():
            if name not in NEUTRAL:
                raise InvalidOption("There is no sampling parameter {name}.", name=str(name)[:60])
            merged[name] = _frozen(value)
    return SamplingParams(**merged)


def sampling_values(sampling: SamplingParams) -> dict[str, object]:
    """Return the fields that differ from neutral, as JSON values."""
    return {name: value for name, neutral in NEUTRAL.items() if (value := getattr(sampling, name)) != neutral}


def _frozen(value: object) -> object:
    return tuple(_frozen(item) for item in value) if isinstance(value, (list, tuple)) else value


def seconds_of(stats: Iterable[Stats]) -> Seconds:
    """Return the sum of all replies' times."""
    every = list(stats)
    return Seconds(
        queue=sum(each.queue_seconds for each in every),
        prefill=sum(each.prefill_seconds for each in every),
        decode=sum(each.decode_seconds for each in every),
    )


class Turn:
    """A turn that runs in its own task, so that a slow or vanished reader blocks nobody and loses nothing."""

    def __init__(self) -> None:
        self.started = False  # it has acquired the channel's lock
        self._cancelled = False
        self._latest: dict[int, TurnUpdate] = {}  # by candidate; a slow reader skips frames, but never the last
        self._news = asyncio.Event()
        self._finished = False
        self._error: BaseException | None = None

    def cancel(self) -> None:
        """Ask for the turn to be cut."""
        self._cancelled = True

    def is_cancelled(self) -> bool:
        """Whether the turn is to be cut."""
        return self._cancelled

    def show(self, update: TurnUpdate) -> None:
        """Offer a frame to the reader."""
        self._latest[update.index] = update
        self._news.set()

    def finish(self, error: BaseException | None = None) -> None:
        """Mark the turn as finished; ``error`` is raised in the reader."""
        self._finished, self._error = True, error
        self._news.set()

    async def updates(self) -> AsyncIterator[TurnUpdate]:
        """Yield frames. The last frame of each candidate is never skipped."""
        while True:
            await self._news.wait()
            self._news.clear()
            frames, self._latest = self._latest, {}
            for frame in frames.values():
                yield frame
            if self._finished and not self._latest:
                if self._error is not None:
                    raise self._error
                return


class Candidates:
    """The growing replies of one turn, and how they ended."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._texts: dict[int, str] = defaultdict(str)
        self.last: dict[int, Chunk] = {}

    def add(self, chunk: Chunk) -> TurnUpdate:
        """Add a chunk; return the frame to show. It is never marked as the last, which comes after the commit."""
        self._texts[chunk.index] += chunk.text
        if chunk.finish_reason is not None:
            self.last[chunk.index] = chunk
        return TurnUpdate(text=self.text(chunk.index), index=chunk.index)

    def text(self, index: int) -> str:
        """Return a candidate's whole text so far, as shown."""
        return self._plan.shown(self._plan.forced + self._texts[index])

    def repeated(self) -> list[int]:
        """Return the completed candidates that repeat an earlier answer or an earlier candidate."""
        said = set(self._plan.unlike)
        found: list[int] = []
        for index, last in sorted(self.last.items()):
            text = self.text(index)
            if last.finish_reason not in CUT and text in said:
                found.append(index)
            said.add(text)
        return found

    def take_new(self, places: Sequence[int], drawn: "Candidates") -> list[int]:
        """Put new replies from ``drawn`` into ``places``; return the places left without one."""
        left = list(places)
        said = {*self._plan.unlike, *(self.text(index) for index in self.last)}
        for index in sorted(drawn.last):
            if left and drawn.text(index) not in said:
                place = left.pop(0)
                said.add(drawn.text(index))
                self.put(place, drawn, index)
        return left

    def unfit(self) -> list[int]:
        """Return the completed candidates that have to be drawn again."""
        seen, found = {_compared(text) for text in self._plan.unlike}, []
        for index, last in sorted(self.last.items()):
            text = _compared(self.text(index))
            label = _compared(self._plan.speaker)
            names_itself = bool(label) and text.startswith((f"{label}:", f"{label}："))
            if last.finish_reason not in CUT and (not text or text in seen or names_itself):
                found.append(index)
            seen.add(text)
        return found

    def put(self, index: int, drawn: "Candidates", other: int) -> None:
        """Replace candidate ``index`` with the reply ``other`` of ``drawn``."""
        self._texts[index] = drawn._texts[other]
        self.last[index] = replace(drawn.last[other], index=index)

    def drop(self, indices: Sequence[int]) -> None:
        """Remove candidates."""
        for index in indices:
            self._texts.pop(index, None)
            self.last.pop(index, None)

    @property
    def stats(self) -> list[Stats]:
        """The stats of the finished replies."""
        return [last.stats for last in self.last.values() if last.stats is not None]

    def worth_keeping(self) -> Sequence[int]:
        """Return the candidates to commit: all except those cut before their first word."""
        return [
            index
            for index, last in sorted(self.last.items())
            if last.finish_reason not in CUT or (last.tokens and self.text(index).strip())
        ]

    def end(self, index: int, node: Node | None, position: tuple[int, int] | None) -> TurnUpdate:
        """Return the last frame of a candidate."""
        last = self.last[index]
        return TurnUpdate(
            text=self.text(index), node=node, position=position, finish_reason=last.finish_reason, stats=last.stats,
            index=index, tokens=self._plan.forced_tokens + last.tokens,
        )  # fmt: skip


def _compared(text: str) -> str:
    return " ".join(text.split()).casefold()
